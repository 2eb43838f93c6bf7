import { IGNORE_FILE_NAME } from '../../../sources/files/exclude-rules.ts'
import { joinPath } from '../../../sources/files/fs-path.ts'
import {
  CACHE_TAG_NAME,
  isCacheTag,
  listFolderByBytes,
  type Name,
  readIgnoreFile,
} from '../../../sources/files/list-folder.ts'
import type { SkippedItem } from '../../../sources/files/skipped-items.ts'
import { reportUnreadable } from '../../../sources/files/walk-sources.ts'
import type { Folder } from './folder.ts'

/** Lists a folder and takes up the rules it brings along. One that cannot be listed is reported and stands empty. */
export type FolderLister = (folder: Folder) => { readonly folder: Folder; readonly names: readonly Name[] }

export interface ListingOptions {
  readonly cacheDirTags: boolean
  readonly onSkipped: (item: SkippedItem) => void
  /** Called for every folder. */
  readonly onFolder: (folder: Folder) => void
}

export function createFolderLister(options: ListingOptions): FolderLister {
  return (folder) => {
    options.onFolder(folder)
    let names: Name[]
    try {
      names = listFolderByBytes(folder.fsPath)
    } catch (error) {
      reportUnreadable(folder.fsPath, error, options)
      return { folder, names: [] }
    }
    const isTagged =
      options.cacheDirTags &&
      names.some((name) => name.text === CACHE_TAG_NAME) &&
      isCacheTag(joinPath(folder.fsPath, CACHE_TAG_NAME))
    if (isTagged) return { folder, names: names.filter((name) => name.text === CACHE_TAG_NAME) }
    if (!names.some((name) => name.text === IGNORE_FILE_NAME)) return { folder, names }
    const text = readIgnoreFile(joinPath(folder.fsPath, IGNORE_FILE_NAME))
    const layer = { kind: 'file', text, folderPath: folder.below.slice(0, -1) } as const
    return { folder: { ...folder, layers: [...folder.layers, layer] }, names }
  }
}
