import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { hasCode } from '../../../main/engine/model/errors.ts'
import { packKey, snapKey } from '../../../main/engine/repository/format/keys-of-objects.ts'
import type { CommitLog } from '../../../main/engine/repository/log/commit-log.ts'
import type { CommitBody } from '../../../main/engine/repository/log/plain-record.ts'
import type { State } from '../../../main/engine/repository/log/state.ts'
import { brokenUses, liveSnapshots } from '../../../main/engine/repository/log/state-queries.ts'
import type { StoredWorld } from './stored-world.ts'

/** All the content there is: few chunks, so that everyone leans on everyone's packs. */
export const CHUNKS = ['u', 'v', 'w', 'x', 'y', 'z'] as const

/** A snapshot whose commit was acknowledged. */
export interface Acknowledged {
  readonly snap: string
  readonly b: number
  readonly pos: number
}

/** What is known of a session that is being made. */
interface Making {
  readonly b: number
  readonly chunks: readonly string[]
  readonly own: Map<string, string>
  /** The base whose chunks were taken over unseen; `undefined` when each chunk was looked up. */
  base: string | undefined
  uses: ReadonlySet<string>
  /** The state by which `uses` was decided. */
  decidedAt: number
}

/** S0–S6: one backup. `cut` may end it anywhere with `cancelled`; another call with the same `made` goes on with the session. */
export async function backUp(
  world: StoredWorld,
  log: CommitLog,
  random: FakeRandom,
  cut: () => AbortSignal | undefined,
): Promise<Acknowledged | undefined> {
  const b = await log.beginSession('backup')
  const making = plan(world, log.state, b, random)
  await resolve(world, log.state, making)
  const snap = world.newSnapshot(making.chunks)
  const segment = world.newSegment([...making.own.values()])
  await world.put(snapKey(snap, b))
  let body = bodyOf(making, snap, segment)
  const recheck = async (state: State): Promise<'ok' | 'again'> => {
    const broken = brokenUses(state, body.uses, making.decidedAt)
    if (!broken) return 'ok'
    if (broken.snaps.length > 0) making.base = undefined
    await resolve(world, state, making)
    body = bodyOf(making, snap, world.newSegment([...making.own.values()]))
    return 'again'
  }
  for (let tries = 0; tries < 4; tries++) {
    try {
      const { pos } = await log.commitSession({ b, body: () => body, recheck, signal: cut() })
      return { snap, b, pos }
    } catch (error) {
      if (hasCode(error, 'session-expired')) return undefined
      // Killed or cut off: the next process takes the session up again.
      if (!hasCode(error, 'cancelled') && !hasCode(error, 'connection-lost')) throw error
    }
  }
  return undefined
}

function plan(world: StoredWorld, state: State, b: number, random: FakeRandom): Making {
  const live = [...liveSnapshots(state)]
  const base = live.length > 0 && random.chance(0.4) ? random.pick(live)[0] : undefined
  const fresh = CHUNKS.filter(() => random.chance(0.35))
  const chunks = new Set([...fresh, ...(base ? world.chunksOfSnapshot(base) : [])])
  return { b, chunks: [...chunks], own: new Map(), base, uses: new Set(), decidedAt: state.pos }
}

/** S2, S3: each chunk from a base, from the index of `state`, or from a pack of one's own that is uploaded now. */
async function resolve(world: StoredWorld, state: State, making: Making): Promise<void> {
  const index = world.indexOf(state)
  const unseen = new Set(making.base === undefined ? [] : world.chunksOfSnapshot(making.base))
  const uses = new Set<string>()
  const missing: string[] = []
  for (const chunk of making.chunks) {
    const found = index.get(chunk)?.at(-1)
    if (making.own.has(chunk) || unseen.has(chunk)) continue
    if (found) uses.add(found.id)
    else missing.push(chunk)
  }
  making.uses = uses
  making.decidedAt = state.pos
  for (let at = 0; at < missing.length; at += 2) {
    const together = missing.slice(at, at + 2)
    const pack = world.newPack(together)
    await world.put(packKey(pack, making.b))
    for (const chunk of together) making.own.set(chunk, pack)
  }
}

function bodyOf(making: Making, snap: string, segment: string): CommitBody {
  const { b, uses, base, own } = making
  return {
    b,
    snaps: [snap],
    idx: own.size > 0 ? [segment] : [],
    uses: { packs: [...uses], snaps: base === undefined ? [] : [base] },
  }
}
