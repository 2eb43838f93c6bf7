import { mkdir, open, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import type { Clock } from '../../env/clock.ts'
import type { Log } from '../../env/log.ts'
import { type Random, randomHex } from '../../env/random.ts'
import { EverstowError, fromSystemError } from '../../model/errors.ts'
import { checkPrefix } from '../keys.ts'
import { pathOfKey } from './file-names.ts'
import { syncFolder } from './folders.ts'
import { systemCode } from './fs-errors.ts'
import { readSmall } from './read-small.ts'

/** Marks a folder as a place and tells it from an empty mount point or another drive. Holds one random id. */
export const MARKER_NAME = '.everstow-place'
const LARGEST_MARKER_BYTES = 4096

export interface LocalEnv {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export interface LocalConfig {
  /** Absolute path of the folder. */
  readonly path: string
  readonly prefix?: string
  /** Makes the folder and its marker where they are missing: for adding a place, never for opening one. */
  readonly create?: boolean
  /** The id that the marker must hold; any by default. */
  readonly expectMarker?: string
}

/** An opened place: paths without links. */
export interface LocalPlace {
  readonly root: string
  /** Where keys begin: the root, or the prefix below it. */
  readonly base: string
  readonly marker: string
  readonly tmpFolder: string
  readonly metaFolder: string
  readonly env: LocalEnv
}

/** Opens a folder that is a place. `place-missing-folder` where it is not there or has lost its marker (an unplugged drive leaves an empty folder). */
export async function openPlace(config: LocalConfig, env: LocalEnv): Promise<LocalPlace> {
  if (!isAbsolute(config.path)) {
    throw new EverstowError('invalid-input', {
      data: { field: 'path', path: config.path, reason: 'not-absolute' },
    })
  }
  const prefix = checkPrefix(config.prefix)
  if (config.create) await makeFolder(config.path)
  const root = await realpath(config.path).catch((error) => {
    throw missingFolder(config.path, 'not-there', error)
  })
  const marker = (await readMarker(root)) ?? (config.create ? await writeMarker(root, env.random) : undefined)
  if (marker === undefined) throw missingFolder(config.path, 'not-marked')
  if (config.expectMarker !== undefined && config.expectMarker !== marker) {
    throw missingFolder(config.path, 'another-place')
  }
  return {
    root,
    base: prefix === '' ? root : pathOfKey(root, prefix),
    marker,
    tmpFolder: join(root, '.everstow', 'tmp'),
    metaFolder: join(root, '.everstow', 'meta'),
    env,
  }
}

/**
 * Makes a folder and its parents. Step by step: Node's own recursive way never ends where a parent exists but takes no folders (`/proc/x`).
 * `invalid-input` where something that is no folder stands in the way.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const code = systemCode(error)
    const parent = dirname(path)
    if (code === 'EEXIST' && (await isFolder(path))) return
    if (code === 'ENOENT' && parent !== path && !(await isFolder(parent))) {
      await makeFolder(parent)
      await mkdir(path)
      return
    }
    if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'ENOENT')
      throw new EverstowError('invalid-input', {
        data: { field: 'path', value: path, reason: 'not-a-folder' },
        cause: error,
      })
    throw fromSystemError(error) ?? error
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() === true
}

/** The id of the place in a folder; `undefined` where the folder is not there or is none. */
export async function readMarker(path: string): Promise<string | undefined> {
  try {
    const text = await readSmall(join(path, MARKER_NAME), LARGEST_MARKER_BYTES)
    return /^[0-9a-f]{32}$/m.exec(text ?? '')?.[0]
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

/** Throws `place-missing-folder` when the drive went away since the place was opened. Before every write, and before any answer "nothing is there". */
export async function assertPresent(place: LocalPlace): Promise<void> {
  const marker = await readMarker(place.root)
  if (marker !== place.marker)
    throw missingFolder(place.root, marker === undefined ? 'not-there' : 'another-place')
}

async function writeMarker(root: string, random: Random): Promise<string> {
  const id = randomHex(random, 16)
  try {
    const file = await open(join(root, MARKER_NAME), 'wx', 0o644)
    try {
      await file.writeFile(`${id}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await syncFolder(root)
    return id
  } catch (error) {
    const winner = systemCode(error) === 'EEXIST' ? await readMarker(root) : undefined
    if (winner === undefined) throw error
    return winner
  }
}

function missingFolder(path: string, reason: string, cause?: unknown): EverstowError {
  return new EverstowError('place-missing-folder', { data: { path, reason }, cause })
}
