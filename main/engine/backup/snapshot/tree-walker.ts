import type { Name } from '../../sources/files/list-folder.ts'
import { partingAt } from '../../sources/sqlite/companions.ts'
import type { Board } from './board.ts'
import type { KnownTrees } from './known/known-trees.ts'
import type { Folder } from './scan/folder.ts'
import {
  assembleTree,
  childFolder,
  createFrame,
  entryCount,
  type Frame,
  ID_BYTES,
  isComplete,
  putChild,
  type Subfolder,
} from './scan/frame.ts'
import type { FolderLister } from './scan/list-for-scan.ts'
import type { FolderScanner } from './scan/scan-folder.ts'
import type { TreeFinisher } from './scan/tree-finisher.ts'
import type { Letters, Work } from './sharing/letters.ts'
import type { SegmentSharing } from './sharing/segment-sharing.ts'
import type { Tickets } from './sharing/tickets.ts'

/** No more folders are given away at once than this. */
const MOST_FOLDERS_GIVEN = 512
/** Names of a folder are given away only when it has kept its worker for so long. */
const SLICE_AFTER_MS = 20

export interface TreeWalkerOptions {
  readonly worker: number
  readonly board: Board
  readonly letters: Letters
  readonly tickets: Tickets
  readonly known: KnownTrees
  readonly lister: FolderLister
  readonly finisher: TreeFinisher
  readonly segments: SegmentSharing
}

/** The root directory, when a worker completed it. */
export interface FinishedRoot {
  readonly id: Uint8Array
  readonly entries: number
}

/**
 * One worker's part of the tree. It goes depth first with a stack of its own, so that directories are finished bottom-up; gives folders
 * from as high as it can to workers without work, who answer with ids; and a directory that waits for answers waits beside the stack.
 */
export class TreeWalker {
  readonly #options: TreeWalkerOptions
  readonly #stack: Frame[] = []
  readonly #works: { readonly work: Work; readonly from: number }[] = []
  #scanner: FolderScanner | undefined
  #scanStartMs = 0
  #root: FinishedRoot | undefined

  constructor(options: TreeWalkerOptions) {
    this.#options = options
  }

  /** Takes a letter with work; `run` does it. */
  addWork(work: Work, from: number): void {
    this.#works.push({ work, from })
  }

  /** Works until the root directory is finished somewhere. `top`: the folder of the roots and their names, for the one that begins. */
  run(scanner: FolderScanner, top?: { readonly folder: Folder; readonly names: readonly Name[] }): void {
    const { board, letters, known } = this.#options
    this.#scanner = scanner
    if (top) {
      const { folder, names } = top
      const frame = createFrame({
        kind: 'folder',
        folder,
        owner: { kind: 'top' },
        known: known.find(folder.path),
        subfolders: [],
      })
      this.#scan(frame, names)
    }
    while (!board.isFinished) {
      board.throwIfStopped()
      this.#options.tickets.receive(letters)
      const work = this.#works.shift()
      if (work) this.#begin(work.work, work.from)
      else this.#step()
    }
  }

  /** Set in the worker that completed the root directory. */
  get finishedRoot(): FinishedRoot | undefined {
    return this.#root
  }

