import { z } from 'zod'
import { ApiState } from './api-keys.ts'
import { UpdateState } from './host.ts'
import { Mirror } from './mirror.ts'
import { Backup, Place, Plan } from './nouns.ts'
import { Settings, Statistics, Status } from './overview.ts'
import { Run } from './runs.ts'
import { SyncedFolder } from './sync-nouns.ts'

/**
 * State that feeds a window. Each slice is an object; a patch replaces or removes top-level keys. `instance` changes when the
 * engine restarts, `seq` grows by one a patch: on any gap the client asks for snapshots again with a `sync` frame.
 */
export const slices = {
  /** `{ current: Status }` */
  status: z.object({ current: Status }),
  /** Runs that work, and the last ended ones, by id. */
  runs: z.record(z.string(), Run),
  /** By id. */
  places: z.record(z.string(), Place),
  /** By id. */
  plans: z.record(z.string(), Plan),
  /** The newest backups, newest first. */
  recent: z.object({ backups: z.array(Backup), total: z.number().int() }),
  settings: z.object({ current: Settings }),
  api: z.object({ current: ApiState }),
  update: z.object({ current: UpdateState }),
  stats: z.object({ current: Statistics }),
  /** Synced folders, by id. */
  syncs: z.record(z.string(), SyncedFolder),
  /** By id. */
  mirrors: z.record(z.string(), Mirror),
} as const

export type Slices = typeof slices
export type SliceName = keyof Slices
export type SliceState<N extends SliceName> = z.output<Slices[N]>
/** All of them, for tests that look at every slice. */
export const sliceNames = Object.keys(slices) as SliceName[]
