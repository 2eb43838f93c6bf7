import { isLeaf, type Look, type NodeId, type NodeKind } from '../nodes.ts'
import type { Folder } from '../ports.ts'
import { createColumn } from './columns.ts'
import { createLooks, KINDS, type NodeTexts } from './node-rows.ts'
import { createTextColumn } from './text-column.ts'

/** Something that was seen in a folder. */
export interface Sighting {
  readonly folder: Folder
  readonly name: string
  readonly look: Look
}

/** All that a walk saw, and which nodes these are. Each thing once; hard links once a name. */
export interface Sightings {
  readonly count: number
  at(row: number): Sighting
  folderAt(row: number): Folder
  keyAt(row: number): string
  kindAt(row: number): NodeKind
  nameAt(row: number): string
  /** What moved during the walk may be seen at two places; where it was seen last is where it is. */
  add(sighting: Sighting): void
  /** Which node it is; `undefined` as long as nobody said. */
  idAt(row: number): NodeId | undefined
  giveId(row: number, id: NodeId): void
  /** Whether one of them is this node. */
  isGiven(id: NodeId): boolean
  /** Lets all of it go. */
  clear(): void
}

export function createSightings(texts: NodeTexts): Sightings {
  /** Few, beside what is in them. */
  const folders: Folder[] = []
  const folderRows = createColumn(Int32Array)
  const names = createTextColumn(texts.others)
  const looks = createLooks(texts)
  const ids = createTextColumn(texts.ids)
  const given = createColumn(Uint8Array)
  /** Rows and one more, by the numbers of their keys; of links there may be several, by key, folder and name. */
  const singles = createColumn(Int32Array)
  const links = new Map<string, number>()
  let count = 0

  const rowOf = ({ folder, name, look }: Sighting): number => {
    if (isLink(look)) return links.get(textOfLink(folder, name, look)) ?? -1
    const key = texts.keys.find(look.key)
    return key < 0 ? -1 : singles.get(key) - 1
  }
  const folderAt = (row: number): Folder => folders[folderRows.get(row)] as Folder
  const nameAt = (row: number): string => names.get(row) as string
  return {
    get count() {
      return count
    },
    at: (row) => ({ folder: folderAt(row), name: nameAt(row), look: looks.read(row) }),
    folderAt,
    keyAt: looks.keyAt,
    kindAt: (row) => KINDS[looks.kindAt(row)] as NodeKind,
    nameAt,
    add(sighting) {
      const { folder, name, look } = sighting
      const known = rowOf(sighting)
      const row = known < 0 ? count++ : known
      if (folders.at(-1) !== folder) folders.push(folder)
      folderRows.set(row, folders.length - 1)
      names.set(row, name)
      looks.write(row, look)
      if (isLink(look)) links.set(textOfLink(folder, name, look), row)
      else singles.set(looks.keyNumberAt(row), row + 1)
    },
    idAt: ids.get,
    giveId(row, id) {
      ids.set(row, id)
      given.set(ids.numberAt(row), 1)
    },
    isGiven(id) {
      const number = texts.ids.find(id)
      return number >= 0 && given.get(number) === 1
    },
    clear() {
      for (let row = 0; row < count; row++) {
        if (ids.numberAt(row) >= 0) given.set(ids.numberAt(row), 0)
        singles.set(looks.keyNumberAt(row), 0)
        names.set(row, undefined)
        looks.erase(row)
        ids.set(row, undefined)
      }
      count = 0
      folders.length = 0
      links.clear()
    },
  }
}

/** One of several names of a file. */
const isLink = (look: Look): boolean => look.names > 1 && isLeaf(look)

const textOfLink = (folder: Folder, name: string, look: Look): string => `${look.key}/${folder.key}/${name}`