  /** For `FolderScanner`: takes a moment for the others; answers how many of the last names one of them does. */
  beforeName(frame: Frame, names: readonly Name[], at: number, limit: number): number {
    const { board, letters, tickets } = this.#options
    board.throwIfStopped()
    tickets.receive(letters)
    if (!board.isAnyoneHungry || this.#giveFolders()) return 0
    const half = (limit - at) >>> 1
    if (half === 0 || performance.now() - this.#scanStartMs < SLICE_AFTER_MS) return 0
    // A database and what lies beside it are one worker's: only whoever reads the one knows what becomes of the other.
    const count = limit - partingAt(names, limit - half, limit)
    if (count === 0) return 0
    return this.#giveSlice(frame, names.slice(limit - count, limit)) ? count : 0
  }

  /** Enters the next folder, or finishes the frame at hand, or waits. */
  #step(): void {
    const frame = this.#stack.at(-1)
    if (!frame) {
      this.#waitForWork()
      return
    }
    if (this.#options.board.isAnyoneHungry) this.#giveFolders()
    if (frame.next < frame.limit) {
      const number = frame.next++
      frame.waiting++
      this.#enter(frame, number)
      return
    }
    this.#stack.pop()
    frame.isEntered = true
    this.#complete(frame)
  }

  #waitForWork(): void {
    const { worker, board, letters, tickets } = this.#options
    board.becomeHungry(worker)
    while (this.#works.length === 0 && !board.isFinished) {
      letters.wait()
      tickets.receive(letters)
    }
    board.becomeBusy(worker)
  }

  #begin(work: Work, from: number): void {
    const { known, segments } = this.#options
    if (work.type === 'segment') {
      segments.answer(work, from)
      return
    }
    const owner = { kind: 'worker', worker: from, ticket: work.ticket } as const
    const { folder } = work
    if (work.type === 'folders') {
      const { subfolders } = work
      this.#stack.push(
        createFrame({ kind: 'group', folder, owner, known: undefined, subfolders: [...subfolders] }),
      )
      return
    }
    const frame = createFrame({
      kind: 'slice',
      folder,
      owner,
      known: known.find(folder.path),
      subfolders: [],
    })
    this.#scan(frame, work.names)
  }

  #enter(parent: Frame, number: number): void {
    const { known, lister } = this.#options
    const { folder, names } = lister(childFolder(parent.folder, parent.subfolders[number] as Subfolder))
    const frame = createFrame({
      kind: 'folder',
      folder,
      owner: { kind: 'frame', frame: parent, subfolder: number },
      known: known.find(folder.path),
      subfolders: [],
    })
    this.#scan(frame, names)
  }

  #scan(frame: Frame, names: readonly Name[]): void {
    this.#scanStartMs = performance.now()
    this.#scanner?.scan(frame, names)
    frame.limit = frame.subfolders.length
    this.#stack.push(frame)
  }

  /** Finishes a frame for which nothing is missing, and those that waited for it only. */
  #complete(frame: Frame): void {
    const { letters, finisher, board } = this.#options
    let current: Frame | undefined = frame
    while (current && isComplete(current)) {
      const { owner, kind, folder }: Frame = current
      if (owner.kind === 'worker') {
        const { ticket } = owner
        const { ids, present } = current
        if (kind === 'group') letters.send(owner.worker, { type: 'ids', ticket, ids, present })
        else letters.send(owner.worker, { type: 'entries', ticket, tree: assembleTree(current) })
        return
      }
      const tree = assembleTree(current)
      if (owner.kind === 'top') {
        this.#root = { id: finisher.finish(current, tree), entries: entryCount(tree) }
        board.finish()
        return
      }
      // Nothing matched in it: then it was only on the way.
      const isOmitted = folder.take === 'matches' && entryCount(tree) === 0
      putChild(owner.frame, owner.subfolder, isOmitted ? undefined : finisher.finish(current, tree))
      current = owner.frame
    }
  }

  /** Gives a hungry worker half of the folders that wait highest up; false when there are none to spare. */
  #giveFolders(): boolean {
    const { board, letters, tickets } = this.#options
    const top = this.#stack.at(-1)
    const frame = this.#stack.find((one) => one.limit - one.next > (one === top ? 1 : 0))
    if (!frame) return false
    const worker = board.claimHungry()
    if (worker < 0) return false
    const count = Math.min(Math.ceil((frame.limit - frame.next) / 2), MOST_FOLDERS_GIVEN)
    frame.limit -= count
    frame.waiting += count
    const first = frame.limit
    const ticket = tickets.open((answer) => {
      if (answer.type !== 'ids') return
      answer.present.forEach((isPresent, i) => {
        const id = isPresent ? answer.ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES) : undefined
        putChild(frame, first + i, id)
      })
      this.#complete(frame)
    })
    const { folder, subfolders } = frame
    letters.send(worker, {
      type: 'folders',
      ticket,
      folder,
      subfolders: subfolders.slice(first, first + count),
    })
    return true
  }

  #giveSlice(frame: Frame, names: readonly Name[]): boolean {
    const { board, letters, tickets } = this.#options
    const worker = board.claimHungry()
    if (worker < 0) return false
    const number = frame.slices.push(undefined) - 1
    frame.waiting++
    const ticket = tickets.open((answer) => {
      if (answer.type !== 'entries') return
      frame.slices[number] = answer.tree
      frame.waiting--
      this.#complete(frame)
    })
    letters.send(worker, { type: 'slice', ticket, folder: frame.folder, names })
    return true
  }
}
