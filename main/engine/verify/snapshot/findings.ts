import type { EverstowError } from '../../model/errors.ts'

/** How closely a destination is looked at: each level does what those before it do. */
const CHECK_LEVELS = ['stored', 'tree', 'bytes', 'contents'] as const
/**
 * `stored`: every object is there and has its size. `tree`: every directory of every snapshot opens, and every chunk has a place. `bytes`: stored bytes are
 * what their names say. `contents`: every block opens and every chunk is what its id says.
 */
export type CheckLevel = (typeof CHECK_LEVELS)[number]

/** Whether a level includes another. */
export function includes(level: CheckLevel, other: CheckLevel): boolean {
  return CHECK_LEVELS.indexOf(level) >= CHECK_LEVELS.indexOf(other)
}

/** A pack that is not as it should be. */
export interface BadPack {
  readonly packId: string
  readonly b: number
  readonly key: string
  readonly state: 'damaged' | 'missing'
  /** Numbers of the blocks in the index that do not open or hold other chunks than they should; undefined: none of them can be had. */
  readonly badBlocks: readonly number[] | undefined
}

/** Another object that is not as it should be. */
export interface BadObject {
  readonly key: string
  readonly kind: 'index' | 'snap' | 'slot' | 'log' | 'repo'
  /** Hex; empty for those that have none. */
  readonly id: string
  readonly b: number
  readonly state: 'damaged' | 'missing'
}

/** What a check found in one destination. */
export interface Findings {
  readonly packs: readonly BadPack[]
  readonly objects: readonly BadObject[]
}

/** Files of one backup that cannot be restored from a destination. */
export interface AffectedBackup {
  readonly backupId: string
  readonly snapId: string
  /** A directory that cannot be read ends in a slash: whatever was below it. */
  readonly paths: readonly string[]
  /** How many there are beyond those. */
  readonly more: number
}

/** Damage in one destination, as exactly as it is known. */
export interface CheckReport {
  readonly destinationId: string
  readonly level: CheckLevel
  readonly objects: number
  /** Bytes that were read or, at the lower levels, that the objects have. */
  readonly bytes: number
  /** Keys. */
  readonly damaged: readonly string[]
  readonly missing: readonly string[]
  /** Objects that are good again. */
  readonly healed: number
  /** Chunks that no place and no live file could give back. */
  readonly lostChunks: number
  readonly affected: readonly AffectedBackup[]
}

/** Whether an error says that the object is at fault, and how; undefined: the way to it was. */
export function stateOf(error: EverstowError): 'damaged' | 'missing' | undefined {
  if (error.code === 'object-missing') return 'missing'
  return BAD_BYTES.has(error.code) ? 'damaged' : undefined
}

const BAD_BYTES: ReadonlySet<string> = new Set([
  'data-damaged',
  'checksum-mismatch',
  'slot-damaged',
  'log-damaged',
  'repository-newer',
  'repository-foreign',
])
