import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { hasCode } from '../../../main/engine/model/errors.ts'
import { packKey } from '../../../main/engine/repository/format/keys-of-objects.ts'
import type { CommitLog } from '../../../main/engine/repository/log/commit-log.ts'
import { deletableKeys } from '../../../main/engine/repository/log/deletion-rule.ts'
import { expireSession } from '../../../main/engine/repository/log/expire-sessions.ts'
import { purgeDue, restoreSweep } from '../../../main/engine/repository/log/purge.ts'
import { forgetSnapshots, unforgetSnapshots } from '../../../main/engine/repository/log/snapshot-marks.ts'
import type { State } from '../../../main/engine/repository/log/state.ts'
import { isPackLive, liveSnapshots, openSessions } from '../../../main/engine/repository/log/state-queries.ts'
import { type Roots, sweepUnreachable } from '../../../main/engine/repository/log/sweep.ts'
import type { PackInstance, StoredWorld } from './stored-world.ts'

/**
 * G0–G7 with no patience at all: whatever waits for days in earnest may happen at once here. Marking takes as long as `marking` says, while others go on.
 */
export async function collect(
  world: StoredWorld,
  log: CommitLog,
  random: FakeRandom,
  marking: () => Promise<void> = async () => {},
): Promise<void> {
  await log.refresh()
  for (const { b } of openSessions(log.state)) if (random.chance(0.3)) await expireSession(log, b)
  const mark = async (state: State, roots: Roots): Promise<Set<string>> => {
    const dead = deadPacks(world, state, roots)
    await marking()
    return dead
  }
  const undoMs = random.chance(0.5) ? 0 : Number.MAX_SAFE_INTEGER
  await sweepUnreachable(log, { mark, undoMs })
  if (random.chance(0.7)) await purgeDue(log, { graceMs: 0 })
  const listed = await world.list()
  const { state } = log
  for (const key of deletableKeys(state, listed, world.packsOf(state))) await world.delete(key)
}

/** Packs that no chunk of a root needs, and all but one of those that hold the same. */
function deadPacks(world: StoredWorld, state: State, roots: Roots): Set<string> {
  const index = world.indexOf(state)
  const kept = new Set<string>()
  for (const root of roots) {
    for (const chunk of world.chunksOfSnapshot(root)) {
      const first = index.get(chunk)?.[0]
      if (!first) throw new Error(`V1: chunk ${chunk} of a root is not in the index`)
      kept.add(first.id)
    }
  }
  return new Set(
    [...index.values()].flatMap((packs) => packs.map(({ id }) => id).filter((id) => !kept.has(id))),
  )
}

/** A person who forgets, changes their mind, and undoes sweeps. */
export async function meddle(log: CommitLog, random: FakeRandom): Promise<void> {
  const state = await log.refresh()
  const live = [...liveSnapshots(state)]
  if (live.length > 0 && random.chance(0.7)) await forgetSnapshots(log, [random.pick(live)[0]])
  const forgotten = [...log.state.snapshots].filter(([, { forgotten }]) => forgotten !== undefined)
  if (forgotten.length > 0 && random.chance(0.3)) await unforgetSnapshots(log, [random.pick(forgotten)[0]])
  const sweeps = [...log.state.sweeps.keys()]
  if (sweeps.length > 0 && random.chance(0.3)) await restoreSweep(log, random.pick(sweeps))
}

/**
 * Replaces packs: repacking writes their chunks into a new pack; healing brings the very same pack under another key. A session of its own, that
 * commits only while what it replaces is still in the index.
 */
export async function repack(world: StoredWorld, log: CommitLog, random: FakeRandom): Promise<void> {
  const heals = random.chance(0.4)
  const b = await log.beginSession(heals ? 'heal' : 'repack')
  const live = distinct([...world.indexOf(log.state).values()].flat())
  const old = live.filter(() => random.chance(0.5)).slice(0, 2)
  if (old.length === 0 || !old.every(({ id, b: of }) => world.objects.has(packKey(id, of)))) return
  const chunks = new Set(old.flatMap(({ id }) => world.chunksOfPack(id)))
  const fresh = heals ? old.map(({ id }) => id) : [world.newPack([...chunks])]
  for (const id of fresh) await world.put(packKey(id, b))
  const body = { b, idx: [world.newSegment(fresh)], drop: old.map(({ id }) => id) }
  const recheck = async (state: State): Promise<'ok'> => {
    if (old.every(({ id, b: of }) => isPackLive(state, id, of))) return 'ok'
    throw new Abandoned()
  }
  try {
    await log.repackSession({ b, body, recheck })
  } catch (error) {
    if (!(error instanceof Abandoned) && !hasCode(error, 'session-expired')) throw error
  }
}

class Abandoned extends Error {}

function distinct(packs: readonly PackInstance[]): PackInstance[] {
  return [...new Map(packs.map((pack) => [pack.id, pack])).values()]
}
