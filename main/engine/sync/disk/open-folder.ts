import { flushFile } from '../../env/node/open-files.ts'
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
} from '../../env/node/sync-files.ts'
import { EverstowError } from '../../model/errors.ts'
import { type Folder, WorldMoved } from '../ports.ts'
import type { LocalNames } from './local-names.ts'
import type { Looks } from './looks.ts'
import { OWN_FOLDER, ROOT_MARKER } from './places.ts'
import { ifThere } from './system-errors.ts'
import type { Volume } from './volume.ts'

/** The key of the synced folder itself, whatever its inode is. */
export const ROOT_KEY = 'root'

/** A folder that is surely the one that was meant, below the synced folder, and reached through no link. */
export interface OpenFolder {
  /** The path of a name in it, for system calls. */
  at(name: string): string
  /** The folder itself, for system calls. */
  readonly self: string
  /** Makes sure that it still is what was opened; where folders have handles it always is. */
  check(): void
  /** Makes its entries durable. */
  flush(): void
  /** As `flush`, while others have their turn. */
  flushSoon(): Promise<void>
  close(): void
}

export interface FolderOpener {
  /** Throws `WorldMoved` when another thing is there, `sync-root-missing` when the synced folder is not there. */
  open(folder: Folder): OpenFolder
  /** Throws `sync-root-missing` when the synced folder is away, another one, or its marker or stage is gone. */
  checkRoot(): void
}

/** Paths that the system takes at once. */
const LONGEST_PATH_BYTES = 3900
const FLAGS = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0)

/** `root` is the real path of the synced folder, without links. */
export function createFolderOpener(
  root: string,
  volume: Volume,
  looks: Looks,
  names: LocalNames,
): FolderOpener {
  const rootIno = lstatSync(root, { bigint: true }).ino
  const missing = (reason: string) => new EverstowError('sync-root-missing', { data: { path: root, reason } })
  const checkRoot = (): void => {
    const stats = ifThere(() => lstatSync(root, { bigint: true }))
    if (!stats?.isDirectory()) throw missing('gone')
    if (stats.ino !== rootIno || stats.dev !== volume.device) throw missing('another')
    if (!ifThere(() => lstatSync(`${root}/${ROOT_MARKER}`))) throw missing('marker')
    const own = ifThere(() => lstatSync(`${root}/${OWN_FOLDER}`, { bigint: true }))
    if (!own?.isDirectory() || own.dev !== volume.device) throw missing('stage')
  }
  const localPath = ({ path }: Folder): string =>
    path === '' ? '' : `/${path.split('/').map(names.toLocal).join('/')}`

  const expectIt = (stats: BigIntStats, folder: Folder): void => {
    if (folder.path === '') {
      if (stats.ino !== rootIno || stats.dev !== volume.device) throw missing('another')
    } else if (looks.keyOf(stats) !== folder.key) throw new WorldMoved('another folder is there')
  }
  const openHandle = (folder: Folder): OpenFolder => {
    const path = localPath(folder)
    const fd = openBelow(root, path)
    try {
      expectIt(fstatSync(fd, { bigint: true }), folder)
    } catch (error) {
      closeSync(fd)
      throw error
    }
    const self = `/proc/self/fd/${fd}`
    return {
      self,
      at: (name) => `${self}/${names.toLocal(name)}`,
      check() {},
      flush: () => fsyncSync(fd),
      flushSoon: () => flushFile(fd),
      close: () => closeSync(fd),
    }
  }
  /** Where a folder cannot be held, it is looked at before and after. Between two system calls somebody may still put a link in its place. */
  const openPath = (folder: Folder): OpenFolder => {
    const self = root + localPath(folder)
    const check = (): void => {
      for (let end = self.indexOf('/', root.length + 1); end !== -1; end = self.indexOf('/', end + 1))
        if (lstatSync(self.slice(0, end)).isSymbolicLink()) throw new WorldMoved('a link is on the way')
      expectIt(lstatSync(self, { bigint: true }), folder)
    }
    check()
    return {
      self,
      at: (name) => `${self}/${names.toLocal(name)}`,
      check,
      flush: () => flushPath(self),
      flushSoon: async () => flushPath(self),
      close() {},
    }
  }
  return { open: volume.hasFolderHandles ? openHandle : openPath, checkRoot }
}

/** Makes a folder's entries durable, where the system lets folders be opened. */
export function flushPath(path: string): void {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY)
  } catch {
    return
  }
  try {
    fsyncSync(fd)
  } catch {
    // Windows flushes no folders: its journal does.
  } finally {
    closeSync(fd)
  }
}

/** Opens a folder. At once where that led straight to it; else name by name, so that no link is followed. */
function openBelow(root: string, path: string): number {
  if (Buffer.byteLength(root) + Buffer.byteLength(path) < LONGEST_PATH_BYTES) {
    const fd = openSync(root + path, FLAGS)
    if (leadsTo(fd) === root + path) return fd
    closeSync(fd)
  }
  let fd = openSync(root, FLAGS)
  for (const name of path.split('/').slice(1)) {
    const above = fd
    try {
      fd = openSync(`/proc/self/fd/${above}/${name}`, FLAGS)
    } finally {
      closeSync(above)
    }
  }
  return fd
}

function leadsTo(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return undefined
  }
}
