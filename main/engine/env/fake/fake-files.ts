import { posix } from 'node:path'
import { Readable } from 'node:stream'
import type { Clock } from '../clock.ts'
import type { FileStat, Files } from '../files.ts'
import {
  type CrashMode,
  createFakeDisk,
  type DiskNode,
  type FakeDisk,
  type FileNode,
  type FolderNode,
} from './fake-disk.ts'
import { type Located, locate } from './fake-path.ts'
import type { FakeRandom } from './fake-random.ts'
import { type FileFaults, type FileStep, faultOf, noFileFaults, systemError } from './file-faults.ts'

/** Files in memory, with the durability rules of POSIX and with faults. Paths are POSIX paths. */
export interface FakeFiles extends Files {
  readonly faults: FileFaults
  /** How many steps (system calls) were made so far; run once to count, then once per step with `faults.powerLossAtStep`. */
  stepCount(): number
  /** Whether the power is out: everything fails with EIO until `restart`. */
  isDown(): boolean
  /** The power goes out now. Whoever still uses these files gets EIO. */
  losePower(mode?: CrashMode): void
  /** What the next process finds after `losePower`; without faults, and with its own count of steps. */
  restart(): FakeFiles
  /** Makes everything durable, as minutes without a crash would. */
  settle(): void
  /** Writes without any sync, as other programs do. Makes the folders above. */
  put(path: string, data: string | Uint8Array, options?: { readonly mode?: number }): void
  symlink(target: string, path: string): void
  /** Every path with its content: text of files, `-> target` of links, `undefined` of folders. */
  tree(): Record<string, string | undefined>
}

const UMASK = 0o022
const DEFAULT_TOTAL_BYTES = 2 ** 40
const READ_BYTES = 64 * 1024

/** What an atomic write leaves behind when its process dies is recognised by this. */
const temporaryName = (name: string, random: FakeRandom): string =>
  `.${name.slice(0, 60)}.tmp-${Buffer.from(random.bytes(6)).toString('hex')}`

/** An empty file system with only its root. */
export function createFakeFiles(clock: Clock, random: FakeRandom): FakeFiles {
  return mount(createFakeDisk(random.fork('disk')), clock, random)
}

