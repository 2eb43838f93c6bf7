import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { randomHex } from '../../../main/engine/env/random.ts'
import { packKey, snapKey } from '../../../main/engine/repository/format/keys-of-objects.ts'
import type { PacksOfSession } from '../../../main/engine/repository/log/deletion-rule.ts'
import type { State } from '../../../main/engine/repository/log/state.ts'
import { isPackLive } from '../../../main/engine/repository/log/state-queries.ts'
import type { Schedule } from '../commit-log/schedule.ts'

/** A pack as one instance of it is found: under the `b` of the session that brought it. */
export interface PackInstance {
  readonly id: string
  readonly b: number
}

/** What actors wrote besides the log: what ids stand for never changes, which objects are there does. */
export interface StoredWorld {
  /** The keys that are there. */
  readonly objects: ReadonlySet<string>
  /** Every key that was ever deleted. */
  readonly deleted: ReadonlySet<string>
  newPack(chunks: readonly string[]): string
  newSegment(packs: readonly string[]): string
  newSnapshot(chunks: readonly string[]): string
  chunksOfPack(id: string): readonly string[]
  chunksOfSnapshot(id: string): readonly string[]
  put(key: string): Promise<void>
  /** The delete may come much later, after whoever asked for it has moved on. */
  delete(key: string): Promise<void>
  /** A listing as it may be: old, and without some of what is there. */
  list(): Promise<readonly string[]>
  /** The live packs by the chunks they hold: the index of a state. */
  indexOf(state: State): ReadonlyMap<string, readonly PackInstance[]>
  packsOf(state: State): PacksOfSession
}

/** What ids stand for, in every destination the same. */
export interface Contents {
  readonly packs: Map<string, readonly string[]>
  readonly segments: Map<string, readonly string[]>
  readonly snapshots: Map<string, readonly string[]>
}

export function createContents(): Contents {
  return { packs: new Map(), segments: new Map(), snapshots: new Map() }
}

export function createStoredWorld(
  schedule: Schedule,
  random: FakeRandom,
  onDelete: (key: string) => void,
  { packs, segments, snapshots }: Contents = createContents(),
): StoredWorld {
  const objects = new Set<string>()
  const deleted = new Set<string>()
  const remember = (map: Map<string, readonly string[]>, content: readonly string[]): string => {
    const id = randomHex(random, 32)
    map.set(id, content)
    return id
  }
  const remove = (key: string): void => {
    if (!objects.delete(key)) return
    deleted.add(key)
    onDelete(key)
  }

  return {
    objects,
    deleted,
    newPack: (chunks) => remember(packs, chunks),
    newSegment: (ids) => remember(segments, ids),
    newSnapshot: (chunks) => remember(snapshots, chunks),
    chunksOfPack: (id) => packs.get(id) ?? [],
    chunksOfSnapshot(id) {
      const chunks = snapshots.get(id)
      if (!chunks) throw new Error(`snapshot ${id} was never written`)
      return chunks
    },
    put: (key) => schedule.event(() => void objects.add(key)),
    async delete(key) {
      if (random.chance(0.5)) schedule.later(() => remove(key))
      else await schedule.event(() => remove(key))
    },
    async list() {
      const seen = await schedule.event(() => [...objects])
      return seen.filter(() => random.chance(0.85))
    },
    indexOf(state) {
      const index = new Map<string, PackInstance[]>()
      for (const [segment, b] of state.segments) {
        for (const id of segments.get(segment) ?? []) {
          if (!isPackLive(state, id, b)) continue
          for (const chunk of packs.get(id) ?? []) {
            const there = index.get(chunk)
            if (there) there.push({ id, b })
            else index.set(chunk, [{ id, b }])
          }
        }
      }
      return index
    },
    packsOf: (state) => (b) => {
      const own = [...state.segments].filter(([, of]) => of === b).flatMap(([id]) => segments.get(id) ?? [])
      return new Set(own)
    },
  }
}

/** What is wrong with a state and the objects there are: empty when every snapshot that people see or may bring back is whole. */
export function lossesOf(world: StoredWorld, state: State): string[] {
  const losses: string[] = []
  const index = world.indexOf(state)
  for (const [snap, { b, gone }] of state.snapshots) {
    if (gone !== undefined) continue
    if (!world.objects.has(snapKey(snap, b))) losses.push(`V1: the root of snapshot ${snap} is gone`)
    for (const chunk of world.chunksOfSnapshot(snap)) {
      const instances = index.get(chunk) ?? []
      if (!instances.some(({ id, b: of }) => world.objects.has(packKey(id, of)))) {
        losses.push(`V1: chunk ${chunk} of snapshot ${snap} is in no pack that is there`)
      }
    }
  }
  for (const { id, b } of [...index.values()].flat()) {
    if (world.deleted.has(packKey(id, b))) losses.push(`V7: ${packKey(id, b)} was deleted and is referred to`)
  }
  return losses
}
