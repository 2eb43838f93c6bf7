import { EverstowError } from '../../engine/model/errors.ts'

/** As many of the first records as fit into so many bytes of JSON. Fails with `data-too-large` where not even the first one does. */
export function fitting<T>(records: readonly T[], maxBytes: number, path = ''): T[] {
  let left = maxBytes
  const tooMany = records.findIndex((record) => {
    left -= Buffer.byteLength(JSON.stringify(record)) + 1
    return left < 0
  })
  if (tooMany === 0) throw new EverstowError('data-too-large', { data: { path } })
  return tooMany < 0 ? [...records] : records.slice(0, tooMany)
}
