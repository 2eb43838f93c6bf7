/** What a tar header says of an entry. Paths are bytes: a name need not be text. */
export interface TarHeader {
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink'
  /** Relative, `/` between names, none at the end. */
  readonly path: Buffer
  /** Symlink target, or the path of the earlier entry. */
  readonly linkTarget: Buffer | undefined
  /** Whether readers must take path and target as bytes: they are not UTF-8, or in a Unicode form that some would change. */
  readonly isBinary: boolean
  /** Bytes of content that follow; 0 for all but files. */
  readonly sizeBytes: number
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number
  readonly mtimeNs: bigint
  readonly uid: number
  readonly gid: number
  readonly userName: string
  readonly groupName: string
}

const TAR_BLOCK_BYTES = 512

const TYPE_FLAGS = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const
const PAX_TYPE_FLAG = 'x'
/** What Python's tarfile calls it as well. Readers ignore it; one name for all compresses best. */
const PAX_NAME = Buffer.from('././@PaxHeader')

const NAME_BYTES = 100
const PREFIX_BYTES = 155
const OWNER_NAME_BYTES = 31
/** The largest values of the octal fields. */
const LARGEST_ID = 0o7777777
const LARGEST_SIZE = 0o77777777777
const LARGEST_TIME_S = 0o77777777777
const NS_PER_SECOND = 1_000_000_000n

/**
 * The header blocks of an entry: POSIX.1-2001 ustar, preceded by a pax extended header for what ustar cannot say (long or non-ASCII
 * paths, fractions of seconds, large numbers). A multiple of 512 bytes. `docs/format/archive.md` gives the rules.
 */
export function encodeTarHeader(header: TarHeader): Buffer {
  const path = header.kind === 'directory' ? Buffer.concat([header.path, SLASH]) : header.path
  const split = isAscii(path) ? splitPath(path) : undefined
  const records = paxRecords(header, path, split !== undefined)
  const paxBytes = records.length === 0 ? 0 : TAR_BLOCK_BYTES + roundUp(records.length)
  const blocks = Buffer.alloc(paxBytes + TAR_BLOCK_BYTES)
  if (paxBytes > 0) {
    writeUstar(blocks.subarray(0, TAR_BLOCK_BYTES), {
      name: PAX_NAME,
      prefix: NOTHING,
      link: NOTHING,
      typeFlag: PAX_TYPE_FLAG,
      sizeBytes: records.length,
      mode: 0o644,
      timeS: 0,
      uid: 0,
      gid: 0,
      userName: '',
      groupName: '',
    })
    records.copy(blocks, TAR_BLOCK_BYTES)
  }
  writeUstar(blocks.subarray(paxBytes), {
    name: split?.name ?? path.subarray(0, NAME_BYTES),
    prefix: split?.prefix ?? NOTHING,
    link: header.linkTarget?.subarray(0, NAME_BYTES) ?? NOTHING,
    typeFlag: TYPE_FLAGS[header.kind],
    sizeBytes: header.sizeBytes <= LARGEST_SIZE ? header.sizeBytes : 0,
    mode: header.mode,
    timeS: ustarSeconds(header.mtimeNs),
    uid: Math.min(header.uid, LARGEST_ID),
    gid: Math.min(header.gid, LARGEST_ID),
    userName: fitsOwner(header.userName) ? header.userName : '',
    groupName: fitsOwner(header.groupName) ? header.groupName : '',
  })
  return blocks
}

