/** One header of a tar, every field free to lie. Strings are bytes as Latin-1 or UTF-8 text; numbers are written in octal. */
export interface RawHeader {
  readonly name?: string | Buffer
  readonly mode?: number | Buffer
  readonly uid?: number | Buffer
  readonly gid?: number | Buffer
  readonly size?: number | Buffer
  readonly mtime?: number | Buffer
  readonly type?: string
  readonly linkName?: string | Buffer
  readonly magic?: 'ustar' | 'gnu' | 'v7'
  readonly prefix?: string
  readonly content?: Buffer | string
  /** Changes the finished block before the checksum is made. */
  readonly patch?: (block: Buffer) => void
}

/** The header block and padded content of one entry. Size and content need not agree. */
export function tarEntry(header: RawHeader): Buffer {
  const content = Buffer.from(header.content ?? '')
  const block = Buffer.alloc(512)
  put(block, 0, 100, header.name ?? 'file')
  put(block, 100, 8, header.mode ?? 0o644)
  put(block, 108, 8, header.uid ?? 0)
  put(block, 116, 8, header.gid ?? 0)
  put(block, 124, 12, header.size ?? content.length)
  put(block, 136, 12, header.mtime ?? 1_700_000_000)
  block.write(header.type ?? '0', 156, 'latin1')
  put(block, 157, 100, header.linkName ?? '')
  if (header.magic === 'gnu') block.write('ustar  \0', 257, 'latin1')
  else if (header.magic !== 'v7') block.write('ustar\u000000', 257, 'latin1')
  if (header.prefix) block.write(header.prefix, 345, 'utf8')
  header.patch?.(block)
  return Buffer.concat([withChecksum(block), padded(content)])
}

/** An extended header (`x`, or `g` for all that follow) with the given records. */
export function paxHeader(records: Readonly<Record<string, string | Buffer>>, type: 'x' | 'g' = 'x'): Buffer {
  const content = Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)))
  return tarEntry({ name: 'PaxHeaders/x', type, content })
}

export function paxRecord(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')])
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

/** A GNU long name (`L`) or long link target (`K`) for the next entry. */
export function gnuLong(type: 'L' | 'K', value: string): Buffer {
  return tarEntry({ name: '././@LongLink', type, magic: 'gnu', content: `${value}\0` })
}

/** Base-256 in a field of the given width. */
export function base256(value: bigint, width: number): Buffer {
  const field = Buffer.alloc(width)
  let rest = BigInt.asUintN(width * 8, value)
  for (let at = width - 1; at >= 0; at--, rest >>= 8n) field[at] = Number(rest & 0xffn)
  field[0]! |= 0x80
  return field
}

/** Entries with the two blocks of zeros that end a tar. */
export function tarOf(...entries: readonly Buffer[]): Buffer {
  return Buffer.concat([...entries, Buffer.alloc(1024)])
}

function withChecksum(block: Buffer): Buffer {
  block.fill(0x20, 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

function put(block: Buffer, at: number, length: number, value: string | number | Buffer): void {
  const bytes =
    typeof value === 'number'
      ? Buffer.from(`${value.toString(8).padStart(length - 1, '0')}\0`, 'latin1')
      : Buffer.from(value)
  bytes.copy(block, at, 0, length)
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}
