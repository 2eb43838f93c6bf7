import { dirname } from 'node:path'
import { unlessHeld } from '../delivery/hold-back.ts'
import { EverstowError } from '../model/errors.ts'
import type { Mirror } from '../model/mirror.ts'
import {
  addMirror,
  findMirror,
  type MirrorChange,
  type MirrorDeps,
  type MirrorDescription,
  removeMirror,
  statePath,
  updateMirror,
} from './edit-mirrors.ts'
import type { MirrorRun } from './mirror-run.ts'
import { previewIgnore } from './preview-ignore.ts'
import { previewPull, pull } from './pull.ts'
import { previewPush, push } from './push.ts'
import type { MirrorOutcome } from './report.ts'
import { filesOf, type RestoreOrder, restoreFile } from './restore-file.ts'
import { openState } from './state.ts'

/** How a run is followed, and what was decided before. */
export interface MirrorWatch {
  readonly signal: AbortSignal
  /** Deletions were looked at, and are wanted. */
  readonly confirmed?: boolean
  readonly onProgress?: MirrorRun['onProgress']
}

/** The verbs over folders that lie in a destination as plain objects. */
export function openMirrors(deps: MirrorDeps) {
  const { workspace, places } = deps
  const { env } = workspace
  const find = (idOrName: string): Promise<Mirror> => findMirror(deps, idOrName)

  /** One at a time for a mirror, whoever asks. */
  async function alone<Result>(mirror: Mirror, work: () => Promise<Result>): Promise<Result> {
    const lock = await workspace.tryLock(`mirror-${mirror.id}`, `mirroring ${mirror.name}`)
    if ('holder' in lock)
      throw new EverstowError('already-running', { data: { what: mirror.name, pid: lock.holder.pid } })
    try {
      return await work()
    } finally {
      await lock.release()
    }
  }

  async function withRun<Result>(
    mirror: Mirror,
    { signal, confirmed = false, onProgress = () => {} }: MirrorWatch,
    work: (run: MirrorRun) => Promise<Result>,
  ): Promise<Result> {
    const { clock, random, files } = env
    const path = statePath(workspace, mirror.id)
    await files.mkdir(dirname(path), { mode: 0o700 })
    const store = await places.open(mirror.destinationId)
    const state = await openState(path, files)
    try {
      return await work({ mirror, store, state, clock, random, confirmed, signal, onProgress })
    } finally {
      state.close()
      places.settleRequests()
    }
  }

  return {
    find,
    add: (description: MirrorDescription) => addMirror(deps, description),
    async update(idOrName: string, change: MirrorChange): Promise<Mirror> {
      return updateMirror(deps, (await find(idOrName)).id, change)
    },
    async remove(idOrName: string): Promise<void> {
      const mirror = await find(idOrName)
      await alone(mirror, () => removeMirror(deps, mirror.id))
    },
    /** Brings one side to the other. Throws `already-running`, `source-missing`, `place-paused` and whatever its destination throws. */
    async run(idOrName: string, watch: MirrorWatch): Promise<MirrorOutcome> {
      const mirror = await find(idOrName)
      const destination = await places.find(mirror.destinationId)
      const work = mirror.direction === 'push' ? push : pull
      const outcome = await alone(mirror, () =>
        unlessHeld(destination, places.heldBack, env.clock, watch.signal, (signal) =>
          withRun(mirror, { ...watch, signal }, work),
        ),
      )
      const { transferred, deleted, unchanged, held, left } = outcome
      env.log.area('mirror').info('mirrored', {
        mirror: mirror.name,
        transferred,
        deleted,
        unchanged,
        held: held?.count ?? 0,
        left: left.length,
      })
      return outcome
    },
    /** What a run would do now. */
    async preview(idOrName: string, signal: AbortSignal): Promise<MirrorOutcome> {
      const mirror = await find(idOrName)
      return alone(mirror, () =>
        withRun(mirror, { signal }, mirror.direction === 'push' ? previewPush : previewPull),
      )
    },
    previewIgnore,
    /** What lies there of a path and below it, with the versions that are kept. */
    async files(idOrName: string, path: string, signal: AbortSignal) {
      const mirror = await find(idOrName)
      return filesOf(await places.open(mirror.destinationId), mirror.prefix, path, signal)
    },
    /** Brings a file back into the mirror's folder, or another one; what lies there goes to that folder's versions. Gives where it is. */
    async restore(idOrName: string, order: RestoreOrder, signal: AbortSignal): Promise<string> {
      const mirror = await find(idOrName)
      const store = await places.open(mirror.destinationId)
      return alone(mirror, () =>
        restoreFile({ store, clock: env.clock, random: env.random, mirror }, order, signal),
      )
    },
  }
}
