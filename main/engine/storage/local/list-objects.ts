import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { throwIfCancelled } from '../cancel.ts'
import { compareKeys, isKey } from '../keys.ts'
import { pageLimit } from '../limits.ts'
import type { ListOptions, ListPage, ObjectInfo } from '../object-store.ts'
import { isContinued, isOwnName, segmentOfNames } from './file-names.ts'
import { infoOf, isAbsence } from './object-info.ts'
import { assertPresent, type LocalPlace } from './place.ts'

interface Found {
  readonly key: string
  readonly path: string
}

interface Entry {
  readonly segment: string
  readonly path: string
  readonly isFolder: boolean
}

/** What of the tree a listing wants: keys that begin with `prefix` and come after `after`. */
interface Wanted {
  readonly prefix: string
  readonly after: string | undefined
}

/**
 * One page of the place's objects. Walks the tree in the order of keys (a folder sorts as its name and a slash), entering only folders that can hold
 * wanted keys; the cursor is the last key. Links, our own files and names that no key has are not objects.
 */
export async function listObjects(place: LocalPlace, options: ListOptions): Promise<ListPage> {
  await assertPresent(place)
  const limit = pageLimit(options.limit)
  const found: Found[] = []
  const wanted = { prefix: options.prefix ?? '', after: options.cursor }
  for await (const each of walk(place.base, '', wanted, options.signal)) {
    found.push(each)
    if (found.length > limit) break
  }
  const page = found.slice(0, limit)
  const infos = await Promise.all(page.map(infoOfFound))
  const objects = infos.filter((info) => info !== undefined)
  return found.length > limit ? { objects, cursor: page.at(-1)?.key } : { objects }
}

async function* walk(
  folder: string,
  keyPrefix: string,
  wanted: Wanted,
  signal: AbortSignal | undefined,
): AsyncGenerator<Found> {
  throwIfCancelled(signal)
  for (const entry of await entriesOf(folder)) {
    const key = keyPrefix + entry.segment
    if (entry.isFolder) {
      if (mayHoldWanted(`${key}/`, wanted)) yield* walk(entry.path, `${key}/`, wanted, signal)
    } else if (isWanted(key, wanted)) {
      yield { key, path: entry.path }
    }
  }
}

function isWanted(key: string, { prefix, after }: Wanted): boolean {
  return key.startsWith(prefix) && (after === undefined || compareKeys(key, after) > 0) && isKey(key)
}

function mayHoldWanted(folderPrefix: string, { prefix, after }: Wanted): boolean {
  if (!folderPrefix.startsWith(prefix) && !prefix.startsWith(folderPrefix)) return false
  return after === undefined || after.startsWith(folderPrefix) || compareKeys(folderPrefix, after) > 0
}

/** The entries of one folder with those of its continued names, sorted as their keys are. */
async function entriesOf(folder: string): Promise<Entry[]> {
  const entries = await readLevel(folder, [])
  return entries.sort((a, b) => compareKeys(a.segment + slash(a), b.segment + slash(b)))
}

function slash(entry: Entry): string {
  return entry.isFolder ? '/' : ''
}

async function readLevel(folder: string, names: readonly string[]): Promise<Entry[]> {
  const level: Entry[] = []
  for (const dirent of await readFolder(folder)) {
    if (isOwnName(dirent.name) || !(dirent.isFile() || dirent.isDirectory())) continue
    const path = join(folder, dirent.name)
    const here = [...names, dirent.name]
    if (dirent.isDirectory() && isContinued(dirent.name)) {
      level.push(...(await readLevel(path, here)))
    } else {
      const segment = segmentOfNames(here)
      if (segment !== undefined) level.push({ segment, path, isFolder: dirent.isDirectory() })
    }
  }
  return level
}

/** A folder that vanished since its parent was read holds nothing; one that cannot be read is an error, never empty. */
async function readFolder(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (isAbsence(error)) return []
    throw error
  }
}

async function infoOfFound({ key, path }: Found): Promise<ObjectInfo | undefined> {
  try {
    const { metadata, ...info } = infoOf(key, await lstat(path, { bigint: true }))
    return info
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}
