import type { MirroredFile } from '../../../main/contract/index.ts'
import { nameOf } from '../../words/paths.ts'

/** A folder, or a file with its versions, as one row. */
export type MirrorEntry =
  | { readonly kind: 'directory'; readonly name: string; readonly path: string; readonly files: number }
  | {
      readonly kind: 'file'
      readonly name: string
      readonly path: string
      /** As it lies there now; absent: deleted, only versions are left. */
      readonly current: MirroredFile | undefined
      /** Newest first. */
      readonly versions: readonly MirroredFile[]
    }

/** What lies right in a folder, of files and versions anywhere below it: folders first. */
export function entriesIn(folder: string, files: readonly MirroredFile[]): MirrorEntry[] {
  const above = folder === '' ? '' : `${folder}/`
  const folders = new Map<string, Set<string>>()
  const found = new Map<string, MirroredFile[]>()
  for (const file of files) {
    if (!file.path.startsWith(above)) continue
    const [name = '', ...deeper] = file.path.slice(above.length).split('/')
    if (deeper.length === 0) found.set(file.path, [...(found.get(file.path) ?? []), file])
    else folders.set(name, (folders.get(name) ?? new Set()).add(file.path))
  }
  const byName = (one: MirrorEntry, other: MirrorEntry): number => one.name.localeCompare(other.name)
  const directories = [...folders].map(
    ([name, paths]): MirrorEntry => ({
      kind: 'directory',
      name,
      path: above + name,
      files: paths.size,
    }),
  )
  const rows = [...found].map(
    ([path, all]): MirrorEntry => ({
      kind: 'file',
      name: nameOf(path),
      path,
      current: all.find(({ version }) => version === undefined),
      versions: all
        .filter(({ version }) => version !== undefined)
        .sort((one, other) => other.at.localeCompare(one.at)),
    }),
  )
  return [...directories.sort(byName), ...rows.sort(byName)]
}
