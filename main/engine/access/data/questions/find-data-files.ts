import type { BackupRow } from '../../../model/backup.ts'
import { findAnywhere } from '../../versions.ts'
import { type Asker, type BackupRange, type DataDeps, isShownPath, notThere } from '../asked.ts'
import { type DataKind, kindOfName } from '../kinds.ts'
import { visibleIn } from '../linked-names.ts'
import { listFiles } from '../list-files.ts'
import { letteredPart, type PathPattern, pathFilter } from '../path-patterns.ts'
import { visibleBackups } from '../which-backups.ts'

/** A file and the newest backup that holds it so. */
export interface FoundFile {
  readonly path: string
  readonly sizeBytes: number
  readonly mtimeMs: number
  readonly backup: BackupRow
  /** Backups that hold it so. */
  readonly backups: number
}

export interface FilesAsked {
  readonly folder: string
  readonly name?: PathPattern | undefined
  readonly kind?: DataKind | undefined
  readonly modifiedFromMs?: number | undefined
  readonly modifiedToMs?: number | undefined
  readonly limit: number
  readonly offset?: number | undefined
}

export interface FoundFiles {
  readonly files: readonly FoundFile[]
  readonly truncated: boolean
  /** Places that did not answer: what is there alone is not among the files. */
  readonly unsearched: number
}

const ANY_NAME: PathPattern = { text: '', isLiteral: true }
/** More of one name than this is not looked through. */
const MOST_FOUND = 200_000

/** Files of one backup, by path. */
export async function filesOfBackup(
  deps: DataDeps,
  asker: Asker,
  backup: BackupRow,
  asked: FilesAsked,
): Promise<FoundFiles> {
  const { gate, signal } = asker
  const folder = folderOf(asked)
  if (folder !== '' && !gate.leadsOn(backup, folder)) throw notThere(folder)
  const isMeant = fileFilter(asked)
  const isVisible = await visibleIn(deps, asker, backup)
  const files = (await listFiles(deps, backup, folder, signal)).filter(
    (file) => isMeant(file) && isVisible(file),
  )
  const { offset = 0, limit } = asked
  return {
    files: files.slice(offset, offset + limit).map((file) => ({ ...file, backup, backups: 1 })),
    truncated: files.length > offset + limit,
    unsearched: 0,
  }
}

/** Files over all backups that are meant, by path; equal ones once. */
export async function filesAnywhere(
  deps: DataDeps,
  asker: Asker,
  asked: FilesAsked & BackupRange,
): Promise<FoundFiles> {
  const { gate, signal } = asker
  const folder = folderOf(asked)
  const { plan, source, fromMs, toMs } = asked
  const visible = new Set<string>()
  for await (const { id } of visibleBackups(deps, asker, { plan, source, fromMs, toMs })) visible.add(id)
  const isMeant = fileFilter(asked)
  const wanted = letteredPart(asked.name ?? ANY_NAME)
  const { versions, unsearched } = await findAnywhere(deps.readers, wanted, MOST_FOUND, signal)
  const found = new Map<string, FoundFile>()
  for (const { path, kind, sizeBytes, mtimeMs, backups } of versions) {
    if (kind !== 'file' || !isMeant({ path, mtimeMs })) continue
    if (folder !== '' && !path.startsWith(`${folder}/`)) continue
    const holding = backups.filter((backup) => visible.has(backup.id) && gate.admitsFile(backup, path))
    const [backup] = holding
    if (!backup) continue
    const key = JSON.stringify([path, sizeBytes, mtimeMs])
    const same = found.get(key)
    const newest = same && same.backup.createdMs >= backup.createdMs ? same.backup : backup
    const count = holding.length + (same?.backups ?? 0)
    found.set(key, { path, sizeBytes, mtimeMs, backup: newest, backups: count })
  }
  const { offset = 0, limit } = asked
  return {
    files: [...found.values()].slice(offset, offset + limit),
    truncated: found.size > offset + limit || versions.length >= MOST_FOUND,
    unsearched: unsearched.length,
  }
}

function folderOf({ folder }: FilesAsked): string {
  if (folder !== '' && !isShownPath(folder)) throw notThere(folder)
  return folder
}

function fileFilter({ name, kind, modifiedFromMs = -Infinity, modifiedToMs = Infinity }: FilesAsked) {
  const isNamed = pathFilter(name)
  return ({ path, mtimeMs }: { readonly path: string; readonly mtimeMs: number }): boolean =>
    mtimeMs >= modifiedFromMs &&
    mtimeMs <= modifiedToMs &&
    (kind === undefined || shownKind(path) === kind) &&
    isNamed(path)
}

/** What a listing says of a file that it does not read. */
export const shownKind = (path: string): DataKind => kindOfName(path) ?? 'bytes'
