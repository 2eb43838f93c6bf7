import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs'
import { type XattrsOfTree, xattrsOfTree } from '../ground/real-xattrs.ts'

/** What a comparison of two trees looked at, and where they differ. */
export interface TreeComparison {
  readonly entries: number
  /** Bytes of content that were compared, one by one. */
  readonly bytes: number
  /** Times that came back to the microsecond, not to the nanosecond. */
  readonly roundedTimes: number
  readonly attributes: number
  readonly differenceCount: number
  /** The first of them. */
  readonly differences: readonly string[]
}

const SHOWN = 20
const PIECE_BYTES = 4 * 1024 * 1024
/** Node sets times in doubles. */
const TIME_TOLERANCE_NS = 1_000n
/** What a file system may need beside the content: pages at both ends of each piece, and the list of pieces. */
const ALLOCATION_TOLERANCE_BYTES = 64n * 1024n
const isRoot = process.getuid?.() === 0

/**
 * Compares two trees in everything that a restore gives back: names as bytes, types, modes, owners (with the rights to set them), sizes, times, link
 * targets, device numbers, which names are one file, how much of a sparse file lies on the disk, extended attributes, and every byte of content.
 */
export function compareWholeTrees(wanted: string, got: string): TreeComparison {
  let entries = 0
  let bytes = 0
  let roundedTimes = 0
  let differenceCount = 0
  const differences: string[] = []
  const inodes = new Map<string, string>()
  const pieces = [Buffer.allocUnsafe(PIECE_BYTES), Buffer.allocUnsafe(PIECE_BYTES)] as const

  const differ = (path: string, what: string) => {
    if (++differenceCount <= SHOWN) differences.push(`${JSON.stringify(path)}: ${what}`)
  }

  function compareEntry(one: Buffer, other: Buffer, path: string): void {
    entries++
    const want = lstatSync(one, { bigint: true })
    const have = lstatSync(other, { bigint: true, throwIfNoEntry: false })
    if (!have) {
      differ(path, 'is missing')
      return
    }
    if (want.mode !== have.mode) differ(path, `mode ${want.mode.toString(8)} is ${have.mode.toString(8)}`)
    if ((want.mode ^ have.mode) & 0o170000n) return
    if (isRoot && (want.uid !== have.uid || want.gid !== have.gid))
      differ(path, `owner ${want.uid}:${want.gid} is ${have.uid}:${have.gid}`)
    compareTimes(want, have, path)
    compareNames(want, have, path)
    if (want.rdev !== have.rdev) differ(path, `device ${want.rdev} is ${have.rdev}`)
    if (want.isDirectory()) compareFolders(one, other, path)
    else if (want.isSymbolicLink()) compareTargets(one, other, path)
    else if (want.isFile()) compareFiles(want, have, one, other, path)
  }

  function compareTimes(want: BigIntStats, have: BigIntStats, path: string): void {
    const drift = have.mtimeNs - want.mtimeNs
    if (drift === 0n) return
    if (drift > -TIME_TOLERANCE_NS && drift < TIME_TOLERANCE_NS) roundedTimes++
    else differ(path, `time ${want.mtimeNs} is ${have.mtimeNs}`)
  }

  /** Names of one file are names of one file again, and of no other. */
  function compareNames(want: BigIntStats, have: BigIntStats, path: string): void {
    if (want.isDirectory()) return
    if (want.nlink !== have.nlink) differ(path, `${want.nlink} names are ${have.nlink}`)
    if (want.nlink === 1n) return
    const [here, there] = [`wanted ${want.dev}:${want.ino}`, `got ${have.dev}:${have.ino}`]
    if ((inodes.get(here) ?? there) !== there || (inodes.get(there) ?? here) !== here)
      differ(path, 'is the name of another file')
    inodes.set(here, there)
    inodes.set(there, here)
  }

  function compareFolders(one: Buffer, other: Buffer, path: string): void {
    const names = namesIn(one)
    for (const [shown, name] of names)
      compareEntry(inside(one, name), inside(other, name), `${path}/${shown}`)
    for (const shown of namesIn(other).keys())
      if (!names.has(shown)) differ(`${path}/${shown}`, 'should not be there')
  }

  function compareTargets(one: Buffer, other: Buffer, path: string): void {
    const [want, have] = [one, other].map((link) => readlinkSync(link, { encoding: 'latin1' }))
    if (want !== have) differ(path, `leads to ${JSON.stringify(have)}, not ${JSON.stringify(want)}`)
  }

  function compareFiles(
    want: BigIntStats,
    have: BigIntStats,
    one: Buffer,
    other: Buffer,
    path: string,
  ): void {
    const isSparse = allocated(want) < want.size
    if (isSparse !== allocated(have) < have.size)
      differ(
        path,
        `${isSparse ? 'has no holes' : 'has holes'}: ${allocated(want)} bytes are ${allocated(have)}`,
      )
    else if (isSparse && allocated(have) > allocated(want) + ALLOCATION_TOLERANCE_BYTES)
      differ(path, `holes are filled: ${allocated(want)} bytes are ${allocated(have)}`)
    const at = want.size === have.size ? firstDifference(one, other) : undefined
    if (want.size !== have.size) differ(path, `size ${want.size} is ${have.size}`)
    else if (at !== undefined) differ(path, `content differs from byte ${at} on`)
  }

  /** Where two files of one size differ first. */
  function firstDifference(one: Buffer, other: Buffer): number | undefined {
    const [want, have] = [openSync(one, 'r'), openSync(other, 'r')]
    try {
      for (let from = 0; ; ) {
        const length = readSync(want, pieces[0], 0, PIECE_BYTES, from)
        if (readSync(have, pieces[1], 0, length, from) !== length) return from
        if (length === 0) return undefined
        const [first, second] = [pieces[0].subarray(0, length), pieces[1].subarray(0, length)]
        if (!first.equals(second)) return from + first.findIndex((byte, at) => byte !== second[at])
        from += length
        bytes += length
      }
    } finally {
      closeSync(want)
      closeSync(have)
    }
  }

  compareEntry(Buffer.from(wanted), Buffer.from(got), '')
  const attributes = compareAttributes(xattrsOfTree(wanted), xattrsOfTree(got), differ)
  return { entries, bytes, roundedTimes, attributes, differenceCount, differences }
}

function compareAttributes(
  want: XattrsOfTree,
  have: XattrsOfTree,
  differ: (path: string, what: string) => void,
): number {
  const isOurs = (name: string) => isRoot || !/ (trusted|security)\./.test(name)
  for (const name of new Set([...Object.keys(want), ...Object.keys(have)]))
    if (isOurs(name) && want[name] !== have[name])
      differ(name, `attribute ${shown(want[name])} is ${shown(have[name])}`)
  return Object.keys(want).length
}

function shown(value: string | undefined): string {
  return value === undefined ? 'that is not there' : JSON.stringify(value.slice(0, 40))
}

/** The names in a folder: as Latin-1, which shows every byte, and as they are. */
function namesIn(folder: Buffer): Map<string, Buffer> {
  const names = readdirSync(folder, { encoding: 'buffer' })
  return new Map(names.map((name) => [name.toString('latin1'), name]))
}

function allocated({ blocks }: BigIntStats): bigint {
  return blocks * 512n
}

function inside(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name])
}
