import { inParallel } from '../../env/in-parallel.ts'
import { asEverstowError } from '../../model/errors.ts'
import { listAll } from '../../repository/upkeep/list-all.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { type BadObject, type BadPack, stateOf } from './findings.ts'
import type { ExpectedObject, ExpectedPack } from './inventory.ts'

const FOLDERS = ['data/', 'index/', 'snap/', 'keys/', 'log/']
const AT_ONCE = 8

export interface StoredFindings {
  readonly packs: readonly BadPack[]
  readonly objects: readonly BadObject[]
  readonly count: number
  readonly bytes: number
}

/** Whether everything that must be there is there, and packs have their size. What a listing lacks is asked for by name. */
export async function checkStored(
  { repository }: UpkeepPlace,
  packs: readonly ExpectedPack[],
  objects: readonly ExpectedObject[],
  signal: AbortSignal,
): Promise<StoredFindings> {
  const { store } = repository
  const listed = new Map<string, number>()
  for (const folder of FOLDERS)
    for await (const { key, sizeBytes } of listAll(store, folder, signal)) listed.set(key, sizeBytes)

  let bytes = 0
  /** Undefined where nothing is. */
  async function sizeOf(key: string): Promise<number | undefined> {
    const inListing = listed.get(key)
    try {
      const sizeBytes = inListing ?? (await store.size(key, signal))
      bytes += sizeBytes
      return sizeBytes
    } catch (caught) {
      const error = asEverstowError(caught)
      if (stateOf(error) !== 'missing') throw error
      return undefined
    }
  }

  const badPacks: BadPack[] = []
  await inParallel(packs, AT_ONCE, async ({ packId, b, key, sizeBytes }) => {
    const size = await sizeOf(key)
    if (size === sizeBytes) return
    badPacks.push({ packId, b, key, state: size === undefined ? 'missing' : 'damaged', badBlocks: undefined })
  })
  const badObjects: BadObject[] = []
  await inParallel(objects, AT_ONCE, async (object) => {
    if ((await sizeOf(object.key)) === undefined) badObjects.push({ ...object, state: 'missing' })
  })
  return { packs: badPacks, objects: badObjects, count: packs.length + objects.length, bytes }
}
