import { type MessagePort, receiveMessageOnPort } from '../../../env/node/threads.ts'
import type { FsPath } from '../../../sources/files/fs-path.ts'
import type { Name } from '../../../sources/files/list-folder.ts'
import type { Board } from '../board.ts'
import type { KnownTreesHandles } from '../known/known-trees.ts'
import type { UnsealedBlock } from '../packs/chunk-store.ts'
import type { Folder, RootData } from '../scan/folder.ts'
import type { Subfolder } from '../scan/frame.ts'
import type { ReadSegment } from './segments.ts'

/** What every worker must know before its first work: the leader finds it out. */
export interface CommonKnowledge {
  readonly roots: readonly RootData[]
  readonly known: KnownTreesHandles
}

/** Work for somebody who has none. `ticket` goes back with the answer. */
export type Work =
  /** Folders in `folder`, whose ids are wanted. */
  | {
      readonly type: 'folders'
      readonly ticket: number
      readonly folder: Folder
      readonly subfolders: readonly Subfolder[]
    }
  /** Some names in `folder`, whose entries are wanted. */
  | {
      readonly type: 'slice'
      readonly ticket: number
      readonly folder: Folder
      readonly names: readonly Name[]
    }
  /** A segment of a large file, opened as `path`, which must be the file of this identity. */
  | {
      readonly type: 'segment'
      readonly ticket: number
      readonly path: FsPath
      readonly identity: string
      readonly segment: number
      readonly count: number
    }

/** What became of work. */
export type Answer =
  | {
      readonly type: 'ids'
      readonly ticket: number
      readonly ids: Uint8Array
      readonly present: Uint8Array
    }
  | { readonly type: 'entries'; readonly ticket: number; readonly tree: Uint8Array }
  | {
      readonly type: 'segment-read'
      readonly ticket: number
      /** `undefined`: it could not be read; the code of the system says why. */
      readonly segment: ReadSegment | undefined
      readonly systemCode: string | undefined
    }

/** The last, partly filled blocks of a worker that has no pack open: the leader puts them into its own. */
export interface Rest {
  readonly type: 'rest'
  readonly data: UnsealedBlock | undefined
  readonly trees: UnsealedBlock | undefined
}

export type Letter = { readonly type: 'start'; readonly common: CommonKnowledge } | Work | Answer | Rest

/**
 * The letters between workers. Threads that work synchronously never see an event: they look into their ports when the board says that
 * something has come.
 */
export class Letters {
  readonly #worker: number
  readonly #ports: readonly (MessagePort | undefined)[]
  readonly #board: Board
  #seen = 0

  /** `ports`: one to each worker, by its number; none to itself. */
  constructor(worker: number, ports: readonly (MessagePort | undefined)[], board: Board) {
    this.#worker = worker
    this.#ports = ports
    this.#board = board
  }

  send(worker: number, letter: Letter): void {
    this.#ports[worker]?.postMessage(letter)
    this.#board.ring(worker)
  }

  /** Hands every letter that has come to `take`; cheap when none has. */
  receive(take: (letter: Letter, from: number) => void): void {
    const came = this.#board.lettersFor(this.#worker)
    if (came === this.#seen) return
    this.#seen = came
    this.#ports.forEach((port, from) => {
      if (!port) return
      for (let got = receiveMessageOnPort(port); got; got = receiveMessageOnPort(port))
        take(got.message as Letter, from)
    })
  }

  /** Sleeps until a letter may have come since the last `receive`. */
  wait(): void {
    this.#board.throwIfStopped()
    this.#board.sleep(this.#worker, this.#seen)
    this.#board.throwIfStopped()
  }
}
