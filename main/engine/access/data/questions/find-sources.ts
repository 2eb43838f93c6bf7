import type { BackupRow } from '../../../model/backup.ts'
import { EverstowError, hasCode } from '../../../model/errors.ts'
import type { Asker, DataDeps } from '../asked.ts'
import { type DataFile, fileAt } from '../data-file.ts'
import { type DataKind, kindOfName } from '../kinds.ts'
import { visibleIn } from '../linked-names.ts'
import { listFiles } from '../list-files.ts'
import type { ListedFile } from '../listings.ts'
import { remembered } from '../remembered.ts'

/** Data in a backup, under the shortest name that only it has there. */
export interface DataSource extends ListedFile {
  readonly name: string
  readonly kind: DataKind
}

type Unnamed = ListedFile & { readonly kind: DataKind }
const KNOWN_NAMED = 5
const PARSED: ReadonlySet<DataKind> = new Set(['json', 'ndjson', 'csv'])

/** Everything in a backup that can be parsed, as far as its name says so, by path. */
export async function sourcesOf(deps: DataDeps, asker: Asker, backup: BackupRow): Promise<DataSource[]> {
  const files = await visibleData(deps, asker, backup)
  const count = new Map<string, number>()
  for (const { path } of files) for (const name of namesFor(path)) count.set(name, (count.get(name) ?? 0) + 1)
  return files.map((file) => {
    const name = namesFor(file.path).find((each) => count.get(each) === 1)
    return { name: name ?? file.path, ...file }
  })
}

async function visibleData(deps: DataDeps, asker: Asker, backup: BackupRow): Promise<Unnamed[]> {
  const { signal } = asker
  const all = await remembered<Unnamed[]>(deps, ['sources', backup.id, backup.sha256], async () =>
    (await listFiles(deps, backup, '', signal)).flatMap((file) => {
      const kind = kindOfName(file.path)
      return kind !== undefined && PARSED.has(kind) ? [{ ...file, kind }] : []
    }),
  )
  return all.filter(await visibleIn(deps, asker, backup))
}

/** Names that a file may go by, the shortest first: ends of its path without its ending, then with it. */
function namesFor(path: string): string[] {
  const bare = path.slice(0, path.lastIndexOf('.'))
  return [...endsOf(bare), ...endsOf(path)]
}

function endsOf(path: string): string[] {
  const names = path.split('/')
  return names.map((_, at) => names.slice(names.length - 1 - at).join('/'))
}

/** The file under a path; else the data that goes by that name. `name-ambiguous` where several do. */
export async function fileNamed(
  deps: DataDeps,
  asker: Asker,
  backup: BackupRow,
  pathOrName: string,
): Promise<DataFile> {
  try {
    return await fileAt(deps, asker, backup, pathOrName)
  } catch (error) {
    if (!hasCode(error, 'invalid-input')) throw error
    const found = (await visibleData(deps, asker, backup)).filter(({ path }) =>
      namesFor(path).includes(pathOrName),
    )
    const [only] = found
    if (!only) throw error
    if (found.length === 1) return fileAt(deps, asker, backup, only.path)
    const known = found.slice(0, KNOWN_NAMED).map(({ path }) => path)
    throw new EverstowError('name-ambiguous', { data: { name: pathOrName, known: known.join(', ') } })
  }
}
