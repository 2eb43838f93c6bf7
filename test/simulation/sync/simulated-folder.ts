import { foldKey } from '../../../main/engine/sync/fold-key.ts'
import type { Look, NodeKind } from '../../../main/engine/sync/nodes.ts'

/** Something on a simulated disk. Inode numbers are used again; the time of birth tells things apart. */
export interface Inode {
  readonly kind: NodeKind
  readonly born: number
  data: string
  mtime: number
  ctime: number
  links: number
  /** Nobody may look into it. */
  isClosed: boolean
  readonly entries: Map<string, { name: string; inode: number }>
}

/** What a system call says when it does not do it. */
export class SystemError extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** A folder of one computer and a stage beside it, as system calls see them: each call is one moment, and people work between any two. */
export interface SimulatedFolder {
  readonly inodes: ReadonlyMap<number, Inode>
  readonly stage: Map<string, number>
  /** What was displaced and kept. */
  readonly versions: string[]
  readonly isCaseBlind: boolean
  at(path: string): number
  find(folder: number, name: string): number | undefined
  keyOf(inode: number): string
  lookAt(inode: number): Look
  create(folder: number, name: string, kind: NodeKind, data: string): number
  write(inode: number, data: string, keepsTime: boolean): void
  /** Sets when it was last changed, as copies do. */
  touch(inode: number, mtime: number): void
  link(inode: number, folder: number, name: string): void
  unlink(folder: number, name: string): void
  removeDirectory(folder: number, name: string): void
  /** Never replaces. */
  rename(from: number, name: string, to: number, newName: string): void
  stageIn(folder: number, name: string, staged: string): void
  stageNew(staged: string, kind: NodeKind, data: string): number
  /** A folder moves; a file gets its second name, the first is dropped by `unstage`. */
  linkStaged(staged: string, folder: number, name: string): void
  unstage(staged: string): void
  /** A file has a name in the stage again. */
  restoreStaged(staged: string, inode: number): void
  setClosed(inode: number, isClosed: boolean): void
  /** All of the disk as it is; gives what brings it back. */
  image(): () => void
  /** Where each thing with one name is, by its key; what is in a closed folder begins with `closed/`. */
  places(): Map<string, string>
  /** Every path with what it holds, sorted. */
  listing(): string[]
}

export const ROOT_INODE = 1

