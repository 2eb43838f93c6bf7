import type { Clock } from '../../env/clock.ts'
import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from '../../env/node/sync-files.ts'
import { flushPath } from './open-folder.ts'
import { VERSIONS } from './places.ts'
import { ifThere } from './system-errors.ts'

/** What was displaced, as a person finds it. */
export interface KeptVersion {
  /** Its name in the folder of versions. */
  readonly file: string
  /** Where it was, from the synced folder down; empty when that is not known any more. */
  readonly path: string
  readonly atMs: number
}

export interface VersionLimits {
  readonly keptMs: number
  readonly mostBytes: number
}

const VERSION_LIMITS: VersionLimits = { keptMs: 30 * 86_400_000, mostBytes: 10 * 2 ** 30 }

export interface Versions {
  /** Moves something staged here. */
  keep(staged: string, path: string): void
  list(): readonly KeptVersion[]
  /** Removes what is older than the limit, and the oldest beyond the size; gives how many. */
  tidy(limits?: VersionLimits): number
}

const INDEX = 'index'
const LONGEST_NAME_BYTES = 150

/** Keeps what was displaced in a folder of its own, with a line each that says where it was. */
export function createVersions(root: string, clock: Clock): Versions {
  const folder = `${root}/${VERSIONS}`
  const index = `${folder}/${INDEX}`
  let count = 0
  const lines = (): KeptVersion[] =>
    (ifThere(() => readFileSync(index, 'utf8')) ?? '').split('\n').flatMap((line) => {
      const known = lineOf(line)
      return known ? [known] : []
    })
  const filesOf = () => readdirSync(folder).filter((name) => name !== INDEX)
  return {
    keep(staged, path) {
      const atMs = clock.now()
      const start = stampOf(atMs)
      const name = shortened(path.split('/').at(-1) || 'unknown')
      let file = `${start}-${++count}-${name}`
      while (ifThere(() => lstatSync(`${folder}/${file}`))) file = `${start}-${++count}-${name}`
      append(index, `${JSON.stringify({ file, path, atMs } satisfies KeptVersion)}\n`)
      renameSync(staged, `${folder}/${file}`)
      flushPath(folder)
    },
    list() {
      const there = new Set(filesOf())
      const known = lines().filter(({ file }) => there.delete(file))
      return [...known, ...[...there].map((file) => ({ file, path: '', atMs: atOf(file) }))]
    },
    tidy({ keptMs, mostBytes } = VERSION_LIMITS) {
      const files = filesOf().sort((a, b) => atOf(b) - atOf(a) || (a < b ? 1 : -1))
      const oldest = clock.now() - keptMs
      let total = 0
      const gone = new Set<string>()
      for (const file of files) {
        total += sizeOf(`${folder}/${file}`)
        if (atOf(file) >= oldest && total <= mostBytes) continue
        rmSync(`${folder}/${file}`, { recursive: true, force: true })
        gone.add(file)
      }
      if (gone.size === 0) return 0
      const left = lines().filter(({ file }) => !gone.has(file))
      writeFileSync(`${index}.new`, left.map((line) => `${JSON.stringify(line)}\n`).join(''), { flush: true })
      renameSync(`${index}.new`, index)
      return gone.size
    },
  }
}

function append(path: string, line: string): void {
  const fd = openSync(path, 'a', 0o600)
  try {
    writeSync(fd, line)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function lineOf(line: string): KeptVersion | undefined {
  try {
    const { file, path, atMs } = JSON.parse(line) as Partial<KeptVersion>
    if (typeof file !== 'string' || typeof path !== 'string' || typeof atMs !== 'number') return undefined
    return { file, path, atMs }
  } catch {
    // The last line of a computer that lost its power.
    return undefined
  }
}

/** `yyyymmdd-hhmmss`, UTC. */
const stampOf = (atMs: number): string =>
  new Date(atMs).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)

/** When a version was kept, by its name; what is no version's name is as new as can be and stays. */
function atOf(file: string): number {
  const [, year, month, day, hours, minutes, seconds] =
    /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(file)?.map(Number) ?? []
  if (year === undefined) return Number.POSITIVE_INFINITY
  return Date.UTC(year, (month ?? 1) - 1, day, hours, minutes, seconds)
}

function sizeOf(path: string): number {
  const stats = lstatSync(path)
  if (!stats.isDirectory()) return stats.size
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(`${path}/${name}`), 0)
}

function shortened(name: string): string {
  let short = name
  while (Buffer.byteLength(short) > LONGEST_NAME_BYTES) short = short.slice(1)
  return short.toWellFormed()
}