function mount(disk: FakeDisk, clock: Clock, random: FakeRandom): FakeFiles {
  const faults = noFileFaults()
  let steps = 0
  let down = false

  /** Every system call goes through here: it is counted, and here it fails when it is to fail. */
  const step = async (kind: FileStep, path: string): Promise<void> => {
    // As with real files nothing happens before the caller's own turn is over.
    await undefined
    if (down) throw systemError('EIO', kind, path)
    steps++
    if (steps === faults.powerLossAtStep) {
      losePower('drop')
      throw systemError('EIO', kind, path)
    }
    const code = faultOf(faults, random, kind, path)
    if (code) throw systemError(code, kind, path)
  }

  const losePower = (mode: CrashMode = 'drop'): void => {
    if (!down) disk.losePower(mode)
    down = true
  }

  const find = (path: string, syscall: string, follow = true): Located & { readonly node: DiskNode } => {
    const located = locate(disk, path, syscall, follow)
    if (!located.node) throw systemError('ENOENT', syscall, path)
    return { ...located, node: located.node }
  }

  const findFile = (path: string, syscall: string): FileNode => {
    const { node } = find(path, syscall)
    if (node.kind !== 'file') throw systemError('EISDIR', syscall, path)
    return node
  }

  const findFolder = (path: string, syscall: string): FolderNode => {
    const { node } = find(path, syscall)
    if (node.kind !== 'directory') throw systemError('ENOTDIR', syscall, path)
    return node
  }

  const write = (file: FileNode, data: Uint8Array, path: string): void => {
    const room = (faults.capacityBytes ?? Number.POSITIVE_INFINITY) - disk.usedBytes() + file.data.byteLength
    file.data = data.slice(0, Math.max(0, room))
    file.mtimeMs = clock.now()
    if (file.data.byteLength < data.byteLength) throw systemError('ENOSPC', 'write', path)
  }

  const makeFolders = (path: string, mode: number): FolderNode[] => {
    const located = locateOrParents(path)
    if (located.node?.kind === 'directory') return []
    if (located.node) throw systemError('EEXIST', 'mkdir', path)
    const above = posix.dirname(located.path)
    const made = makeFolders(above, mode)
    const parent = findFolder(above, 'mkdir')
    disk.change([
      { folder: parent, name: posix.basename(located.path), node: disk.folder(mode & ~UMASK, clock.now()) },
    ])
    return [...made, parent]
  }

  /** Like `locate`, but a path whose parents are missing is only missing itself. */
  const locateOrParents = (path: string): Pick<Located, 'node' | 'path'> => {
    try {
      return locate(disk, path, 'mkdir', true)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        return { node: undefined, path: posix.normalize(path) }
      throw error
    }
  }

  const statOrNothing = async (path: string, follow: boolean): Promise<FileStat | undefined> => {
    await step('stat', path)
    try {
      return statOf(find(path, 'stat', follow).node)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  const removeEntry = (located: Located): void => {
    disk.change([{ folder: located.folder, name: located.name, node: undefined }])
  }

  const readFile = async (path: string): Promise<Uint8Array> => {
    await step('open', path)
    const file = findFile(path, 'open')
    await step('read', path)
    return file.data.slice()
  }

  const syncDir = async (path: string): Promise<void> => {
    await step('fsync-folder', path)
    disk.syncFolder(findFolder(path, 'fsync'))
  }

  const rename = async (from: string, to: string): Promise<void> => {
    await step('rename', from)
    const source = find(from, 'rename', false)
    const target = locate(disk, to, 'rename', false)
    if (source.node === target.node) return
    checkRename(source, target, from)
    disk.change([
      { folder: source.folder, name: source.name, node: undefined },
      { folder: target.folder, name: target.name, node: source.node },
    ])
  }

  return {
    readFile,
    readText: async (path) => Buffer.from(await readFile(path)).toString('utf8'),

    async writeAtomic(path, data, options) {
      const { folder, path: real } = locate(disk, path, 'open', false)
      const there = folder.entries.get(posix.basename(real))
      const mode = options?.mode ?? (there?.kind === 'file' ? there.mode : 0o666 & ~UMASK)
      const above = posix.dirname(real)
      const { temporaryIn = above } = options ?? {}
      const beside =
        temporaryIn === above ? folder : locate(disk, posix.join(temporaryIn, 'x'), 'open', false).folder
      const temporary = posix.join(temporaryIn, temporaryName(posix.basename(real), random))
      await step('open', temporary)
      const file = disk.file(mode, clock.now())
      disk.change([{ folder: beside, name: posix.basename(temporary), node: file }])
      try {
        await step('write', temporary)
        write(file, bytesOf(data), temporary)
        if (!options?.mayBeLost) {
          await step('fsync', temporary)
          disk.syncFile(file)
        }
        await rename(temporary, real)
      } catch (error) {
        // A dead process tidies nothing up.
        if (!down) disk.change([{ folder: beside, name: posix.basename(temporary), node: undefined }])
        throw error
      }
      if (!options?.mayBeLost) await syncDir(above)
    },

    async readInto(path, into, position) {
      await step('open', path)
      const file = findFile(path, 'open')
      await step('read', path)
      const bytes = file.data.subarray(position, position + into.byteLength)
      into.set(bytes)
      return bytes.byteLength
    },

    openRead(path, range) {
      async function* read(): AsyncGenerator<Uint8Array> {
        if (range && range.end <= range.start) return
        await step('open', path)
        const file = findFile(path, 'open')
        const end = Math.min(range?.end ?? file.data.byteLength, file.data.byteLength)
        for (let at = range?.start ?? 0; at < end; at += READ_BYTES) {
          await step('read', path)
          yield file.data.slice(at, Math.min(at + READ_BYTES, end))
        }
      }
      return Readable.from(read(), { objectMode: false })
    },

    stat: (path) => statOrNothing(path, true),
    lstat: (path) => statOrNothing(path, false),

    async list(path) {
      await step('readdir', path)
      return [...findFolder(path, 'scandir').entries.keys()].sort()
    },

    async listKinds(path) {
      await step('readdir', path)
      return [...findFolder(path, 'scandir').entries]
        .map(([name, { kind }]) => ({ name, kind }))
        .sort((one, other) => (one.name < other.name ? -1 : 1))
    },

    async mkdir(path, options) {
      await step('mkdir', path)
      for (const parent of makeFolders(path, options?.mode ?? 0o777)) disk.syncFolder(parent)
    },

    rename,

    async link(from, to) {
      await step('link', from)
      const { node } = find(from, 'link', false)
      const target = locate(disk, to, 'link', false)
      if (target.node) throw systemError('EEXIST', 'link', from)
      if (node.kind === 'directory') throw systemError('EPERM', 'link', from)
      disk.change([{ folder: target.folder, name: target.name, node }])
    },

    async remove(path) {
      await step('unlink', path)
      try {
        const located = find(path, 'unlink', false)
        if (located.node.kind === 'directory') throw systemError('EISDIR', 'unlink', path)
        removeEntry(located)
      } catch (error) {
        if (!isMissing(error)) throw error
      }
    },

    async removeTree(path) {
      await step('rm', path)
      try {
        removeEntry(find(path, 'rm', false))
      } catch (error) {
        if (!isMissing(error)) throw error
      }
    },

    async touch(path) {
      await step('utimes', path)
      findFile(path, 'utime').mtimeMs = clock.now()
    },

    syncDir,

    async realPath(path) {
      await step('realpath', path)
      return find(path, 'realpath').path
    },

    async space(path) {
      await step('statfs', path)
      const totalBytes = faults.capacityBytes ?? DEFAULT_TOTAL_BYTES
      return { freeBytes: Math.max(0, totalBytes - disk.usedBytes()), totalBytes }
    },

    faults,
    stepCount: () => steps,
    isDown: () => down,
    losePower,

    restart() {
      losePower()
      return mount(disk, clock, random)
    },

    settle: disk.syncAll,

    put(path, data, options) {
      makeFolders(posix.dirname(path), 0o777)
      const { folder, name, node } = locate(disk, path, 'open', true)
      const file = node?.kind === 'file' ? node : disk.file((options?.mode ?? 0o666) & ~UMASK, clock.now())
      if (file !== node) disk.change([{ folder, name, node: file }])
      write(file, bytesOf(data), path)
    },

    symlink(target, path) {
      makeFolders(posix.dirname(path), 0o777)
      const { folder, name } = locate(disk, path, 'symlink', false)
      disk.change([{ folder, name, node: disk.link(target, clock.now()) }])
    },

    tree: () => Object.fromEntries(treeOf(disk.root, '')),
  }
}

function checkRename(source: Located, target: Located, path: string): void {
  if (`${target.path}/`.startsWith(`${source.path}/`)) throw systemError('EINVAL', 'rename', path)
  if (!target.node) return
  if (source.node?.kind === 'directory') {
    if (target.node.kind !== 'directory') throw systemError('ENOTDIR', 'rename', path)
    if (target.node.entries.size > 0) throw systemError('ENOTEMPTY', 'rename', path)
  } else if (target.node.kind === 'directory') throw systemError('EISDIR', 'rename', path)
}

function* treeOf(folder: FolderNode, path: string): Generator<[string, string | undefined]> {
  for (const [name, node] of [...folder.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const at = `${path}/${name}`
    if (node.kind === 'file') yield [at, Buffer.from(node.data).toString('utf8')]
    else if (node.kind === 'symlink') yield [at, `-> ${node.target}`]
    else {
      yield [at, undefined]
      yield* treeOf(node, at)
    }
  }
}

function statOf(node: DiskNode): FileStat {
  const sizeBytes =
    node.kind === 'file' ? node.data.byteLength : node.kind === 'symlink' ? node.target.length : 4096
  return {
    kind: node.kind,
    sizeBytes,
    mtimeMs: node.mtimeMs,
    mode: node.mode & 0o7777,
    ino: node.ino,
    dev: 1,
  }
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : data
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code))
}
