import { join, sep } from 'node:path'
import { lstatSync, readdirSync } from '../../env/node/sync-files.ts'
import { fromSystemError } from '../../model/errors.ts'
import { throwIfCancelled } from '../../storage/cancel.ts'
import { createChooser, previewIgnore as judge, type SyncChoice } from '../disk/choose.ts'

export interface IgnoreQuestion extends SyncChoice {
  /** Absolute. */
  readonly folder: string
  /** Which folder's entries are asked for, from `folder` down; empty: its own. */
  readonly path: string
}

type Kind = 'file' | 'directory' | 'symlink' | 'other'

/** What would be synced of a folder with these choices. */
export interface IgnorePreview {
  readonly files: number
  readonly bytes: number
  /** Files that are left out, as far as folders that are left out were looked into: their own entries count, not what lies deeper. */
  readonly ignoredFiles: number
  readonly entries: {
    readonly name: string
    readonly kind: Kind
    readonly isChosen: boolean
    readonly pattern?: string
  }[]
}

/** Others get their turn after so many entries. */
const ENTRIES_IN_A_ROW = 500

/** Walks a folder without reading contents. What cannot be looked at counts for nothing. */
export async function previewIgnore(
  { folder, path, only, ignore }: IgnoreQuestion,
  signal: AbortSignal,
): Promise<IgnorePreview> {
  const choice = { only, ignore }
  const isChosen = createChooser(choice)
  const totals = { files: 0, bytes: 0, ignoredFiles: 0 }
  let seen = 0
  const open = ['']
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const { name, kind } of entriesOf(join(folder, at), at !== '')) {
      if (++seen % ENTRIES_IN_A_ROW === 0) await new Promise((resolve) => setImmediate(resolve))
      throwIfCancelled(signal)
      const inner = at ? `${at}/${name}` : name
      if (kind === 'other') continue
      const isIn = isChosen(inner, kind)
      if (kind === 'directory') {
        if (isIn) open.push(inner)
      } else if (isIn) {
        totals.files++
        totals.bytes += sizeOf(join(folder, inner))
      } else totals.ignoredFiles++
    }
  }
  const shown = entriesOf(join(folder, path), false)
  const asked = shown.map(({ name, kind }) => ({
    path: path ? `${path}/${name}` : name,
    kind: kind === 'other' ? ('file' as const) : kind,
  }))
  const judged = judge(asked, choice)
  const entries = shown.map(({ name, kind }, index) => {
    const by = judged[index]?.by
    const isIn = kind !== 'other' && judged[index]?.isChosen === true
    return { name, kind, isChosen: isIn, ...(by !== undefined && { pattern: by }) }
  })
  return { ...totals, entries }
}

function entriesOf(path: string, isLenient: boolean): { readonly name: string; readonly kind: Kind }[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .map((entry) => ({
        name: entry.name,
        kind: entry.isDirectory()
          ? ('directory' as const)
          : entry.isFile()
            ? ('file' as const)
            : entry.isSymbolicLink()
              ? ('symlink' as const)
              : ('other' as const),
      }))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
  } catch (error) {
    if (isLenient) return []
    throw fromSystemError(error, { path: path.split(sep).join('/') }) ?? error
  }
}

function sizeOf(path: string): number {
  try {
    return lstatSync(path).size
  } catch {
    return 0
  }
}
