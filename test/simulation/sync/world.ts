import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import type { Device } from '../../../main/engine/sync/cycle.ts'
import { foldKey } from '../../../main/engine/sync/fold-key.ts'
import type { DeletionDecision } from '../../../main/engine/sync/guards.ts'
import type { NodeId, NodeKind } from '../../../main/engine/sync/nodes.ts'
import type { Batch } from '../../../main/engine/sync/operations.ts'
import type { Choice, Strategy } from '../../../main/engine/sync/reconcile.ts'
import type { Schedule } from '../commit-log/schedule.ts'
import type { MemoryBase } from './memory-base.ts'
import type { Writings } from './person.ts'
import type { SimulatedDisk } from './simulated-disk.ts'
import type { SimulatedFolder } from './simulated-folder.ts'
import type { JournalFaults } from './simulated-journal.ts'
import type { Trouble } from './trouble.ts'

/** More than the quiet time that a file needs before it is believed. */
export const A_WHILE = 50

export interface Computer {
  readonly name: string
  readonly folder: SimulatedFolder
  base: MemoryBase
  readonly choices: Map<NodeId, Choice>
  conflictNames: number
  ids: number
  /** What a person said about held deletions. */
  decisions: DeletionDecision[]
  /** Paths that this device does not take part in, folded. */
  readonly excluded: Set<string>
  /** Steps that wait for it to wake, while it sleeps. */
  asleep: (() => void)[] | undefined
  isFull: boolean
  /** Synced files when its cycle began. */
  filesBefore: number
  /** Where everything was when its cycle began. */
  placesBefore: ReadonlyMap<string, string>
  clockOffset: number
  /** Brings back the disk as it was once. */
  image: (() => void) | undefined
  /** Of the process that runs now; another one after a crash. */
  process: { readonly device: Device; readonly disk: SimulatedDisk; isAlive: boolean }
}

export interface World {
  readonly random: FakeRandom
  /** Decides what else goes wrong: drawn apart, so that one does not shift the other. */
  readonly trouble: Trouble
  /** Only the first computer is used, and no two names are one on any: then nothing may ever be in conflict. */
  readonly isAlone: boolean
  readonly isRestless: boolean
  readonly schedule: Schedule
  readonly slots: Batch[]
  readonly contents: Set<string>
  readonly computers: Computer[]
  readonly writings: Writings
  readonly strategy: Strategy
  /** What no code may do: errors that nobody expected. */
  readonly errors: string[]
  faults: JournalFaults
  failedTransfer: number
  isAtWork: boolean
  /** Devices with nothing to do, until something happens. */
  idle: (() => void)[]
  texts: number
  acts: number
  crashes: number
  /** How often what happened. */
  readonly happened: Map<string, number>
  /** Time that passed while nothing happened. */
  waited: number
}

export const nowOf = (world: World, { clockOffset } = { clockOffset: 0 }) =>
  (world.schedule.step() >> 2) + world.waited + clockOffset

export function count({ happened }: World, what: string): void {
  happened.set(what, (happened.get(what) ?? 0) + 1)
}

/** Whether a computer takes part in something, by its whole path. */
export function isChosen({ excluded }: Computer, path: string, kind: NodeKind): boolean {
  const folded = foldKey(path)
  return !excluded.has(folded) && !(kind === 'directory' && excluded.has(`${folded}/`))
}
