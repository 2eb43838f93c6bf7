import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setEditTime } from './fixed-times.ts'
import { createSeededRandom, draw, type SeededRandom } from './seeded-random.ts'

const INSERTIONS = 8
const INSERTION_LIMIT_BYTES = 4096
const PATCH_BYTES = 64
const ADDED_LIMIT_BYTES = 20_000

/** W3 of W1: 0.4 % of the files get 64 bytes in their middle, 0.2 % each go, are renamed, or come new. In place, so that the rest keeps its inodes. */
export function editSourceTree(folder: string, round: number): void {
  const random = createSeededRandom(`edit W1 ${round}`)
  const files = filesIn(folder)
  const part = Math.max(1, Math.floor(files.length / 1000))
  const drawn = draw(files, 10 * part, random)
  const take = (parts: number): string[] => drawn.splice(0, parts * part)
  for (const path of take(4)) {
    const old = readFileSync(path)
    const middle = old.length >> 1
    const patch = random.bytes(PATCH_BYTES)
    writeFileSync(path, Buffer.concat([old.subarray(0, middle), patch, old.subarray(middle)]))
    setEditTime(path, round)
  }
  for (const path of take(2)) unlinkSync(path)
  for (const path of take(2)) renameSync(path, `${path}.renamed${round}`)
  for (const path of take(2)) {
    const added = `${path}.added${round}`
    writeFileSync(added, random.bytes(100 + random.below(ADDED_LIMIT_BYTES - 100)))
    setEditTime(added, round)
  }
}

/** W3 of W2: eight insertions of up to 4 KiB in each file, so that all behind them moves. */
export function editBigFiles(folder: string, round: number): void {
  const random = createSeededRandom(`edit W2 ${round}`)
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name)
    insertBytes(path, random)
    setEditTime(path, round)
  }
}

function insertBytes(path: string, random: SeededRandom): void {
  const old = readFileSync(path)
  const cuts = Array.from({ length: INSERTIONS }, () => random.below(old.length)).sort((a, b) => a - b)
  const pieces: Buffer[] = []
  let from = 0
  for (const cut of cuts) {
    pieces.push(old.subarray(from, cut), random.bytes(1 + random.below(INSERTION_LIMIT_BYTES)))
    from = cut
  }
  pieces.push(old.subarray(from))
  const file = openSync(path, 'r+')
  try {
    for (const piece of pieces) for (let done = 0; done < piece.length; done += writeSync(file, piece, done));
    ftruncateSync(
      file,
      old.length + pieces.reduce((sum, piece, index) => sum + (index % 2 ? piece.length : 0), 0),
    )
  } finally {
    closeSync(file)
  }
  if (statSync(path).size <= old.length) throw new Error(`${path} did not grow`)
}

/** Regular files below a folder, always in the same order. Links are not followed: they lead out of the workload. */
function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true })
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesIn(path)
    return entry.isFile() ? [path] : []
  })
}
