import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { hasCode } from '../../../main/engine/model/errors.ts'
import { packKey, snapKey } from '../../../main/engine/repository/format/keys-of-objects.ts'
import type { CommitLog } from '../../../main/engine/repository/log/commit-log.ts'
import type { CommitBody } from '../../../main/engine/repository/log/plain-record.ts'
import type { State } from '../../../main/engine/repository/log/state.ts'
import {
  brokenUses,
  isLive,
  isPackLive,
  liveSnapshots,
} from '../../../main/engine/repository/log/state-queries.ts'
import type { StoredWorld } from '../collection/stored-world.ts'
import { CHUNKS } from '../collection/writer.ts'
import type { SimulatedDestination } from './destination.ts'

/** A session as it waits in the spool: made by what one destination had, to be brought to all. */
export interface Session {
  readonly snap: string
  readonly chunks: readonly string[]
  /** Chunk → the pack of its own that holds it. */
  readonly own: ReadonlyMap<string, string>
  readonly uses: readonly string[]
  readonly base: string | undefined
}

/** A commit that was acknowledged. */
export interface Acknowledged {
  readonly at: SimulatedDestination
  readonly snap: string
  readonly b: number
  readonly pos: number
}

/** Someone's process: its log at each destination, and what cuts it off. */
export interface Process {
  readonly random: FakeRandom
  logAt(destination: SimulatedDestination): CommitLog
  cut(): AbortSignal | undefined
}

/** S2: chunks are known by the index of the reference, or taken over unseen with a base; all others go into packs of its own. */
export function makeSession({ world }: SimulatedDestination, state: State, random: FakeRandom): Session {
  const live = [...liveSnapshots(state)]
  const base = live.length > 0 && random.chance(0.4) ? random.pick(live)[0] : undefined
  const unseen = new Set(base === undefined ? [] : world.chunksOfSnapshot(base))
  const chunks = [...new Set([...unseen, ...CHUNKS.filter(() => random.chance(0.35))])]
  const index = world.indexOf(state)
  const fresh = chunks.filter((chunk) => !unseen.has(chunk) && !index.has(chunk))
  const own = new Map<string, string>()
  for (let at = 0; at < fresh.length; at += 2) {
    const together = fresh.slice(at, at + 2)
    const pack = world.newPack(together)
    for (const chunk of together) own.set(chunk, pack)
  }
  const known = chunks.filter((chunk) => !unseen.has(chunk) && !own.has(chunk))
  const uses = new Set(known.map((chunk) => index.get(chunk)?.at(-1)?.id as string))
  return { snap: world.newSnapshot(chunks), chunks, own, uses: [...uses], base }
}

/** S1, S3–S6 at one destination; `stranded` when a chunk it leans on is not there in any pack. */
export async function bring(
  process: Process,
  at: SimulatedDestination,
  session: Session,
): Promise<Acknowledged | 'stranded' | undefined> {
  const { world } = at
  const log = process.logAt(at)
  const b = await log.beginSession('backup')
  const own = [...new Set(session.own.values())]
  for (const pack of own) await world.put(packKey(pack, b))
  const segment = world.newSegment(own)
  await world.put(snapKey(session.snap, b))
  let uses = { packs: session.uses, snaps: session.base === undefined ? [] : [session.base] }
  let decidedAt = b
  let stranded = false
  const holds = (state: State): boolean => {
    if (brokenUses(state, uses, decidedAt)) return false
    const live = new Set([...world.indexOf(state).values()].flatMap((packs) => packs.map(({ id }) => id)))
    return uses.packs.every((pack) => live.has(pack))
  }
  const recheck = async (state: State): Promise<'ok' | 'again'> => {
    if (holds(state)) return 'ok'
    const index = world.indexOf(state)
    const others = session.chunks.filter((chunk) => !session.own.has(chunk))
    stranded = !others.every((chunk) => index.has(chunk))
    if (stranded) throw new Stranded()
    uses = { packs: [...new Set(others.map((chunk) => index.get(chunk)?.at(-1)?.id as string))], snaps: [] }
    decidedAt = state.pos
    return 'again'
  }
  const body = (): CommitBody => ({ b, snaps: [session.snap], idx: own.length > 0 ? [segment] : [], uses })
  const outcome = await end(() => log.commitSession({ b, body, recheck, signal: process.cut() }))
  if (stranded) return 'stranded'
  return outcome && { at, snap: session.snap, b, pos: outcome.pos }
}

/** Brings a snapshot from one destination to another, pack by pack, with whatever the other collects meanwhile. */
export async function replicate(
  process: Process,
  from: SimulatedDestination,
  to: SimulatedDestination,
  snap: string,
): Promise<Acknowledged | undefined> {
  const source = process.logAt(from)
  const log = process.logAt(to)
  await source.refresh()
  if (!isLive(source.state.snapshots.get(snap))) return undefined
  const b = await log.beginSession('replicate')
  await to.world.put(snapKey(snap, b))
  const own = new Set<string>()
  const idx: string[] = []
  let checkedPos = -1
  const recheck = async (state: State): Promise<'ok' | 'again'> => {
    if (checkedPos === state.pos) return 'ok'
    const missing = missingPacks(from.world, source.state, to.world, state, snap, own)
    for (const [id, began] of missing) {
      if (!from.world.objects.has(packKey(id, began))) throw new Stranded()
      await to.world.put(packKey(id, b))
      own.add(id)
    }
    if (missing.size > 0) idx.push(to.world.newSegment([...missing.keys()]))
    checkedPos = state.pos
    return missing.size === 0 ? 'ok' : 'again'
  }
  const body = (): CommitBody => ({ b, snaps: [snap], idx, uses: { packs: [], snaps: [] } })
  const outcome = await end(() => log.commitSession({ b, body, recheck, signal: process.cut() }))
  return outcome && { at: to, snap, b, pos: outcome.pos }
}

function missingPacks(
  from: StoredWorld,
  source: State,
  to: StoredWorld,
  target: State,
  snap: string,
  own: ReadonlySet<string>,
): Map<string, number> {
  const there = to.indexOf(target)
  const here = from.indexOf(source)
  const missing = new Map<string, number>()
  for (const chunk of from.chunksOfSnapshot(snap)) {
    if (there.has(chunk)) continue
    const pack = here.get(chunk)?.find(({ id, b }) => isPackLive(source, id, b))
    if (!pack) throw new Stranded()
    if (!own.has(pack.id)) missing.set(pack.id, pack.b)
  }
  return missing
}

/** Commits; taken up again where it is cut off, given up where the session is over or what it needs is gone. */
async function end(commit: () => Promise<{ pos: number }>): Promise<{ pos: number } | undefined> {
  for (let tries = 0; tries < 4; tries++) {
    try {
      return await commit()
    } catch (error) {
      if (error instanceof Stranded || hasCode(error, 'session-expired')) return undefined
      if (!hasCode(error, 'cancelled') && !hasCode(error, 'connection-lost')) throw error
    }
  }
  return undefined
}

class Stranded extends Error {}
