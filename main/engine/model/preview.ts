/** What a version holds, for people to look at. */
export interface Preview {
  readonly sizeBytes: number
  /** Absent: it is no text, or too long to show. */
  readonly text?: string
  /** A picture small enough to show, as a data URL. */
  readonly image?: string
}

const LONGEST_TEXT_BYTES = 512 * 1024
/** Nothing larger is looked into. */
export const LARGEST_SHOWN_BYTES = 4 * 1024 * 1024
const IMAGE_TYPES: readonly (readonly [type: string, start: readonly number[], offset: number])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47], 0],
  ['image/jpeg', [0xff, 0xd8, 0xff], 0],
  ['image/gif', [0x47, 0x49, 0x46, 0x38], 0],
  ['image/webp', [0x57, 0x45, 0x42, 0x50], 8],
  ['image/avif', [0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69, 0x66], 4],
]

/** What of a file can be shown: a text, or a picture, told by its first bytes. */
export function previewBytes(bytes: Uint8Array): Preview {
  const sizeBytes = bytes.length
  const type = IMAGE_TYPES.find(([, start, offset]) => start.every((byte, at) => bytes[offset + at] === byte))
  if (type) return { sizeBytes, image: `data:${type[0]};base64,${Buffer.from(bytes).toString('base64')}` }
  if (sizeBytes > LONGEST_TEXT_BYTES || bytes.includes(0)) return { sizeBytes }
  try {
    return { sizeBytes, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { sizeBytes }
  }
}
