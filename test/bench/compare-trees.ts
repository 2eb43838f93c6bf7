import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs'
import { join } from 'node:path'

const PIECE_BYTES = 1 << 20
const ENOUGH = 5
const expectedPiece = Buffer.allocUnsafe(PIECE_BYTES)
const actualPiece = Buffer.allocUnsafe(PIECE_BYTES)

/** What is not as it should be in a restored tree, the first few of it: names, types, modes, times to the second, link targets, every byte. */
export function differences(expected: string, actual: string): string[] {
  const found: string[] = []
  compare(expected, actual, found)
  return found
}

function compare(expected: string, actual: string, found: string[]): void {
  if (found.length >= ENOUGH) return
  const want = lstatSync(expected, { bigint: true })
  const have = lstatSync(actual, { bigint: true, throwIfNoEntry: false })
  const report = (what: string): number => found.push(`${actual}: ${what}`)
  if (!have) report('missing')
  else if (kindOf(want) !== kindOf(have)) report('another type')
  else if (want.isSymbolicLink()) {
    if (readlinkSync(expected) !== readlinkSync(actual)) report('another target')
  } else {
    if (want.mode !== have.mode) report('another mode')
    if (want.mtimeNs / 1_000_000_000n !== have.mtimeNs / 1_000_000_000n) report('another time')
    if (want.isDirectory()) compareFolders(expected, actual, found)
    else if (want.size !== have.size || !hasSameBytes(expected, actual)) report('another content')
  }
}

function compareFolders(expected: string, actual: string, found: string[]): void {
  const names = readdirSync(expected)
  const known = new Set(names)
  for (const name of names) compare(join(expected, name), join(actual, name), found)
  for (const name of readdirSync(actual))
    if (!known.has(name)) found.push(`${join(actual, name)}: should not be there`)
}

function kindOf(stats: BigIntStats): bigint {
  return stats.mode & 0o170000n
}

function hasSameBytes(expected: string, actual: string): boolean {
  const one = openSync(expected, 'r')
  const other = openSync(actual, 'r')
  try {
    for (;;) {
      const length = readSync(one, expectedPiece)
      if (readSync(other, actualPiece) !== length) return false
      if (length === 0) return true
      if (expectedPiece.compare(actualPiece, 0, length, 0, length) !== 0) return false
    }
  } finally {
    closeSync(one)
    closeSync(other)
  }
}
