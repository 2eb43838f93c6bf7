import type { ChunkIndex } from '../../../repository/index/chunk-index.ts'
import { createWindow, type RestoreWindow, type WindowCounts } from './restore-window.ts'

/** A file for a window. */
export interface WindowFile {
  /** The name's bytes; copied. */
  readonly name: Uint8Array
  readonly sizeBytes: number
  readonly mode: number
  readonly seconds: number
  readonly uid: number
  readonly gid: number
  readonly flags: number
}

/** Gathers files and their chunks until a window is full. Its memory is made once. */
export interface WindowBuilder {
  readonly isEmpty: boolean
  /** How many more pieces fit. */
  readonly piecesLeft: number
  readonly isFull: boolean
  /** The folder that the files added next lie in: bytes of its path in the tree. */
  folder(path: Uint8Array): void
  /** Adds a file; its pieces follow. */
  file(file: WindowFile): void
  /** Adds a chunk of the last file. */
  piece(slot: number, offset: number): void
  /** The window, with pieces in the order of packs and cut into tasks. The builder is empty again. */
  build(): RestoreWindow
}

/** A file has at most so many pieces in one window; the rest of a very large one goes into the next. */
const MOST_PIECES = 128 * 1024
const MOST_FILES = 48 * 1024
/** The first window is small, so that writing begins soon. */
const FIRST_FILES = 4 * 1024

/** One read: as much as makes requests and seeks cheap, little enough to keep all threads busy. */
const TASK_BYTES = 4 * 1024 * 1024
/** Rather read over so much than ask twice. */
const GAP_BYTES = 128 * 1024

/** Block numbers times this plus a piece's number stay exact in a double. */
const PIECE_RADIX = 2 ** 20

/** A builder for windows over one index. */
export function createWindowBuilder(index: ChunkIndex): WindowBuilder {
  const { blocks } = index
  const file = {
    seconds: new Float64Array(MOST_FILES),
    sizes: new Float64Array(MOST_FILES),
    folders: new Uint32Array(MOST_FILES),
    nameStarts: new Uint32Array(MOST_FILES),
    nameEnds: new Uint32Array(MOST_FILES),
    modes: new Uint32Array(MOST_FILES),
    uids: new Uint32Array(MOST_FILES),
    gids: new Uint32Array(MOST_FILES),
    flags: new Uint32Array(MOST_FILES),
    left: new Int32Array(MOST_FILES),
  }
  const pieceFiles = new Uint32Array(MOST_PIECES)
  const pieceSlots = new Uint32Array(MOST_PIECES)
  const pieceOffsets = new Float64Array(MOST_PIECES)
  const keys = new Float64Array(MOST_PIECES)
  let text = Buffer.allocUnsafeSlow(4 * 1024 * 1024)
  let folderStarts: number[] = []
  let folderEnds: number[] = []
  let files = 0
  let pieces = 0
  let textEnd = 0
  let mostFiles = FIRST_FILES

  function addText(bytes: Uint8Array): number {
    const start = textEnd
    textEnd += bytes.length
    if (textEnd > text.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(textEnd, text.length * 2))
      larger.set(text.subarray(0, start))
      text = larger
    }
    text.set(bytes, start)
    return start
  }

  /** Sorts the pieces by block and says where tasks begin. */
  function cut(): number[] {
    for (let piece = 0; piece < pieces; piece++)
      keys[piece] = index.blockOf(pieceSlots[piece]!) * PIECE_RADIX + piece
    keys.subarray(0, pieces).sort()
    const starts: number[] = []
    let last = -1
    let pack = -1
    let start = 0
    let end = 0
    for (let at = 0; at < pieces; at++) {
      const block = Math.floor(keys[at]! / PIECE_RADIX)
      if (block === last) continue
      last = block
      const offset = blocks.offsetOf(block)
      const blockEnd = offset + blocks.storedBytesOf(block)
      const near = blocks.packOf(block) === pack && offset <= end + GAP_BYTES && offset >= start
      if (!near || blockEnd - start > TASK_BYTES) {
        starts.push(at)
        pack = blocks.packOf(block)
        start = offset
      }
      end = blockEnd
    }
    return starts
  }

  return {
    get isEmpty() {
      return files === 0
    },
    get piecesLeft() {
      return MOST_PIECES - pieces
    },
    get isFull() {
      return files >= mostFiles || pieces >= MOST_PIECES
    },
    folder(bytes) {
      folderStarts.push(addText(bytes))
      folderEnds.push(textEnd)
    },
    file({ name, sizeBytes, mode, seconds, uid, gid, flags }) {
      file.nameStarts[files] = addText(name)
      file.nameEnds[files] = textEnd
      file.folders[files] = folderStarts.length - 1
      file.sizes[files] = sizeBytes
      file.modes[files] = mode
      file.seconds[files] = seconds
      file.uids[files] = uid
      file.gids[files] = gid
      file.flags[files] = flags
      file.left[files] = 0
      files++
    },
    piece(slot, offset) {
      pieceFiles[pieces] = files - 1
      pieceSlots[pieces] = slot
      pieceOffsets[pieces] = offset
      file.left[files - 1]!++
      pieces++
    },
    build() {
      const starts = cut()
      const counts: WindowCounts = {
        files,
        pieces,
        tasks: starts.length,
        folders: folderStarts.length,
        textBytes: textEnd,
      }
      const window = createWindow(counts)
      for (const name of Object.keys(file) as (keyof typeof file)[])
        window[name].set(file[name].subarray(0, files))
      for (let at = 0; at < pieces; at++) {
        const piece = keys[at]! % PIECE_RADIX
        window.pieceFiles[at] = pieceFiles[piece]!
        window.pieceSlots[at] = pieceSlots[piece]!
        window.pieceOffsets[at] = pieceOffsets[piece]!
      }
      window.taskStarts.set([...starts, pieces])
      window.folderStarts.set(folderStarts)
      window.folderEnds.set(folderEnds)
      window.text.set(text.subarray(0, textEnd))
      files = 0
      pieces = 0
      textEnd = 0
      folderStarts = []
      folderEnds = []
      mostFiles = MOST_FILES
      return window
    },
  }
}
