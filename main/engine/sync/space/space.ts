import type { Clock } from '../../env/clock.ts'
import type { Files } from '../../env/files.ts'
import type { Log } from '../../env/log.ts'
import type { Random } from '../../env/random.ts'
import type { RepoKeys } from '../../repository/crypto/repo-keys.ts'
import type { LogSlots } from '../../repository/log/log-slots.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { NodeId } from '../nodes.ts'
import type { Batch } from '../operations.ts'
import type { Contents, Journal } from '../ports.ts'
import type { Replica } from '../replica.ts'
import type { NodeTexts } from '../rows/node-rows.ts'
import type { ContentThread } from './contents/content-thread.ts'
import type { SpaceHoldings } from './contents/holdings.ts'
import type { ContentStore } from './contents/store-contents.ts'
import type { ContentWriter } from './contents/write-contents.ts'
import type { SpaceJournal } from './journal.ts'

export interface SpaceOptions {
  readonly store: ObjectStore
  /** The slots of the space, where they are not in the store. */
  readonly slots?: LogSlots
  readonly keys: RepoKeys
  readonly spaceId: string
  /** This device, as its batches name it. */
  readonly device: string
  /** A folder of this space's own; what is in it may be deleted at any moment. */
  readonly cacheFolder: string
  /** The place's id, for errors. */
  readonly place: string
  /** The first slot of an intent that is not settled: the replica begins before it, so that `follow` gives its batch. */
  readonly before?: number
  /** Those of the device's other trees of the folder: what is equal is then kept once. */
  readonly texts?: NodeTexts
  readonly env: SpaceEnv
  /** Does what is done in a thread, where no thread is wanted. */
  readonly thread?: (holdings: SpaceHoldings) => ContentThread
}

export interface SpaceEnv {
  readonly files: Files
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** A sync space at a place. */
export interface Space {
  readonly journal: Journal
  readonly contents: Contents
  /** Has replayed what is known on this computer; `follow` goes to the place. */
  readonly replica: Replica
  /** Tells of all that was handed over in a batch that changes nothing, so that a crash does not lose it; false when another batch came first. */
  tell(): Promise<boolean>
  /** Between cycles only: what is being handed over must not lose what it leans on. */
  sweep(options?: SweepOptions): Promise<SweepReport>
  verify(options?: VerifyOptions): Promise<SpaceProof>
  /** Old batches, newest first. */
  history(): AsyncGenerator<{ readonly slot: number; readonly batch: Batch }>
  /** Keeps the present state on this computer and, where `remote`, at the place. */
  checkpointNow(remote?: boolean): Promise<void>
  close(): Promise<void>
}

/** What the other parts of the space work with. */
export interface OpenSpace extends Space {
  readonly parts: {
    readonly journal: SpaceJournal
    readonly holdings: SpaceHoldings
    readonly storing: ContentStore
    readonly writing: ContentWriter
    readonly slots: LogSlots
    readonly options: SpaceOptions
  }
}

export interface VerifyOptions {
  readonly deep?: boolean
  readonly signal?: AbortSignal
}

export interface SpaceProof {
  /** Packs that are not there, or have another size. */
  readonly packs: readonly { readonly packId: string; readonly fault: 'missing' | 'size' }[]
  /** Files of the present tree whose content cannot be had whole, with the code of the error. */
  readonly files: readonly { readonly path: string; readonly id: NodeId; readonly code: string }[]
}

export interface SweepOptions {
  /** How long what was replaced or deleted stays to be had; default 30 days. */
  readonly windowMs?: number
  /** Younger packs are left alone; default 7 days. */
  readonly packAgeMs?: number
  /** How long a condemned pack stays for those who are reading it; default a day. */
  readonly graceMs?: number
  /** Only says what would be done. */
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
}

export interface SweepReport {
  /** False when another batch came first: nothing was condemned, sweep again. */
  readonly isDone: boolean
  readonly condemned: readonly string[]
  /** Bytes of these; what of them lives is packed anew. */
  readonly condemnedBytes: number
  readonly swept: readonly string[]
  readonly sweptBytes: number
}
