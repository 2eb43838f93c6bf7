import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setMadeTime } from './fixed-times.ts'
import { createSeededRandom } from './seeded-random.ts'

const FOLDERS = 3000
const SHELVES = 20
const BOXES = 5
const FILES = 100
const CONTENT_LIMIT_BYTES = 200

/** W4: 300,000 files in 3,000 folders six deep, both times the scale; every other file is empty, the rest has less than 200 bytes of text. */
export function makeTinyFiles(folder: string, scale: number): void {
  const random = createSeededRandom('W4')
  for (let index = 0; index < Math.max(1, Math.round(FOLDERS * scale)); index++) {
    const box = index % BOXES
    const shelf = Math.floor(index / BOXES) % SHELVES
    const wing = Math.floor(index / BOXES / SHELVES)
    const place = join(folder, `wing-${two(wing)}`, 'mid', `shelf-${two(shelf)}`, 'deep', `box-${box}`)
    mkdirSync(place, { recursive: true })
    for (let number = 0; number < FILES; number++) {
      const path = join(place, `file-${two(number)}.dat`)
      const sizeBytes = number % 2 ? 1 + random.below(CONTENT_LIMIT_BYTES - 1) : 0
      writeFileSync(path, random.bytes(sizeBytes).map(printable))
      setMadeTime(path)
    }
  }
}

function printable(byte: number): number {
  return 32 + (byte % 95)
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
