import type { ArchiveEntry } from '../archive/entry.ts'
import type { TarHandler } from '../archive/read/tar-parser.ts'
import type { ExistingPolicy } from './restore-options.ts'
import type { Selection } from './select-paths.ts'
import { addRefused, type Tally } from './tally.ts'
import { keyOf, keyOfTarget, onDisk, type PathKey, parentOf } from './target/path-key.ts'
import { readFully, sha256OfFile } from './target/same-content.ts'
import { lookAt, type SyncFiles } from './target/sync-files.ts'
import { type NameRules, refusalOf } from './target/target-name.ts'

export interface PreviewContext {
  readonly files: SyncFiles
  readonly into: string
  readonly existing: ExistingPolicy
  readonly rules: NameRules
  readonly selection: Selection
  readonly tally: Tally
}

export interface Preview extends TarHandler {
  /** The same for an entry whose content is elsewhere: a file in the way is compared by `isSame`, by default by its SHA-256. */
  judge(entry: ArchiveEntry, isSame?: (path: string | Buffer) => boolean): void
  /** Closes what is open after a failure. */
  abandon(): void
}

/** Counts what a restore would do, without writing: the same decisions as extracting and placing, in the order of the archive. */
export function createPreview(context: PreviewContext): Preview {
  const { files, into, existing, tally } = context
  /** What the target has at a folder's path; a folder that is in the way of nothing is looked up once. */
  const folders = new Map<PathKey, 'there' | 'missing' | 'blocked'>([
    ['', lookAt(files, into) ? 'there' : 'missing'],
  ])
  let open: { entry: ArchiveEntry; fd: number; same: boolean } | undefined

  function folder(key: PathKey): 'there' | 'missing' | 'blocked' {
    const known = folders.get(key)
    if (known) return known
    const above = folder(parentOf(key))
    let state = above
    if (above === 'there') {
      const seen = lookAt(files, onDisk(into, key))
      state = !seen ? 'missing' : seen.isDirectory() ? 'there' : 'blocked'
    }
    if (state === 'missing') tally.directories++
    folders.set(key, state)
    return state
  }

  /** Whether a chosen entry can be taken at all; refusals are reported. */
  function admit(entry: ArchiveEntry): boolean {
    if (context.selection.choose(entry) !== 'take') return false
    const reason = refusalOf(keyOf(entry), into, context.rules)
    if (reason) addRefused(tally, { path: entry.path, reason })
    return !reason
  }

  function count(entry: ArchiveEntry, there: 'nothing' | 'same' | 'other'): void {
    if (there === 'other' && existing === 'skip') tally.skipped++
    else if (there === 'same') tally[existing === 'skip' ? 'skipped' : 'unchanged']++
    else {
      if (there === 'nothing') tally.restored++
      else tally[existing === 'rename' ? 'renamed' : 'replaced']++
      if (entry.kind === 'symlink') tally.links++
      tally.bytes += entry.sizeBytes
    }
  }

  /** Settles all entries but chosen files with something of equal size in their place; answers that thing's path. */
  function settleUnlessEqualSize(next: ArchiveEntry): string | Buffer | undefined {
    if (!admit(next)) return undefined
    if (next.kind === 'directory') {
      folder(keyOf(next))
      return undefined
    }
    const path = toCompare(next)
    if (path === undefined) settle(next, false)
    return path
  }

  function entry(next: ArchiveEntry): boolean {
    const path = settleUnlessEqualSize(next)
    if (path === undefined) return false
    const { O_RDONLY, O_NOFOLLOW = 0 } = files.constants
    open = { entry: next, fd: files.openSync(path, O_RDONLY | O_NOFOLLOW), same: true }
    return true
  }

  function judge(
    next: ArchiveEntry,
    isSame = (path: string | Buffer) => sha256OfFile(files, path) === next.sha256,
  ): void {
    const path = settleUnlessEqualSize(next)
    if (path !== undefined) settle(next, isSame(path))
  }

  function toCompare(next: ArchiveEntry): string | Buffer | undefined {
    if (next.kind !== 'file' || existing === 'skip' || folder(parentOf(keyOf(next))) !== 'there')
      return undefined
    const path = onDisk(into, keyOf(next))
    const seen = lookAt(files, path)
    return seen?.isFile() && seen.size === BigInt(next.sizeBytes) ? path : undefined
  }

  function settle(next: ArchiveEntry, same: boolean): void {
    const above = folder(parentOf(keyOf(next)))
    const seen = above === 'there' ? lookAt(files, onDisk(into, keyOf(next))) : undefined
    // Below a file or link that is in the way: left alone with `skip`; else that thing is moved or stays, and all below is new.
    if (above === 'blocked') count(next, existing === 'skip' ? 'other' : 'nothing')
    else if (!seen) count(next, 'nothing')
    else count(next, same || sameLink(next) ? 'same' : 'other')
  }

  function sameLink(next: ArchiveEntry): boolean {
    const path = onDisk(into, keyOf(next))
    const seen = lookAt(files, path)
    if (next.kind === 'symlink' && seen?.isSymbolicLink()) {
      const target = Buffer.from(next.rawLinkTarget ?? next.linkTarget ?? '')
      return files.readlinkSync(path, { encoding: 'buffer' }).equals(target)
    }
    if (next.kind !== 'hardlink' || !seen?.isFile()) return false
    return lookAt(files, onDisk(into, keyOfTarget(next)))?.ino === seen.ino
  }

  function content(bytes: Uint8Array): void {
    if (!open?.same) return
    const theirs = Buffer.allocUnsafe(bytes.byteLength)
    open.same = readFully(files, open.fd, theirs) === bytes.byteLength && theirs.equals(bytes)
  }

  function endEntry(): void {
    const { entry: done, fd, same } = open!
    open = undefined
    files.closeSync(fd)
    settle(done, same)
  }

  return {
    entry,
    content,
    endEntry,
    refused: (item) => {
      if (context.selection.choose({ path: item.path, kind: 'file' }) === 'take') addRefused(tally, item)
    },
    judge,
    abandon: () => {
      if (open) files.closeSync(open.fd)
      open = undefined
    },
  }
}
