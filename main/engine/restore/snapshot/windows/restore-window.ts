/**
 * A part of a restore as one piece of shared memory: so many files, the chunks that make them up in the order in which they lie in packs, and
 * tasks, each a stretch of one pack. Whoever plans fills it, whoever writes takes task after task from it without a message in between.
 */
export interface RestoreWindow {
  readonly handles: WindowHandles
  /** [0] is the next task nobody has taken. */
  readonly header: Int32Array
  /** Per file. Times are seconds since 1970 as a double, which is all that Node passes on. */
  readonly seconds: Float64Array
  readonly sizes: Float64Array
  readonly folders: Uint32Array
  readonly nameStarts: Uint32Array
  readonly nameEnds: Uint32Array
  readonly modes: Uint32Array
  readonly uids: Uint32Array
  readonly gids: Uint32Array
  readonly flags: Uint32Array
  /** Chunks that are still to be written, and `FAILED` from when one cannot be. */
  readonly left: Int32Array
  /** Per chunk of a file, in the order of packs. */
  readonly pieceFiles: Uint32Array
  readonly pieceSlots: Uint32Array
  readonly pieceOffsets: Float64Array
  /** Task t is the pieces [taskStarts[t], taskStarts[t + 1]). */
  readonly taskStarts: Uint32Array
  /** Folder f is the text [folderStarts[f], folderEnds[f]): its path in the tree, empty for the top. */
  readonly folderStarts: Uint32Array
  readonly folderEnds: Uint32Array
  /** Names and paths as bytes. */
  readonly text: Uint8Array
}

export interface WindowCounts {
  readonly files: number
  readonly pieces: number
  readonly tasks: number
  readonly folders: number
  readonly textBytes: number
}

/** A window on its way to another thread. */
export interface WindowHandles {
  readonly buffer: SharedArrayBuffer
  readonly counts: WindowCounts
}

/** Flags of a file. */
export const SPARSE = 1
/** It exists already with its size, because several tasks or windows write it. */
export const SHARED = 2
/** Its metadata is set by whoever plans: more of it comes in another window. */
export const UNFINISHED = 4
/** A name on its path is not UTF-8. */
export const RAW_PATH = 8

/** Far below any count of pieces that can still be subtracted. */
export const FAILED = -(2 ** 30)

const HEADER_WORDS = 16

/** An empty window of exactly this size. */
export function createWindow(counts: WindowCounts): RestoreWindow {
  return attachWindow({ buffer: new SharedArrayBuffer(sizeOf(counts)), counts })
}

/** The window in another thread. */
export function attachWindow(handles: WindowHandles): RestoreWindow {
  const { buffer, counts } = handles
  const { files, pieces } = counts
  let at = 0
  const take = <View>(
    View: new (b: SharedArrayBuffer, o: number, l: number) => View,
    n: number,
    width: number,
  ) => {
    const view = new View(buffer, at, n)
    at += n * width
    return view
  }
  const seconds = take(Float64Array, files, 8)
  const sizes = take(Float64Array, files, 8)
  const pieceOffsets = take(Float64Array, pieces, 8)
  const header = take(Int32Array, HEADER_WORDS, 4)
  const left = take(Int32Array, files, 4)
  const words = (n: number) => take(Uint32Array, n, 4)
  return {
    handles,
    header,
    seconds,
    sizes,
    pieceOffsets,
    left,
    folders: words(files),
    nameStarts: words(files),
    nameEnds: words(files),
    modes: words(files),
    uids: words(files),
    gids: words(files),
    flags: words(files),
    pieceFiles: words(pieces),
    pieceSlots: words(pieces),
    taskStarts: words(counts.tasks + 1),
    folderStarts: words(counts.folders),
    folderEnds: words(counts.folders),
    text: take(Uint8Array, counts.textBytes, 1),
  }
}

function sizeOf({ files, pieces, tasks, folders, textBytes }: WindowCounts): number {
  const doubles = 2 * files + pieces
  const words = HEADER_WORDS + 8 * files + 2 * pieces + tasks + 1 + 2 * folders
  return doubles * 8 + words * 4 + textBytes
}
