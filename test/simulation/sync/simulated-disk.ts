import type { Look } from '../../../main/engine/sync/nodes.ts'
import { type Folder, type Spot, type SyncDisk, WorldMoved } from '../../../main/engine/sync/ports.ts'
import { ROOT_INODE, type SimulatedFolder, SystemError } from './simulated-folder.ts'

/** How a step of a device is let happen: at the moment the seed chooses, or never again if the device is dead by then. */
export type Happen = <Result>(happen: () => Result) => Promise<Result>

/** What goes wrong with single steps. */
export interface DiskFaults {
  /** A step fails: without having happened, or although it happened. */
  breaks(): 'before' | 'after' | undefined
  isFull(): boolean
  /** A content is asked for. */
  fetches(content: string): void
}

/** What was changed less long ago may change again without a trace in its times. */
const QUIET_STEPS = 12
/** Errors that say nothing of what is there. */
const NOT_MOVED = new Set(['EACCES', 'EIO', 'ENOSPC'])
const STAGE = '.stage/'

/** The engine's view of a simulated folder, as long as its process lives. */
export interface SimulatedDisk extends SyncDisk {
  /** A power cut: of the names that things from the stage got and that nobody made durable, some are gone. */
  cutPower(loses: () => boolean): void
}

/** What got a name that is not durable yet. */
interface Unflushed {
  readonly staged: string
  readonly parent: number
  readonly name: string
  readonly inode: number
  readonly data: string | undefined
}

/** The engine's view of a simulated folder. What needs several system calls is several steps. */
export function createSimulatedDisk(
  folder: SimulatedFolder,
  now: () => number,
  happen: Happen,
  faults: DiskFaults,
): SimulatedDisk {
  let young = 0
  let unflushed: Unflushed[] = []
  const step = <Result>(act: () => Result): Promise<Result> =>
    happen(() => {
      const broken = faults.breaks()
      if (broken === 'before') throw new SystemError('EIO')
      try {
        const result = act()
        if (broken === 'after') throw new SystemError('EIO')
        return result
      } catch (error) {
        if (!(error instanceof SystemError) || NOT_MOVED.has(error.code)) throw error
        throw new WorldMoved(error.code)
      }
    })
  const isYoung = (inode: number): boolean =>
    Math.abs(now() - (folder.inodes.get(inode)?.ctime ?? 0)) < QUIET_STEPS
  const lookAt = (inode: number): Look => {
    const look = folder.lookAt(inode)
    return isYoung(inode) ? { ...look, stamp: `young-${++young}` } : look
  }
  const inodeOf = ({ path, key }: Folder): number => {
    let inode: number | undefined
    if (path.startsWith(STAGE)) {
      const [name = '', ...rest] = path.slice(STAGE.length).split('/')
      inode = folder.stage.get(name)
      for (const each of rest) inode = inode === undefined ? undefined : folder.find(inode, each)
    } else inode = folder.at(path)
    if (inode === undefined) throw new SystemError('ENOENT')
    if (inode !== ROOT_INODE && folder.keyOf(inode) !== key) throw new SystemError('ENOENT')
    return inode
  }
  const open = (at: Folder): number => {
    const inode = inodeOf(at)
    if (folder.inodes.get(inode)?.isClosed) throw new SystemError('EACCES')
    return inode
  }
  const lookFor = ({ folder: parent, name }: Spot): Look | undefined => {
    const inode = folder.find(open(parent), name)
    return inode === undefined ? undefined : lookAt(inode)
  }
  const stageOf = (name: string): number => {
    const inode = folder.stage.get(name)
    if (inode === undefined) throw new SystemError('ENOENT')
    return inode
  }

  return {
    root: { path: '', key: 'root' },
    list: (at) =>
      step(() => {
        const { entries } = folder.inodes.get(open(at)) as {
          entries: Map<string, { name: string; inode: number }>
        }
        return [...entries.values()].map(({ name, inode }) => ({ name, look: lookAt(inode) }))
      }),
    look: (spot) => step(() => lookFor(spot)),
    read: (spot, { key }) =>
      step(() => {
        const inode = folder.find(open(spot.folder), spot.name)
        if (inode === undefined || folder.keyOf(inode) !== key || isYoung(inode)) return undefined
        return folder.inodes.get(inode)?.data
      }),
    makeDirectory: (spot) => step(() => lookAt(folder.create(open(spot.folder), spot.name, 'directory', ''))),
    removeDirectory: (spot) => step(() => folder.removeDirectory(open(spot.folder), spot.name)),
    async rename(from, to) {
      const isFolder = await step(() => {
        const [source, target] = [open(from.folder), open(to.folder)]
        const inode = folder.find(source, from.name)
        if (inode === undefined) throw new SystemError('ENOENT')
        const isSameName = source === target && folder.find(target, to.name) === inode
        if (folder.lookAt(inode).kind === 'directory' || isSameName) {
          folder.rename(source, from.name, target, to.name)
          return true
        }
        folder.link(inode, target, to.name)
        return false
      })
      if (!isFolder) await step(() => folder.unlink(open(from.folder), from.name))
    },
    staged: () => step(() => [...folder.stage].map(([name, inode]) => ({ name, look: lookAt(inode) }))),
    lookStaged: (name) =>
      step(() => {
        const inode = folder.stage.get(name)
        return inode === undefined ? undefined : lookAt(inode)
      }),
    readStaged: (name) => step(() => folder.inodes.get(stageOf(name))?.data),
    stagedFolder: (name, key) => ({ path: STAGE + name, key }),
    stage: (spot, name) => step(() => folder.stageIn(open(spot.folder), spot.name, name)),
    async place(name, spot, when) {
      await step(() => {
        const [parent, inode] = [open(spot.folder), stageOf(name)]
        folder.linkStaged(name, parent, spot.name)
        const data = folder.inodes.get(inode)?.data
        if (when === 'later') unflushed.push({ staged: name, parent, name: spot.name, inode, data })
      })
      await step(() => folder.unstage(name))
    },
    async flush() {
      unflushed = []
    },
    cutPower(loses) {
      for (const { staged, parent, name, inode, data } of unflushed) {
        // Whoever changed it meanwhile made it durable.
        const isFolder = folder.inodes.get(parent)?.kind === 'directory'
        const isThere = isFolder && folder.find(parent, name) === inode
        if (!isThere || folder.inodes.get(inode)?.data !== data || !loses()) continue
        // Where the order of names is kept, it is in the stage again.
        if (loses() && !folder.stage.has(staged)) folder.restoreStaged(staged, inode)
        folder.unlink(parent, name)
      }
    },
    fetch: (content, kind, name, mtimeMs) =>
      step(() => {
        faults.fetches(content)
        folder.unstage(name)
        const inode = folder.stageNew(name, kind, faults.isFull() ? content.slice(1) : content)
        if (faults.isFull()) throw new SystemError('ENOSPC')
        folder.touch(inode, mtimeMs)
        return lookAt(inode)
      }),
    restage: (from, to) =>
      step(() => {
        folder.stage.set(to, stageOf(from))
        folder.stage.delete(from)
      }),
    drop: (name) => step(() => folder.unstage(name)),
    retire: (name) =>
      step(() => {
        folder.versions.push(folder.inodes.get(stageOf(name))?.data ?? '')
        folder.unstage(name)
      }),
  }
}
