import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { ROOT_INODE, type SimulatedFolder, SystemError } from './simulated-folder.ts'

/** What people wrote, and what they themselves overwrote or deleted. */
export interface Writings {
  readonly written: Set<string>
  readonly destroyed: Set<string>
}

const NAMES = ['a', 'b', 'c', 'A', 'B', 'd', 'é', 'e\u0301']
/** Ways of the people of a history. */
export interface Habits {
  /** No two of their names are one anywhere. */
  readonly isPlain: boolean
  /** They make folders and move them about. */
  readonly isRestless: boolean
}

/** A file, two folders, and moves. */
const MOSTLY_MOVES = [0.1, 0.3, 0.3, 0.6, 0.6, 0.6, 0.6, 0.6, 0.76, 0.93]
/** No two of them are one anywhere. */
const PLAIN_NAMES = ['a', 'b', 'c', 'd', 'é']
const MOST_FOLDERS = 6

interface Place {
  readonly folder: number
  readonly name: string
  readonly inode: number
}

/** Somebody does one thing in a folder: whatever editors, file managers and shells do. */
export function actAtRandom(
  folder: SimulatedFolder,
  random: FakeRandom,
  writings: Writings,
  newText: () => string,
  { isPlain, isRestless }: Habits,
): void {
  try {
    act(folder, random, writings, newText, isPlain ? PLAIN_NAMES : NAMES, isRestless)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
  }
}

/** Somebody makes a link, or lets a file be run or not: that is part of what it is. */
export function changeAtRandom(
  folder: SimulatedFolder,
  random: FakeRandom,
  { written, destroyed }: Writings,
  newText: () => string,
): void {
  const leaves = [...folder.inodes].filter(([, { kind }]) => kind !== 'directory')
  const staged = new Set(folder.stage.values())
  const files = leaves.filter(([inode, { kind }]) => kind === 'file' && !staged.has(inode))
  if (files.length === 0 || random.chance(0.4)) {
    const text = newText()
    try {
      folder.create(ROOT_INODE, random.pick(NAMES), 'symlink', text)
      written.add(text)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
    }
    return
  }
  const [inode, { data }] = random.pick(files)
  const other = data.endsWith('+x') ? data.slice(0, -2) : `${data}+x`
  destroyed.add(data)
  written.add(other)
  folder.write(inode, other, true)
}

function act(
  folder: SimulatedFolder,
  random: FakeRandom,
  { written, destroyed }: Writings,
  newText: () => string,
  names: readonly string[],
  isRestless: boolean,
): void {
  const folders = [ROOT_INODE]
  const subfolders: Place[] = []
  const files: Place[] = []
  const walk = (inode: number): void => {
    for (const { name, inode: child } of folder.inodes.get(inode)?.entries.values() ?? []) {
      const place = { folder: inode, name, inode: child }
      if (folder.inodes.get(child)?.kind !== 'directory') files.push(place)
      else {
        subfolders.push(place)
        folders.push(child)
        walk(child)
      }
    }
  }
  walk(ROOT_INODE)
  const dataOf = (inode: number): string => folder.inodes.get(inode)?.data ?? ''
  const destroy = ({ inode }: Place): void => {
    // With another name in the folder it is still there.
    const names = new Set(
      files.filter((file) => file.inode === inode).map((file) => `${file.folder}/${file.name}`),
    )
    const isThere = [...names].filter((name) => {
      const [parent = '', ...rest] = name.split('/')
      return folder.inodes.has(Number(parent)) && folder.find(Number(parent), rest.join('/')) === inode
    })
    if (isThere.length === 1) destroyed.add(dataOf(inode))
  }
  const write = (save: (text: string) => void): void => {
    const text = newText()
    save(text)
    written.add(text)
  }
  const remove = (place: Place): void => {
    for (const { name, inode } of [...(folder.inodes.get(place.inode)?.entries.values() ?? [])])
      remove({ folder: place.inode, name, inode })
    if (folder.inodes.get(place.inode)?.kind === 'directory') folder.removeDirectory(place.folder, place.name)
    else {
      destroy(place)
      folder.unlink(place.folder, place.name)
    }
  }
  const draw = isRestless ? (MOSTLY_MOVES[random.integer(MOSTLY_MOVES.length)] ?? 0) : random.float()
  const file = files.length > 0 ? random.pick(files) : undefined
  const into = random.pick(folders)
  const name = random.pick(names)
  if (draw < 0.22) write((text) => folder.create(into, name, 'file', text))
  else if (draw < 0.33) {
    if (folders.length < MOST_FOLDERS) folder.create(into, name, 'directory', '')
  } else if (draw < 0.5) {
    if (!file) return
    destroyed.add(dataOf(file.inode))
    write((text) => folder.write(file.inode, text, random.chance(0.2)))
  } else if (draw < 0.58) {
    if (!file) return
    // An editor that saves by replacing: for a moment the name is gone.
    destroy(file)
    folder.unlink(file.folder, file.name)
    write((text) => folder.create(file.folder, file.name, 'file', text))
  } else if (draw < 0.75) {
    const all = [...files, ...subfolders]
    if (all.length === 0) return
    const place = random.pick(all)
    folder.rename(place.folder, place.name, into, name)
  } else if (draw < 0.79) {
    const other = files.length > 1 ? random.pick(files) : undefined
    if (!file || !other || other.inode === file.inode) return
    folder.rename(file.folder, file.name, file.folder, 'swap')
    folder.rename(other.folder, other.name, file.folder, file.name)
    folder.rename(file.folder, 'swap', other.folder, other.name)
  } else if (draw < 0.81) {
    if (file) folder.link(file.inode, into, name)
  } else if (draw < 0.92) {
    if (file) remove(file)
  } else if (subfolders.length > 0) remove(random.pick(subfolders))
}
