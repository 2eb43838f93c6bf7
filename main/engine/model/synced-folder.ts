/** Which content wins when two devices changed one file. The other is always kept. */
export const SYNC_STRATEGIES = ['last_write_wins', 'server_preferred', 'local_preferred', 'manual'] as const
export type SyncStrategy = (typeof SYNC_STRATEGIES)[number]

/** What the program keeps in a synced folder for itself. */
export const SYNC_FOLDER = '.everstow'

/** A folder of this computer that is kept the same as those of other devices, through a space in a destination. */
export interface SyncedFolder {
  /** Stable id (`sy_` and 10 characters). */
  readonly id: string
  /** The name of its space. */
  readonly name: string
  /** 32 hex digits; in the keys of the space's objects. */
  readonly spaceId: string
  readonly destinationId: string
  /** Absolute. */
  readonly folder: string
  readonly strategy: SyncStrategy
  /** Subfolders that are synced; none: everything. */
  readonly only: readonly string[]
  /** Patterns of what is not synced. */
  readonly ignore: readonly string[]
  /** Whether it is synced by itself where the application stays. */
  readonly auto: boolean
}