/** Bytes of padding after content of this size. */
export function paddingAfter(sizeBytes: number): number {
  return (TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES
}

const NOTHING = Buffer.alloc(0)
const SLASH = Buffer.from('/')

function roundUp(bytes: number): number {
  return bytes + paddingAfter(bytes)
}

interface UstarFields {
  readonly name: Buffer
  readonly prefix: Buffer
  readonly link: Buffer
  readonly typeFlag: string
  readonly sizeBytes: number
  readonly mode: number
  readonly timeS: number
  readonly uid: number
  readonly gid: number
  readonly userName: string
  readonly groupName: string
}

/** Fills a zeroed block. Offsets and widths are those of POSIX.1-2001, pax, "ustar Interchange Format". */
function writeUstar(block: Buffer, fields: UstarFields): void {
  fields.name.copy(block, 0)
  writeOctal(block, 100, 7, fields.mode)
  writeOctal(block, 108, 7, fields.uid)
  writeOctal(block, 116, 7, fields.gid)
  writeOctal(block, 124, 11, fields.sizeBytes)
  writeOctal(block, 136, 11, fields.timeS)
  block.write(fields.typeFlag, 156, 'latin1')
  fields.link.copy(block, 157)
  block.write('ustar\x0000', 257, 'latin1')
  block.write(fields.userName, 265, 'latin1')
  block.write(fields.groupName, 297, 'latin1')
  // Device numbers are only for devices, but some readers want digits.
  writeOctal(block, 329, 7, 0)
  writeOctal(block, 337, 7, 0)
  fields.prefix.copy(block, 345)
  block.fill(0x20, 148, 156)
  // Most of the block is zeros, which need no adding up.
  const sum =
    sumOf(block, 0, fields.name.length) +
    sumOf(block, 100, 157 + fields.link.length) +
    sumOf(block, 257, 265 + fields.userName.length) +
    sumOf(block, 297, 297 + fields.groupName.length) +
    sumOf(block, 329, 345 + fields.prefix.length)
  writeOctal(block, 148, 6, sum)
  block[154] = 0
}

function sumOf(bytes: Buffer, from: number, to: number): number {
  let sum = 0
  for (let index = from; index < to; index++) sum += bytes[index]!
  return sum
}

function writeOctal(block: Buffer, at: number, digits: number, value: number): void {
  let left = value
  for (let index = at + digits - 1; index >= at; index--) {
    const rest = Math.floor(left / 8)
    block[index] = 0x30 + (left - rest * 8)
    left = rest
  }
}

/** The path cut at a `/` so that both parts fit their ustar fields. */
function splitPath(path: Buffer): { readonly name: Buffer; readonly prefix: Buffer } | undefined {
  if (path.length <= NAME_BYTES) return { name: path, prefix: NOTHING }
  if (path.length > PREFIX_BYTES + 1 + NAME_BYTES) return undefined
  // The last byte may be a folder's own slash, which is no place to cut.
  const cut = path.lastIndexOf(0x2f, Math.min(PREFIX_BYTES, path.length - 2))
  if (cut <= 0 || path.length - cut - 1 > NAME_BYTES) return undefined
  return { name: path.subarray(cut + 1), prefix: path.subarray(0, cut) }
}

function paxRecords(header: TarHeader, path: Buffer, pathFits: boolean): Buffer {
  const records: Buffer[] = []
  const link = header.linkTarget
  if (header.isBinary) records.push(paxRecord('hdrcharset', 'BINARY'))
  if (!pathFits) records.push(paxRecord('path', path))
  if (link && (link.length > NAME_BYTES || !isAscii(link))) records.push(paxRecord('linkpath', link))
  if (header.sizeBytes > LARGEST_SIZE) records.push(paxRecord('size', String(header.sizeBytes)))
  if (BigInt(ustarSeconds(header.mtimeNs)) * NS_PER_SECOND !== header.mtimeNs)
    records.push(paxRecord('mtime', paxTime(header.mtimeNs)))
  if (header.uid > LARGEST_ID) records.push(paxRecord('uid', String(header.uid)))
  if (header.gid > LARGEST_ID) records.push(paxRecord('gid', String(header.gid)))
  if (!fitsOwner(header.userName)) records.push(paxRecord('uname', header.userName))
  if (!fitsOwner(header.groupName)) records.push(paxRecord('gname', header.groupName))
  return Buffer.concat(records)
}

/** `<length> <keyword>=<value>\n`, where the length counts itself. */
function paxRecord(keyword: string, value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  const restBytes = keyword.length + bytes.length + 3
  let lengthBytes = restBytes + String(restBytes).length
  lengthBytes = restBytes + String(lengthBytes).length
  return Buffer.concat([Buffer.from(`${lengthBytes} ${keyword}=`), bytes, Buffer.from('\n')])
}

/** Whole seconds as far as the octal field can say them. */
function ustarSeconds(mtimeNs: bigint): number {
  return mtimeNs < 0n ? 0 : Math.min(Number(mtimeNs / NS_PER_SECOND), LARGEST_TIME_S)
}

/** Decimal seconds with all digits that count: `1700000000.123456789`, `-1.5`. */
function paxTime(mtimeNs: bigint): string {
  const sign = mtimeNs < 0n ? '-' : ''
  const positive = mtimeNs < 0n ? -mtimeNs : mtimeNs
  const fraction = String(positive % NS_PER_SECOND)
    .padStart(9, '0')
    .replace(/0+$/, '')
  return `${sign}${positive / NS_PER_SECOND}${fraction === '' ? '' : `.${fraction}`}`
}

function fitsOwner(name: string): boolean {
  return name.length <= OWNER_NAME_BYTES && /^[\x20-\x7e]*$/.test(name)
}

function isAscii(bytes: Buffer): boolean {
  for (let index = 0; index < bytes.length; index++) if (bytes[index]! >= 0x80) return false
  return true
}
