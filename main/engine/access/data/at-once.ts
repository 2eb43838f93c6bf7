/** Does something with each item, so many at a time; results are in the order of the items. The first failure ends it. */
export async function atOnce<Item, Result>(
  items: readonly Item[],
  count: number,
  run: (item: Item, at: number) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length)
  let next = 0
  let isFailed = false
  async function worker(): Promise<void> {
    while (next < items.length && !isFailed) {
      const at = next++
      try {
        results[at] = await run(items[at]!, at)
      } catch (error) {
        isFailed = true
        throw error
      }
    }
  }
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(count, items.length) }, worker))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return results
}
