import { hash } from 'node:crypto'
import { inParallel } from '../../env/in-parallel.ts'
import { asEverstowError } from '../../model/errors.ts'
import { parseSlotFile } from '../../repository/keys/slot-file.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { type BadObject, stateOf } from './findings.ts'
import type { ExpectedObject } from './inventory.ts'

const AT_ONCE = 8

/** Reads objects that are not packs whole and proves them by what the log says of them. What seems bad is read twice. */
export async function checkObjects(
  place: UpkeepPlace,
  objects: readonly ExpectedObject[],
  options: { readonly signal: AbortSignal; readonly onChecked: (bytes: number) => void },
): Promise<BadObject[]> {
  const bad: BadObject[] = []
  await inParallel(objects, AT_ONCE, async (object) => {
    // The log was verified as a whole when it was opened and is below.
    if (object.kind === 'log') return
    const once = await verdictOf(place, object, options.signal)
    const verdict = once.state ? await verdictOf(place, object, options.signal) : once
    options.onChecked(verdict.bytes)
    if (verdict.state) bad.push({ ...object, state: verdict.state })
  })
  if (objects.some(({ kind }) => kind === 'log')) bad.push(...(await checkLog(place, objects, options)))
  return bad
}

async function verdictOf(
  { repository }: UpkeepPlace,
  { key, kind, id }: ExpectedObject,
  signal: AbortSignal,
): Promise<{ readonly bytes: number; readonly state: BadObject['state'] | undefined }> {
  try {
    const { body } = await repository.store.get(key, { signal })
    const bytes = Buffer.concat((await Array.fromAsync(body)) as Buffer[])
    if (kind === 'slot') parseSlotFile(bytes)
    else if (hash('sha256', bytes, 'hex') !== id) return { bytes: bytes.length, state: 'damaged' }
    return { bytes: bytes.length, state: undefined }
  } catch (caught) {
    const error = asEverstowError(caught)
    const state = stateOf(error)
    if (!state) throw error
    return { bytes: 0, state }
  }
}

/**
 * Reads every record again: seals, signatures, and the chain. The record behind a bad one cannot be judged, because its predecessor is unknown.
 */
async function checkLog(
  { repository }: UpkeepPlace,
  objects: readonly ExpectedObject[],
  { signal, onChecked }: { readonly signal: AbortSignal; readonly onChecked: (bytes: number) => void },
): Promise<BadObject[]> {
  const { log, store } = repository
  const known = new Set(log.state.alarms.map(({ pos }) => pos))
  const records = new Map(objects.filter(({ kind }) => kind === 'log').map((object) => [object.b, object]))
  const bad: BadObject[] = []
  let next = 0
  while (next <= log.state.pos) {
    try {
      for await (const { pos, fault } of log.records(next, signal)) {
        next = pos + 1
        onChecked(0)
        if (!fault || known.has(pos)) continue
        const object = records.get(pos)
        if (object) bad.push({ ...object, state: 'damaged' })
        next = pos + 2
        break
      }
    } catch (caught) {
      const error = asEverstowError(caught)
      // A record that names an epoch nobody knows: the log was read up to its end before.
      if (!stateOf(error) && error.code !== 'key-missing') throw error
      const pos = typeof error.data.pos === 'number' ? error.data.pos : next
      // Those that are known to be missing are not asked for here.
      const object = records.get(pos)
      if (object)
        bad.push({ ...object, state: (await store.exists(object.key, signal)) ? 'damaged' : 'missing' })
      next = Math.max(next, pos) + 2
    }
  }
  return bad
}
