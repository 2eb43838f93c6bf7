import type { BigIntStats } from '../../env/node/sync-files.ts'
import type { FsPath } from '../files/fs-path.ts'
import type { Name } from '../files/list-folder.ts'

/** What SQLite lays beside a database while it is used, and leaves there after a crash. */
export const COMPANION_SUFFIXES = ['-wal', '-shm', '-journal'] as const
export type CompanionSuffix = (typeof COMPANION_SUFFIXES)[number]

/** The last letters of the suffixes: almost every other name is told apart by its last. */
const LAST_LETTERS = new Set(COMPANION_SUFFIXES.map((suffix) => suffix.charCodeAt(suffix.length - 1)))

/** The path of a database's companion. */
export function companionPath(database: FsPath, suffix: CompanionSuffix): FsPath {
  return typeof database === 'string' ? database + suffix : Buffer.concat([database, Buffer.from(suffix)])
}

/** The name of the file whose companion this would be; `undefined` when it is none. Bytes never equal text. */
export function ownerOf(name: Name): string | undefined {
  const { text } = name
  if (!LAST_LETTERS.has(text.charCodeAt(text.length - 1))) return undefined
  const suffix = COMPANION_SUFFIXES.find((one) => text.length > one.length && text.endsWith(one))
  return suffix && keyOf(name).slice(0, -suffix.length)
}

/** A name as `ownerOf` answers it. */
export function keyOf(name: Name): string {
  return name.bytes ? `\0${name.bytes.toString('latin1')}` : name.text
}

/** The files of a folder beside which companions lie. */
export function ownersIn(names: readonly Name[]): Set<string> {
  const owners = new Set<string>()
  for (const name of names) {
    const owner = ownerOf(name)
    if (owner !== undefined) owners.add(owner)
  }
  return owners
}

/** The first place at or after `from` at which a sorted list can be parted with no companion on the far side of its database. */
export function partingAt(names: readonly Name[], from: number, limit: number): number {
  let parting = from
  let beyond = new Set<string>()
  for (let at = from; at < limit; at++) {
    const name = names[at] as Name
    const owner = ownerOf(name)
    if (owner !== undefined && !beyond.has(owner)) {
      parting = at + 1
      beyond = new Set()
    } else beyond.add(keyOf(name))
  }
  return parting
}

/**
 * What is known of a database of which a part is still in its write-ahead log: it changed when the later of the two did. The size is
 * the file's alone and says nothing.
 */
export function withLog(stats: BigIntStats, log: BigIntStats): BigIntStats {
  const later = Object.assign(Object.create(Object.getPrototypeOf(stats)), stats) as BigIntStats
  if (log.mtimeNs > stats.mtimeNs) Object.assign(later, { mtimeNs: log.mtimeNs, mtimeMs: log.mtimeMs })
  if (log.ctimeNs > stats.ctimeNs) Object.assign(later, { ctimeNs: log.ctimeNs, ctimeMs: log.ctimeMs })
  return later
}