export function createSimulatedFolder(
  now: () => number,
  reuses: () => boolean,
  isCaseBlind: boolean,
): SimulatedFolder {
  const inodes = new Map<number, Inode>()
  const stage = new Map<string, number>()
  const free: number[] = []
  let next = ROOT_INODE
  let born = 0
  const entryKey = (name: string) => (isCaseBlind ? foldKey(name) : name)
  const get = (inode: number): Inode => {
    const thing = inodes.get(inode)
    if (!thing) throw new SystemError('ENOENT')
    return thing
  }
  const folderOf = (inode: number): Inode => {
    const thing = get(inode)
    if (thing.kind !== 'directory') throw new SystemError('ENOTDIR')
    return thing
  }
  const make = (kind: NodeKind, data: string): number => {
    const inode = free.length > 0 && reuses() ? (free.pop() as number) : next++
    const time = now()
    inodes.set(inode, {
      kind,
      born: ++born,
      data,
      mtime: time,
      ctime: time,
      links: 1,
      isClosed: false,
      entries: new Map(),
    })
    return inode
  }
  const unname = (inode: number): void => {
    const thing = get(inode)
    thing.ctime = now()
    if (--thing.links > 0) return
    inodes.delete(inode)
    free.push(inode)
  }
  const put = (folder: number, name: string, inode: number): void => {
    const { entries } = folderOf(folder)
    if (entries.has(entryKey(name))) throw new SystemError('EEXIST')
    entries.set(entryKey(name), { name, inode })
  }
  const contains = (ancestor: number, inode: number): boolean => {
    if (ancestor === inode) return true
    for (const entry of get(ancestor).entries.values()) if (contains(entry.inode, inode)) return true
    return false
  }
  make('directory', '')

  const folder: SimulatedFolder = {
    inodes,
    stage,
    versions: [],
    isCaseBlind,
    at(path) {
      let inode = ROOT_INODE
      for (const name of path === '' ? [] : path.split('/')) {
        const entry = folderOf(inode).entries.get(entryKey(name))
        if (!entry) throw new SystemError('ENOENT')
        inode = entry.inode
      }
      return inode
    },
    find: (parent, name) => folderOf(parent).entries.get(entryKey(name))?.inode,
    keyOf: (inode) => `${inode}:${get(inode).born}`,
    lookAt(inode) {
      const { kind, mtime, ctime, links } = get(inode)
      return { kind, key: folder.keyOf(inode), stamp: `${mtime}/${ctime}`, mtimeMs: mtime, names: links }
    },
    create(parent, name, kind, data) {
      if (folderOf(parent).entries.has(entryKey(name))) throw new SystemError('EEXIST')
      const inode = make(kind, data)
      put(parent, name, inode)
      return inode
    },
    write(inode, data, keepsTime) {
      const thing = get(inode)
      thing.data = data
      thing.ctime = now()
      if (!keepsTime) thing.mtime = now()
    },
    touch(inode, mtime) {
      get(inode).mtime = mtime
    },
    link(inode, parent, name) {
      put(parent, name, inode)
      get(inode).links++
      get(inode).ctime = now()
    },
    unlink(parent, name) {
      const { entries } = folderOf(parent)
      const entry = entries.get(entryKey(name))
      if (!entry) throw new SystemError('ENOENT')
      if (get(entry.inode).kind === 'directory') throw new SystemError('EISDIR')
      entries.delete(entryKey(name))
      unname(entry.inode)
    },
    removeDirectory(parent, name) {
      const { entries } = folderOf(parent)
      const entry = entries.get(entryKey(name))
      if (!entry) throw new SystemError('ENOENT')
      if (folderOf(entry.inode).entries.size > 0) throw new SystemError('ENOTEMPTY')
      entries.delete(entryKey(name))
      unname(entry.inode)
    },
    rename(from, name, to, newName) {
      const source = folderOf(from)
      const entry = source.entries.get(entryKey(name))
      if (!entry) throw new SystemError('ENOENT')
      const isSame = from === to && entryKey(name) === entryKey(newName)
      if (!isSame && folderOf(to).entries.has(entryKey(newName))) throw new SystemError('EEXIST')
      if (contains(entry.inode, to)) throw new SystemError('EINVAL')
      source.entries.delete(entryKey(name))
      put(to, newName, entry.inode)
      get(entry.inode).ctime = now()
    },
    stageIn(parent, name, staged) {
      const { entries } = folderOf(parent)
      const entry = entries.get(entryKey(name))
      if (!entry) throw new SystemError('ENOENT')
      if (stage.has(staged)) throw new SystemError('EEXIST')
      entries.delete(entryKey(name))
      stage.set(staged, entry.inode)
      get(entry.inode).ctime = now()
    },
    stageNew(staged, kind, data) {
      const inode = make(kind, data)
      stage.set(staged, inode)
      return inode
    },
    linkStaged(staged, parent, name) {
      const inode = stage.get(staged)
      if (inode === undefined) throw new SystemError('ENOENT')
      const thing = get(inode)
      if (thing.kind === 'directory' && contains(inode, parent)) throw new SystemError('EINVAL')
      put(parent, name, inode)
      thing.ctime = now()
      if (thing.kind === 'directory') stage.delete(staged)
      else thing.links++
    },
    unstage(staged) {
      const inode = stage.get(staged)
      if (inode === undefined) return
      if (get(inode).entries.size > 0) throw new SystemError('ENOTEMPTY')
      stage.delete(staged)
      unname(inode)
    },
    restoreStaged(staged, inode) {
      stage.set(staged, inode)
      get(inode).links++
    },
    setClosed(inode, isClosed) {
      get(inode).isClosed = isClosed
    },
    image() {
      const copy = (from: ReadonlyMap<number, Inode>) =>
        [...from].map(([inode, thing]) => [inode, { ...thing, entries: new Map(thing.entries) }] as const)
      const kept = { inodes: new Map(copy(inodes)), stage: [...stage], free: [...free], next }
      return () => {
        inodes.clear()
        for (const [inode, thing] of copy(kept.inodes)) inodes.set(inode, thing)
        stage.clear()
        for (const [name, inode] of kept.stage) stage.set(name, inode)
        free.splice(0, free.length, ...kept.free)
        next = kept.next
      }
    },
    places() {
      const places = new Map<string, string>()
      const walk = (inode: number, path: string, isClosed: boolean): void => {
        for (const { name, inode: child } of get(inode).entries.values()) {
          const thing = get(child)
          if (thing.links === 1)
            places.set(`${child}:${thing.born}`, `${isClosed ? 'closed/' : ''}${path}/${name}`)
          if (thing.kind === 'directory') walk(child, `${path}/${child}`, isClosed || thing.isClosed)
        }
      }
      walk(ROOT_INODE, '', false)
      for (const [name, inode] of stage)
        if (get(inode).kind === 'directory') walk(inode, `stage/${name}`, get(inode).isClosed)
      return places
    },
    listing() {
      const lines: string[] = []
      const walk = (inode: number, path: string): void => {
        for (const { name, inode: child } of get(inode).entries.values()) {
          const { kind, data } = get(child)
          if (kind === 'directory') {
            lines.push(`${path}${name}/`)
            walk(child, `${path}${name}/`)
          } else lines.push(`${path}${name}=${data}`)
        }
      }
      walk(ROOT_INODE, '')
      return lines.sort()
    },
  }
  return folder
}
