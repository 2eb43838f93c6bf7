/** Something that lies under a key. */
interface Stored {
  readonly key: string
  readonly sizeBytes: number
}

/**
 * So many percent of all bytes, at least one of what is there: what follows `after` in the order of keys, and from the beginning again once the end is reached.
 * `last`: after what the next turn goes on; undefined where everything was chosen. What comes and goes between turns keeps nobody waiting for longer.
 */
export function chooseInTurn<Item extends Stored>(
  sorted: readonly Item[],
  percent: number,
  after: string | undefined,
): { readonly chosen: Item[]; readonly last: string | undefined } {
  const from = after === undefined ? 0 : sorted.findIndex(({ key }) => key > after)
  const inTurn = from > 0 ? [...sorted.slice(from), ...sorted.slice(0, from)] : sorted
  const wantedBytes = (sorted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) * percent) / 100
  const chosen: Item[] = []
  let bytes = 0
  for (const item of inTurn) {
    if (chosen.length > 0 && bytes >= wantedBytes) break
    chosen.push(item)
    bytes += item.sizeBytes
  }
  return { chosen, last: chosen.length === sorted.length ? undefined : chosen.at(-1)?.key }
}
