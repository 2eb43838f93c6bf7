/** Fewer bytes say too little about where they came from. */
const LEAST_BYTES = 512
/** So far below what chance gives may a piece lie and still look like chance, in bits a byte. */
const MARGIN_BITS = 0.2
/** Text, tables and programs lie below; what is compressed or encrypted above. */
const MOST_STRUCTURED_BITS = 7

/** First bytes of kinds of files that are packed already, or that programs recognise by them. */
const SIGNATURES: readonly Uint8Array[] = [
  // zip and the office documents made of it, older office documents, pdf
  [0x50, 0x4b, 0x03, 0x04],
  [0xd0, 0xcf, 0x11, 0xe0],
  [0x25, 0x50, 0x44, 0x46],
  // jpeg, png, gif, tiff, riff (webp, avi, wav), webm and matroska, flac, ogg, mp3
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e, 0x47],
  [0x47, 0x49, 0x46, 0x38],
  [0x49, 0x49, 0x2a, 0x00],
  [0x4d, 0x4d, 0x00, 0x2a],
  [0x52, 0x49, 0x46, 0x46],
  [0x1a, 0x45, 0xdf, 0xa3],
  [0x66, 0x4c, 0x61, 0x43],
  [0x4f, 0x67, 0x67, 0x53],
  [0x49, 0x44, 0x33],
  // gzip, zstd, xz, bzip2, 7z, rar, lz4
  [0x1f, 0x8b],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0xfd, 0x37, 0x7a, 0x58],
  [0x42, 0x5a, 0x68],
  [0x37, 0x7a, 0xbc, 0xaf],
  [0x52, 0x61, 0x72, 0x21],
  [0x04, 0x22, 0x4d, 0x18],
  // programs, fonts
  [0x7f, 0x45, 0x4c, 0x46],
  [0x77, 0x4f, 0x46, 0x32],
].map((bytes) => Uint8Array.from(bytes))
/** mp4, mov, heic: the word lies behind four bytes of length. */
const FTYP = Uint8Array.from([0x66, 0x74, 0x79, 0x70])

/** Shannon's entropy of the bytes, 0 to 8 bits a byte. */
export function entropyBits(bytes: Uint8Array): number {
  const counts = new Uint32Array(256)
  for (const byte of bytes) counts[byte]!++
  let bits = 0
  for (const count of counts) if (count > 0) bits -= (count / bytes.length) * Math.log2(count / bytes.length)
  return bits
}

/** Whether the bytes look drawn by chance. What chance itself gives for so few bytes: Miller's correction, 255 / (2 n ln 2) bits below 8. */
export function isNearRandom(bytes: Uint8Array): boolean {
  if (bytes.length < LEAST_BYTES) return false
  return entropyBits(bytes) >= 8 - 255 / (2 * bytes.length * Math.LN2) - MARGIN_BITS
}

/** Whether the beginning of a file says what kind it is. */
function hasSignature(bytes: Uint8Array): boolean {
  return SIGNATURES.some((signature) => startsWith(bytes, signature)) || startsWith(bytes.subarray(4), FTYP)
}

/**
 * Whether the beginning of a file was text or something known and is noise now; undefined where it cannot be said, because one of them is too short or the
 * file was noise before.
 */
export function turnedRandom(before: Uint8Array, after: Uint8Array): boolean | undefined {
  if (before.length < LEAST_BYTES || after.length < LEAST_BYTES) return undefined
  if (!hasSignature(before) && entropyBits(before) > MOST_STRUCTURED_BITS) return undefined
  return isNearRandom(after) && !hasSignature(after)
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, at) => bytes[at] === byte)
}
