import { dirname } from 'node:path'

/** A file from the root of the project, and the files it imports. */
export interface Importer {
  readonly file: string
  readonly imports: readonly string[]
}

/**
 * Looks at each folder as one who stands in it: what lies in it, folders as one thing each, has an order in which it can be read. Where it has none, `folder:` and
 * what leans on each other.
 */
export function circlesOfRooms(importers: readonly Importer[]): string[] {
  const folders = new Set(importers.flatMap(({ file }) => foldersAbove(file)))
  return [...folders].sort().flatMap((folder) => {
    const leansOn = new Map<string, Set<string>>()
    for (const { file, imports } of importers) {
      const here = partOf(folder, file)
      if (here === undefined) continue
      const others = leansOn.get(here) ?? new Set()
      for (const each of imports) others.add(partOf(folder, each) ?? here)
      leansOn.set(here, others)
      others.delete(here)
    }
    const inCircle = [...leansOn.keys()].filter((part) => leadsBack(part, leansOn)).sort()
    return inCircle.length > 0 ? [`${folder}: ${inCircle.join(' ')}`] : []
  })
}

function foldersAbove(file: string): string[] {
  const folder = dirname(file)
  return folder === '.' ? [] : [folder, ...foldersAbove(folder)]
}

/** What of a folder a file is, or lies in. */
const partOf = (folder: string, file: string): string | undefined =>
  file.startsWith(`${folder}/`) ? file.slice(folder.length + 1).split('/')[0] : undefined

function leadsBack(from: string, leansOn: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const seen = new Set<string>()
  const open = [from]
  for (let part = open.pop(); part !== undefined; part = open.pop())
    for (const next of leansOn.get(part) ?? []) {
      if (next === from) return true
      if (!seen.has(next)) {
        seen.add(next)
        open.push(next)
      }
    }
  return false
}
