import { CORRECT, type Protocol } from './protocol.ts'
import type { Configuration } from './state.ts'

/** A protocol without one of its safeguards, and a small world in which that loses data. */
export interface Variant {
  readonly name: string
  /** What somebody might build, or has built, this way. */
  readonly story: string
  readonly protocol: Protocol
  readonly configuration: Configuration
}

const without = (safeguard: keyof Protocol): Protocol => ({ ...CORRECT, [safeguard]: false })

/** One session backs up the chunk of a snapshot that a person forgets, while one collector clears out. */
const ONE_WRITER: Configuration = { writers: ['x'], collectors: 1, lostAnswers: 1, forgets: 1 }

/** All of them must do harm. */
export const VARIANTS: readonly Variant[] = [
  {
    name: 'headProbe',
    story:
      'The store has no conditional put; a HEAD before the PUT stands in for it. What was put there in between is overwritten.',
    protocol: without('conditionalPut'),
    configuration: ONE_WRITER,
  },
  {
    name: 'noRecheck',
    story: 'A commit trusts the index of the session’s begin and goes wherever the log ends.',
    protocol: without('recheckAtCommit'),
    configuration: ONE_WRITER,
  },
  {
    name: 'noExpireFence',
    story: 'A session commits although it was expired, after its packs were collected as orphans.',
    protocol: without('fenceExpired'),
    configuration: ONE_WRITER,
  },
  {
    name: 'ageOrphans',
    story: 'Packs nobody refers to are deleted once they are old; a slow session still wanted them.',
    protocol: without('expireBeforeOrphans'),
    configuration: { ...ONE_WRITER, initial: '' },
  },
  {
    name: 'nameReuse',
    story: 'Packs are named by content alone; a delete that lands late hits a new pack of the same name.',
    protocol: without('uniqueNames'),
    configuration: ONE_WRITER,
  },
  {
    name: 'sweepNoCas',
    story:
      'A prune as if it held a lock: mark, delete, note it at the end of the log, whatever was committed meanwhile.',
    protocol: without('sweepNeedsItsSlot'),
    configuration: ONE_WRITER,
  },
  {
    name: 'deleteBeforeRecord',
    story: 'Deletes go out before the sweep is in the log, and the sweep then loses its slot to a commit.',
    protocol: without('recordBeforeDelete'),
    configuration: ONE_WRITER,
  },
  {
    name: 'trust412',
    story:
      'A library retries a commit whose answer was lost, hears “exists” of its own record, and clears up after a lost race.',
    protocol: without('readSlotAfterDoubt'),
    configuration: { ...ONE_WRITER, initial: '' },
  },
  {
    name: 'compactDelete',
    story:
      'Old slots of the log are deleted; a slow writer puts its commit into one of them, and nobody ever reads it.',
    protocol: without('keepSlots'),
    configuration: ONE_WRITER,
  },
  {
    name: 'noSelfCheck',
    story:
      'After a lost answer a session commits once more, and so refers to packs that were swept in between.',
    protocol: without('selfCheck'),
    configuration: { ...ONE_WRITER, initial: '' },
  },
  {
    name: 'noPurge',
    story:
      'Deletes follow the sweep at once, so that undoing the sweep brings names back without their packs.',
    protocol: without('purgeBeforeDelete'),
    configuration: { ...ONE_WRITER, restores: 1 },
  },
  {
    name: 'staleBase',
    story:
      'A writer takes chunks over from the previous snapshot and does not look whether it is still there when it commits.',
    protocol: without('recheckBase'),
    configuration: { ...ONE_WRITER, bases: true },
  },
  {
    name: 'staleUses',
    story:
      'A commit names the packs it found at its begin; a sweep that spares those takes the ones it really leans on.',
    protocol: without('freshUses'),
    configuration: { writers: ['x'], collectors: 1, runs: 2, forgets: 1, repack: true },
  },
  {
    name: 'blindSweep',
    story: 'A sweep that lost its slot to a commit goes into the next one as it is.',
    protocol: without('spareUses'),
    configuration: ONE_WRITER,
  },
  {
    name: 'blindUnforget',
    story:
      'What gave a snapshot up is undone, what swept its packs is not, and the snapshot comes back unlooked at.',
    protocol: without('checkAtUnforget'),
    configuration: { ...ONE_WRITER, unforgets: 1, restores: 1 },
  },
]
