import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../../main/engine/env/clock.ts'
import { createFakeFiles } from '../../../main/engine/env/fake/fake-files.ts'
import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { silentLog } from '../../../main/engine/env/log.ts'
import type { RepoKeys } from '../../../main/engine/repository/crypto/repo-keys.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import type { Batch, Operation } from '../../../main/engine/sync/operations.ts'
import type { HoldingsData } from '../../../main/engine/sync/space/contents/holdings.ts'
import { openSpace } from '../../../main/engine/sync/space/open-space.ts'
import type { OpenSpace } from '../../../main/engine/sync/space/space.ts'
import { packsPrefix, spacePackKey } from '../../../main/engine/sync/space/space-keys.ts'
import { inlineThread } from './inline-thread.ts'

export const SPACE = 'ab'.repeat(16)
const DAY_MS = 86_400_000
const WINDOW_MS = 30 * DAY_MS
const GRACE_MS = DAY_MS
const PACK_AGE_MS = 7 * DAY_MS

/** Knows what must be there: it follows the journal beside everybody and keeps books of its own, by the true time. */
export interface Judge {
  readonly faults: string[]
  /** Looks whether all that is needed can be had, as far as packs are there. */
  look(after: string): Promise<void>
  /** Looks whether this could go. */
  deleted(key: string): Promise<void>
  /** Contents that must be there now. */
  needed(): ReadonlySet<string>
  follow(): Promise<OpenSpace>
}

export interface JudgeOptions {
  readonly store: ObjectStore
  readonly keys: RepoKeys
  readonly random: FakeRandom
  readonly clock: Clock
  /** By so much clocks that lie may shorten the window. */
  readonly slackMs: () => number
}

/** Opens the space as a device that was never here. Without checkpoints it replays everything. */
export function openFresh(
  { store, keys, random, clock }: JudgeOptions,
  device: string,
  withCheckpoints: boolean,
): Promise<OpenSpace> {
  const blind: ObjectStore = { ...store, list: async () => ({ objects: [] }) }
  const files = createFakeFiles(clock, random.fork(device))
  return openSpace({
    store: withCheckpoints ? store : blind,
    ...{ keys, spaceId: SPACE, device, place: 'p_1', cacheFolder: '/cache' },
    env: { files, clock, random: random.fork(`${device} env`), log: silentLog },
    thread: (holdings) => inlineThread(keys, holdings, random),
  })
}

export async function createJudge(options: JudgeOptions): Promise<Judge> {
  const { store, clock } = options
  const space = await openFresh(options, 'judge', false)
  const faults: string[] = []
  const tree = new Map<string, string>()
  /** When each content was last named or left the tree. */
  const lastMs = new Map<string, number>()

  /** What devices put beside a node's content, and who. */
  const aside = new Map<string, string>()

  const touch = (content: string | undefined): void => {
    if (content !== undefined) lastMs.set(content, clock.now())
  }
  function apply(operation: Operation, device: string): void {
    const { id } = operation
    touch(tree.get(id))
    if (operation.do === 'delete') tree.delete(id)
    if (operation.do === 'delete' || operation.do === 'update')
      for (const [key, content] of aside)
        if (key.startsWith(`${id} `)) {
          touch(content)
          aside.delete(key)
        }
    if (!('content' in operation) || operation.content === undefined) return
    touch(operation.content)
    if (operation.do !== 'keep') tree.set(id, operation.content)
    else {
      touch(aside.get(`${id} ${device}`))
      aside.set(`${id} ${device}`, operation.content)
    }
  }
  /** When each slot was written. */
  const slotMs: number[] = []
  async function follow(): Promise<OpenSpace> {
    const live = new Map(space.parts.holdings.packs)
    const came: Batch[] = []
    await space.replica.follow((batch) => came.push(batch))
    for (const { operations, device, condemn = [] } of came) {
      slotMs.push(clock.now())
      for (const each of operations) apply(each, device)
      for (const id of condemn)
        if (isYoung(live.get(id)?.slot, PACK_AGE_MS)) faults.push(`${id} was condemned at once`)
    }
    return space
  }
  function isYoung(slot: number | undefined, ageMs: number): boolean {
    return slot !== undefined && clock.now() - slotMs[slot - 1]! < ageMs - options.slackMs()
  }
  function needed(): Set<string> {
    const since = clock.now() - WINDOW_MS + options.slackMs()
    const recent = [...lastMs].flatMap(([content, ms]) => (ms > since ? content : []))
    return new Set([...tree.values(), ...aside.values(), ...recent])
  }
  async function isThere(content: string): Promise<boolean> {
    const { holdings } = space.parts
    const ids = holdings.chunksOf(content)
    if (!ids) return false
    const { index } = holdings
    for (let at = 0; at < ids.length; at += 32) {
      const pack = index.packs.idOf(index.blocks.packOf(index.blockOf(index.find(ids, at))))
      if (!(await store.exists(spacePackKey(SPACE, Buffer.from(pack).toString('hex'))))) return false
    }
    return true
  }
  return {
    faults,
    needed,
    follow,
    async deleted(key) {
      if (!key.startsWith(packsPrefix(SPACE))) return
      const { dead } = (await follow()).parts.holdings
      const known = dead.get(key.slice(packsPrefix(SPACE).length))
      if (!known) faults.push(`${key} was deleted and nobody had condemned it`)
      else if (isYoung(known.slot, GRACE_MS)) faults.push(`${key} was deleted right after it was condemned`)
    },
    async look(after) {
      try {
        await follow()
      } catch (error) {
        faults.push(`after ${after}: the journal is broken: ${error}`)
        return
      }
      for (const content of needed())
        if (!(await isThere(content))) faults.push(`after ${after}: ${content} is needed and not there`)
    },
  }
}

/** What differs between what devices know of where contents lie. */
export function differences(spaces: readonly OpenSpace[]): string[] {
  const [first, ...others] = spaces.map(({ parts }) => parts.holdings.data())
  return others.flatMap((other, at) =>
    isDeepStrictEqual(sorted(first!), sorted(other))
      ? []
      : [`${spaces[at + 1]?.parts.options.device} knows something else`],
  )
}

function sorted(data: HoldingsData): unknown {
  return Object.entries<Iterable<unknown>>({ ...data }).map(([name, rows]) => [
    name,
    // Only packs have an order that counts.
    name === 'packs' ? [...rows] : Array.from(rows, (row) => JSON.stringify(row)).sort(),
  ])
}
