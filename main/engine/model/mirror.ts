import type { Schedule } from './schedule/schedule.ts'

/** `push`: the folder decides, the objects follow. `pull`: the objects decide, the folder follows. */
export const MIRROR_DIRECTIONS = ['push', 'pull'] as const
export type MirrorDirection = (typeof MIRROR_DIRECTIONS)[number]

/** How long what was overwritten or deleted is kept, unless a person says otherwise. */
export const MIRROR_KEEP_DAYS = 30

/** A folder whose files lie in a destination as plain objects, one way. */
export interface Mirror {
  /** Stable id (`mi_` and 10 characters). */
  readonly id: string
  readonly name: string
  readonly destinationId: string
  /** Absolute. */
  readonly folder: string
  /** The objects lie under `<prefix>/files/`, what they replaced under `<prefix>/versions/`. */
  readonly prefix: string
  readonly direction: MirrorDirection
  /** Patterns of what is not mirrored, as in a `.gitignore`. */
  readonly ignore: readonly string[]
  readonly keepDays: number
  readonly schedule: Schedule
}
