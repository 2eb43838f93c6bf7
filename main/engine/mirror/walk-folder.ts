import { type BigIntStats, lstatSync } from '../env/node/sync-files.ts'
import { EverstowError, fromSystemError } from '../model/errors.ts'
import { isExcluded, planRules } from '../sources/files/exclude-rules.ts'
import { type FsPath, joinPath, systemCodeOf } from '../sources/files/fs-path.ts'
import { listFolder, type Name } from '../sources/files/list-folder.ts'
import { throwIfCancelled } from '../storage/cancel.ts'
import { isOwn } from '../sync/disk/choose.ts'
import { faultOfPath, segmentOf } from './names.ts'
import type { LeftAlone } from './report.ts'

/** A regular file of the folder. */
export interface LocalFile {
  /** Its path as in the keys of objects. */
  readonly path: string
  readonly place: FsPath
  readonly sizeBytes: number
  /** Size, times and number: the same as long as nobody writes to it. */
  readonly stamp: string
}

/** What lies in a folder. */
export interface Walked {
  readonly files: ReadonlyMap<string, LocalFile>
  readonly left: readonly LeftAlone[]
  /** Files that a pattern leaves out, not counting what lies in folders that one leaves out. */
  readonly ignoredFiles: number
  /** Whether nothing may be concluded from the absence of this path: it is left out, or could not be looked at, or lies in such a folder. */
  isHidden(path: string): boolean
}

/** Others get their turn after so many entries. */
const ENTRIES_IN_A_ROW = 500

/** Size, times and number of a file. */
export const stampOf = ({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string =>
  `${size}:${mtimeNs}:${ctimeNs}:${ino}`

/** Whether a person's patterns, or what is this program's own, leave a path out. */
export function createIgnored(folder: string, ignore: readonly string[]) {
  const rules = planRules(ignore, folder)
  return (path: string, isFolder: boolean): boolean => {
    const names = path.split('/')
    let above = ''
    return names.some((name, at) => {
      above = above ? `${above}/${name}` : name
      return isOwn(name) || isExcluded(rules, above, at < names.length - 1 || isFolder)
    })
  }
}

/** Looks at everything in a folder without reading it. Throws `source-missing` where there is none. */
export async function walkFolder(
  folder: string,
  { ignore, prefix }: { readonly ignore: readonly string[]; readonly prefix: string },
  signal: AbortSignal,
): Promise<Walked> {
  const isIgnored = createIgnored(folder, ignore)
  const files = new Map<string, LocalFile>()
  const left: LeftAlone[] = []
  const hidden = new Set<string>()
  const leave = (path: string, reason: LeftAlone['reason'], error?: unknown): void => {
    hidden.add(path)
    left.push({ path, reason, ...(error !== undefined && { error: fromSystemError(error) ?? error }) })
  }
  let ignoredFiles = 0
  let seen = 0
  const open: { readonly path: string; readonly place: FsPath }[] = [{ path: '', place: folder }]
  for (let at = open.pop(); at; at = open.pop()) {
    const names = namesIn(at.place, at.path, leave)
    for (const { text, bytes } of names) {
      if (++seen % ENTRIES_IN_A_ROW === 0) await new Promise((resolve) => setImmediate(resolve))
      throwIfCancelled(signal)
      const segment = segmentOf(bytes ?? text)
      const path = at.path ? `${at.path}/${segment}` : segment
      const place = joinPath(at.place, bytes ?? text)
      const stats = lookAt(place, path, leave)
      if (!stats) continue
      const isFolder = stats.isDirectory()
      if (isIgnored(path, isFolder)) {
        hidden.add(path)
        if (!isFolder) ignoredFiles++
      } else if (isFolder) open.push({ path, place })
      else if (!stats.isFile()) leave(path, stats.isSymbolicLink() ? 'symlink' : 'special')
      else {
        const fault = faultOfPath(prefix, path)
        if (fault) leave(path, fault)
        else files.set(path, { path, place, sizeBytes: Number(stats.size), stamp: stampOf(stats) })
      }
    }
  }
  return { files, left, ignoredFiles, isHidden: (path) => isBelow(hidden, path) || isIgnored(path, false) }
}

type Leave = (path: string, reason: LeftAlone['reason'], error?: unknown) => void

function namesIn(place: FsPath, path: string, leave: Leave): readonly Name[] {
  try {
    return listFolder(place)
  } catch (error) {
    const code = systemCodeOf(error)
    if (path === '') {
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw fromSystemError(error) ?? error
      throw new EverstowError('source-missing', { data: { path: String(place) }, retry: 'wait' })
    }
    // Gone since its own folder was read: the next run knows more.
    leave(path, code === 'ENOENT' ? 'changing' : 'unreadable', error)
    return []
  }
}

function lookAt(place: FsPath, path: string, leave: Leave): BigIntStats | undefined {
  try {
    return lstatSync(place, { bigint: true })
  } catch (error) {
    leave(path, systemCodeOf(error) === 'ENOENT' ? 'changing' : 'unreadable', error)
    return undefined
  }
}

/** Whether a path or a folder above it is among these. */
function isBelow(paths: ReadonlySet<string>, path: string): boolean {
  if (paths.size === 0) return false
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
    if (paths.has(path.slice(0, end))) return true
  return false
}
