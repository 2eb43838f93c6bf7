import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setMadeTime } from './fixed-times.ts'
import { createSeededRandom } from './seeded-random.ts'

const FILE_BYTES = 1024 ** 3
const PIECE_BYTES = 16 * 1024 ** 2

/** W2: two files of 1 GiB times the scale, one that does not compress at all and one of the system's programs and libraries that does by half or more. */
export function makeBigFiles(folder: string, scale: number): void {
  mkdirSync(folder, { recursive: true })
  const sizeBytes = Math.round(FILE_BYTES * scale)
  const random = join(folder, 'random.bin')
  writeRandom(random, sizeBytes)
  const semi = join(folder, 'semi.tar')
  writeSystem(semi, sizeBytes)
  for (const path of [random, semi, folder]) setMadeTime(path)
}

function writeRandom(path: string, sizeBytes: number): void {
  const random = createSeededRandom('W2')
  const file = openSync(path, 'w')
  for (let left = sizeBytes; left > 0; left -= PIECE_BYTES)
    writeSync(file, random.bytes(Math.min(left, PIECE_BYTES)))
  closeSync(file)
}

/** A small system is packed again until the size is reached. */
function writeSystem(path: string, sizeBytes: number): void {
  closeSync(openSync(path, 'w'))
  const script =
    'tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C / -cf - usr/lib usr/bin | head -c "$1" >> "$2"'
  for (;;) {
    const { size } = statSync(path)
    if (size >= sizeBytes) return
    // `tar` is cut off by `head`, and may pass over files of others; the size says whether it went well.
    execFileSync('bash', ['-c', script, 'bash', String(sizeBytes - size), path], { stdio: 'ignore' })
    if (statSync(path).size === size) throw new Error(`${path}: tar packed nothing of /usr`)
  }
}
