/** Something that can be read back. */
export interface Verifiable {
  /** When it was last found good, milliseconds since 1970; undefined: never. */
  readonly verifiedMs: number | undefined
  readonly sizeBytes: number
  /** Decides between equals. */
  readonly key: string
}

/** Those that were never read, then those read longest ago, up to a part (percent) of all bytes; at least one, if there is any. */
export function chooseOldest<Item extends Verifiable>(items: readonly Item[], percent: number): Item[] {
  const oldestFirst = items.toSorted(
    (one, other) => (one.verifiedMs ?? 0) - (other.verifiedMs ?? 0) || (one.key < other.key ? -1 : 1),
  )
  const wantedBytes = (items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) * percent) / 100
  const chosen: Item[] = []
  let bytes = 0
  for (const item of oldestFirst) {
    if (chosen.length > 0 && bytes >= wantedBytes) break
    chosen.push(item)
    bytes += item.sizeBytes
  }
  return chosen
}
