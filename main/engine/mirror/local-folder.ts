import { dirname } from 'node:path'
import type { Clock } from '../env/clock.ts'
import { open } from '../env/node/file-handles.ts'
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from '../env/node/sync-files.ts'
import { type Random, randomHex } from '../env/random.ts'
import { EverstowError } from '../model/errors.ts'
import { type FsPath, joinPath } from '../sources/files/fs-path.ts'
import { flushPath } from '../sync/disk/open-folder.ts'
import { OWN_FOLDER, VERSIONS } from '../sync/disk/places.ts'
import { ifThere, isNoLink, isSystemError } from '../sync/disk/system-errors.ts'
import { createVersions, type Versions } from '../sync/disk/versions.ts'
import { nameOf, placeIn } from './names.ts'

const STAGE = `${OWN_FOLDER}/mirror`
/** What is on its way to the versions. */
const OUT = 'out-'
const IN = 'in-'
const OWNER_ONLY = 0o700
const STALE_MS = 24 * 3_600_000

/** A folder whose files are brought and taken away, never over anything, and never through a link. */
export interface LocalFolder {
  readonly versions: Versions
  /** A new empty file to write to, beside the folder's own. */
  stage(): { readonly path: string; open(): ReturnType<typeof open> }
  drop(staged: string): void
  /**
   * Gives a staged file its path. What lies there goes to the versions before; an empty folder gives way. `in-the-way`: a folder with something in it, a link or a
   * file where a folder has to be.
   */
  place(staged: string, path: string): 'placed' | 'in-the-way'
  /** Moves what lies at a path to the versions. */
  retire(path: string): void
}

/** Opens a folder to pull into, and puts what a killed run was moving among the versions. */
export function openLocalFolder(root: string, clock: Clock, random: Random): LocalFolder {
  for (const own of [OWN_FOLDER, STAGE, VERSIONS]) makeOwn(`${root}/${own}`)
  const stageFolder = `${root}/${STAGE}`
  const versions = createVersions(root, clock)
  for (const name of readdirSync(stageFolder)) {
    if (name.startsWith(OUT)) versions.keep(`${stageFolder}/${name}`, '')
    else if (name.startsWith(IN)) dropStale(`${stageFolder}/${name}`, clock)
  }
  const newName = (kind: string) => `${stageFolder}/${kind}${randomHex(random, 8)}`

  /** The path of a name whose folders are all there, and no links; `undefined` where something else lies there. */
  function reach(path: string): FsPath | undefined {
    let folder: FsPath = root
    for (const segment of path.split('/').slice(0, -1)) {
      folder = joinPath(folder, expectName(segment))
      if (ifThere(() => lstatSync(folder))) {
        if (!lstatSync(folder).isDirectory()) return undefined
      } else mkdirSync(folder)
    }
    return joinPath(folder, expectName(path.slice(path.lastIndexOf('/') + 1)))
  }

  function retireAt(place: FsPath, path: string): void {
    if (typeof place === 'string') {
      versions.keep(place, path)
      return
    }
    const out = newName(OUT)
    renameSync(place, out)
    versions.keep(out, path)
  }

  function makeRoom(place: FsPath, path: string): boolean {
    const there = ifThere(() => lstatSync(place))
    if (!there) return true
    if (!there.isDirectory()) {
      retireAt(place, path)
      return true
    }
    try {
      rmdirSync(place)
      return true
    } catch (error) {
      if (isSystemError(error, 'ENOTEMPTY') || isSystemError(error, 'EEXIST')) return false
      throw error
    }
  }

  return {
    versions,
    stage() {
      const path = newName(IN)
      return { path, open: () => open(path, 'wx+', 0o600) }
    },
    drop: (staged) => {
      ifThere(() => unlinkSync(staged))
    },
    place(staged, path) {
      const place = reach(path)
      if (place === undefined || !makeRoom(place, path)) return 'in-the-way'
      giveName(staged, place)
      flushPath(dirname(String(place)))
      return 'placed'
    },
    retire(path) {
      const place = placeIn(root, path)
      if (place !== undefined && ifThere(() => lstatSync(place))) retireAt(place, path)
    },
  }
}

function expectName(segment: string): FsPath {
  const name = nameOf(segment)
  if (name === undefined)
    throw new EverstowError('invalid-input', { data: { field: 'path', value: segment } })
  return name
}

/** What nobody downloads into any more. */
function dropStale(path: string, clock: Clock): void {
  const stats = ifThere(() => lstatSync(path))
  if (stats && stats.ctimeMs < clock.now() - STALE_MS) unlinkSync(path)
}

/** A second name and then the first one away: the system refuses a name that was taken meanwhile. */
function giveName(from: string, to: FsPath): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (!isNoLink(error)) throw error
    if (ifThere(() => lstatSync(to))) throw new EverstowError('changed-since', { data: { path: String(to) } })
    renameSync(from, to)
    return
  }
  unlinkSync(from)
}

function makeOwn(path: string): void {
  const there = ifThere(() => lstatSync(path))
  if (!there) mkdirSync(path, { mode: OWNER_ONLY })
  else if (!there.isDirectory()) throw new EverstowError('access-denied', { data: { path } })
}

/** Whether names that differ in case alone are one name here. */
export function isCaseBlind(root: string): boolean {
  return ifThere(() => lstatSync(`${root}/${OWN_FOLDER.toUpperCase()}`)) !== undefined
}
