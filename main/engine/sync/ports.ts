import type { Look, NodeId, SyncedNode } from './nodes.ts'
import type { Batch, Stored } from './operations.ts'

/** A folder on the disk: where it is believed to be, and what must be found there. */
export interface Folder {
  /** Names from the synced folder down, with `/`; empty for the synced folder itself. */
  readonly path: string
  readonly key: string
}

/** A folder in a folder. */
export function below({ path }: Folder, name: string, key: string): Folder {
  return { path: path ? `${path}/${name}` : name, key }
}

/** A name in a folder. */
export interface Spot {
  readonly folder: Folder
  readonly name: string
}

export interface Entry {
  readonly name: string
  readonly look: Look
}

/**
 * The synced folder of a device and the stage beside it, on the same volume. People change it at any moment: each step checks what it finds, and throws
 * `WorldMoved` where that is not what the plan was made for. No step ever replaces anything.
 */
export interface SyncDisk {
  /** The synced folder itself. */
  readonly root: Folder
  /** What is in a folder. Other errors than `WorldMoved` mean that nothing is known. */
  list(folder: Folder): Promise<readonly Entry[]>
  /** Names under which something was that is not synced, when the folder was last listed: another volume, a pipe, what a person left out. */
  hidden?(folder: Folder): readonly string[]
  look(spot: Spot): Promise<Look | undefined>
  /** Its content, read while it stood still; `undefined` when it did not. */
  read(spot: Spot, look: Look): Promise<string | undefined>
  makeDirectory(spot: Spot): Promise<Look>
  /** Removes an empty folder. */
  removeDirectory(spot: Spot): Promise<void>
  /** Gives another name; never one that is taken. */
  rename(from: Spot, to: Spot): Promise<void>

  /** Names in the stage. */
  staged(): Promise<readonly Entry[]>
  lookStaged(name: string): Promise<Look | undefined>
  /** The content of what was staged, read while it stood still. */
  readStaged(name: string, look: Look): Promise<string | undefined>
  /** Where a staged folder is. */
  stagedFolder(name: string, key: string): Folder
  /** Takes something out of the folder into the stage. */
  stage(spot: Spot, name: string): Promise<void>
  /** Puts something staged into the folder; never over anything. Durable at once, or with `later` when `flush` has ended. */
  place(name: string, spot: Spot, when?: 'later'): Promise<void>
  /** Makes durable what was placed for later. */
  flush?(): Promise<void>
  /** Brings a content into the stage, whole and durable, as it was when it was last changed. */
  fetch(content: string, kind: 'file' | 'symlink', name: string, mtimeMs: number): Promise<Look>
  /** Says what will be fetched next: a disk that is quicker with several at once brings them now. What goes wrong with one is told when it is fetched. */
  expect?(fetches: readonly Fetch[]): Promise<void>
  /** Gives something staged another name in the stage. */
  restage(from: string, to: string): Promise<void>
  /** Drops a second name, a download or an empty folder. */
  drop(name: string): Promise<void>
  /** Keeps what was displaced among the versions of this device. */
  retire(name: string): Promise<void>
}

/** A content that is wanted in the stage. */
export interface Fetch {
  readonly content: string
  readonly kind: 'file' | 'symlink'
  readonly name: string
  readonly mtimeMs: number
}

/** Takes a batch; what it throws ends the reading. */
export type TakeBatch = (batch: Batch, slot: number) => void

/** The line of batches that all devices of a space share. */
export interface Journal {
  /** Hands over the batches from slot `from` (the first is 1) to the end, in order, as they come: there may be more than fit into memory. */
  read(from: number, take: TakeBatch): Promise<void>
  /** Puts a batch into a slot if nothing is there; `false` when something is. Fails when nobody knows. */
  append(slot: number, batch: Batch): Promise<boolean>
}

/** All batches from a slot to the end. */
export async function batchesFrom(journal: Pick<Journal, 'read'>, from: number): Promise<readonly Batch[]> {
  const batches: Batch[] = []
  await journal.read(from, (batch) => batches.push(batch))
  return batches
}

/** Contents that devices share. */
export interface SharedContents {
  /** Hands a content over; the text under which it will be had, `undefined` when it changed while it was read. */
  store(spot: Spot, look: Look): Promise<string | undefined>
  /** Whether so much was handed over that a batch should tell of it before more is. */
  isEnough(): boolean
  /** All that was handed over is durable for all devices; where it lies, for the batch that names it. */
  finish(): Promise<Stored | undefined>
}

/**
 * Contents as a space keeps them: what the disk hands over and gets back. A content's text begins with its size in bytes and a hyphen (`0-` is the empty one);
 * what follows is a keyed hash of what is inside, so that equal contents have equal texts on all devices of a space.
 */
export interface Contents {
  /** What the content of an open file is called. The file is read from its start; whoever calls makes sure that it stood still meanwhile. */
  name(fd: number, sizeBytes: number, signal?: AbortSignal): Promise<string>
  /** As `name`, and keeps what the space does not have yet for `finish`. */
  store(fd: number, sizeBytes: number, signal?: AbortSignal): Promise<string>
  isEnough(): boolean
  finish(signal?: AbortSignal): Promise<Stored | undefined>
  /** Says what will be written soon, in this order: what has far to come may be on its way while the rest is written. */
  expect(contents: readonly string[]): void
  /** Writes a content into an empty file, every chunk proven. `chunk-missing` when no batch says where it lies, `data-damaged` when it is not what it was. */
  write(content: string, fd: number, signal?: AbortSignal): Promise<void>
}

/** What a device was about to write into the journal: only this tells, after a crash, whether it did. */
export interface Intent {
  readonly slot: number
  readonly batch: Batch
  /** What the nodes of the batch were on this disk. */
  readonly looks: readonly (readonly [NodeId, { readonly key: string; readonly stamp: string }])[]
}

/**
 * What a device remembers. Each call is one transaction, and transactions become durable in their order: a power cut may lose the last `change`s, never one before
 * another call.
 */
export interface SyncBase {
  readonly nodes: ReadonlyMap<NodeId, SyncedNode>
  /** The nodes that this thing on the disk stands for; several for hard links. */
  idsOf(key: string): readonly NodeId[]
  /** Notes what folder and journal say by themselves and would say again: it may be lost in a power cut, not in a crash. */
  change(changes: readonly BaseChange[]): void
  /** Notes what folder and journal alone do not tell, a person's decision above all. Durable. */
  decide(changes: readonly BaseChange[]): void
  readonly intents: readonly Intent[]
  /** Durable. */
  intend(intent: Intent): void
  /** Changes nodes and forgets all intents, at once. Durable. */
  settle(changes: readonly BaseChange[]): void
}

/** `undefined` forgets the node. */
export type BaseChange = readonly [NodeId, SyncedNode | undefined]

/** What is on the disk is not what the plan was made for: look again, then think again. */
export class WorldMoved extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'WorldMoved'
  }
}
