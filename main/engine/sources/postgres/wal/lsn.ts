/** A place in the write-ahead log, in bytes from its beginning: 64 bits, so no number. */
export type Lsn = bigint

const LSN = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i

/** `16/B374D848` as PostgreSQL writes it; undefined for any other text. */
export function parseLsn(text: string): Lsn | undefined {
  const parts = LSN.exec(text.trim())
  if (!parts) return undefined
  return (BigInt(`0x${parts[1]}`) << 32n) | BigInt(`0x${parts[2]}`)
}

/** As PostgreSQL writes it, without leading zeros. */
export function lsnText(lsn: Lsn): string {
  const hex = (part: bigint) => part.toString(16).toUpperCase()
  return `${hex(lsn >> 32n)}/${hex(lsn & 0xffffffffn)}`
}
