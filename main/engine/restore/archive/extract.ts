import type { ArchiveEntry } from '../../archive/entry.ts'
import type { RefusedReason } from '../../archive/read/entry-path.ts'
import type { TarHandler } from '../../archive/read/tar-parser.ts'
import { EverstowError } from '../../model/errors.ts'
import type { Selection } from '../select-paths.ts'
import { addFailed, addRefused, type Tally } from '../tally.ts'
import { copyFile, NO_LINK_CODES } from '../target/move.ts'
import { keyOf, keyOfTarget, nameOf, onDisk, type PathKey, parentOf, shown } from '../target/path-key.ts'
import { type EntryMetadata, permissions, setOnFile, setOnLink, setOnPath } from '../target/set-metadata.ts'
import { codeOf, lookAt, type SyncFiles, writeAll } from '../target/sync-files.ts'
import { type NameRules, refusalOf } from '../target/target-name.ts'

export interface ExtractContext {
  readonly files: SyncFiles
  /** Empty folder that only we can enter: whatever is in it was put there by this extraction. */
  readonly tree: string
  /** Where the tree will go; its path decides which names are too long. */
  readonly into: string
  readonly rules: NameRules
  readonly owner: boolean
  /** Content that may be written before the volume counts as full. */
  readonly budgetBytes: number
  readonly selection: Selection
  readonly tally: Tally
}

/** What was extracted, for placing it. */
export interface Extracted {
  /** Files and links. */
  readonly items: number
  readonly bytes: number
  readonly links: number
  readonly directories: number
  /** Folders whose metadata the archive tells and that exist in the tree. */
  readonly metadata: ReadonlyMap<PathKey, EntryMetadata>
}

/** Unpacks entries into a private tree. No symlink exists in it until `finish`, so nothing can be written through one. */
export interface Extractor extends TarHandler {
  /** Hard links whose first file is in the archive but was not chosen: first file → links, in order. */
  readonly waiting: ReadonlyMap<PathKey, readonly ArchiveEntry[]>
  /** Offers a file of the archive to the links that wait for it; when taken, `content` and `endEntry` follow. */
  adopt(first: ArchiveEntry): boolean
  /** Makes the symlinks, then sets modes and times of folders. Once, at the end. */
  finish(): Extracted
  /** Closes what is open after a failure. */
  abandon(): void
}

/** Errors that concern one entry; any other stops the restore. */
const ENTRY_CODES = new Set([
  'EACCES',
  'EPERM',
  'ENAMETOOLONG',
  'EILSEQ',
  'EINVAL',
  'ENOENT',
  'EMLINK',
  'ENOTSUP',
])

/** An extractor into an empty private tree. */
export function createExtractor(context: ExtractContext): Extractor {
  const { files, tree, tally, owner, selection } = context
  const made = new Set<PathKey>([''])
  const metadata = new Map<PathKey, EntryMetadata>()
  const symlinks = new Map<PathKey, ArchiveEntry>()
  const waiting = new Map<PathKey, ArchiveEntry[]>()
  const adopted = new Set<PathKey>()
  /** Paths that are not there although something answers to their name. */
  const collided = new Set<PathKey>()
  let lastParent: PathKey = ''
  let open: { fd: number; entry: ArchiveEntry } | undefined
  let items = 0
  let bytes = 0
  let written = 0

  function refuse(path: string, reason: RefusedReason): false {
    addRefused(tally, { path, reason })
    return false
  }

  function entry(next: ArchiveEntry): boolean {
    const choice = selection.choose(next)
    if (choice === 'leave') return false
    const key = keyOf(next)
    const reason = refusalOf(key, context.into.length > tree.length ? context.into : tree, context.rules)
    if (reason) return refuse(next.path, reason)
    if (choice === 'above') {
      metadata.set(key, next)
      return false
    }
    return perEntry(next.path, () => place(next, key))
  }

  function collide(path: string, key: PathKey): false {
    collided.add(key)
    return refuse(path, 'name-collision')
  }

  /** Runs one entry's system calls; an error that is this entry's own goes to the report. */
  function perEntry(path: string, run: () => boolean): boolean {
    try {
      return run()
    } catch (error) {
      if (!ENTRY_CODES.has(codeOf(error))) throw error
      addFailed(tally, { path, code: codeOf(error) })
      return false
    }
  }

  function place(next: ArchiveEntry, key: PathKey): boolean {
    if (next.kind === 'directory') return placeDirectory(next, key)
    const refusal = makeParents(parentOf(key)) ?? (made.has(key) ? 'kind-conflict' : undefined)
    if (refusal === 'name-collision') return collide(next.path, key)
    if (refusal) return refuse(next.path, refusal)
    if (next.kind === 'symlink') {
      // A later entry of the same path wins, as with every tar; a file in its place goes when the link is made.
      symlinks.set(key, next)
      return false
    }
    if (next.kind === 'hardlink') return placeHardLink(next, key)
    symlinks.delete(key)
    return openFile(next, key)
  }

  function placeDirectory(next: ArchiveEntry, key: PathKey): boolean {
    symlinks.delete(key)
    const refusal = makeParents(key)
    if (refusal) return refuse(next.path, refusal)
    metadata.set(key, next)
    return false
  }

  /** Makes a folder and those above it. All folders of the tree are ours, so none of them is a link. */
  function makeParents(key: PathKey): RefusedReason | undefined {
    if (key === lastParent || made.has(key)) {
      lastParent = key
      return undefined
    }
    const refusal = makeParents(parentOf(key))
    if (refusal) return refusal
    if (symlinks.has(key)) return 'through-link'
    try {
      files.mkdirSync(onDisk(tree, key))
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      return spelledSo(key) ? 'kind-conflict' : 'name-collision'
    }
    made.add(key)
    lastParent = key
    return undefined
  }

  /**
   * Whether what lies there is there under exactly this name. If not, the file system takes two names for one (case, Unicode), and writing would
   * destroy another file of this restore. Only asked after EEXIST.
   */
  function spelledSo(key: PathKey): boolean {
    const parent = parentOf(key)
    const name = nameOf(key)
    return files.readdirSync(onDisk(tree, parent), { encoding: 'buffer' }).some((other) => other.equals(name))
  }

  function openFile(next: ArchiveEntry, key: PathKey): boolean {
    const path = onDisk(tree, key)
    const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW = 0 } = files.constants
    const flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW
    let fd: number
    try {
      fd = files.openSync(path, flags, 0o600)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      if (!dropEarlier(key)) return collide(next.path, key)
      fd = files.openSync(path, flags, 0o600)
    }
    open = { fd, entry: next }
    return true
  }

  /** Removes an earlier file of exactly this path, so that the last one wins without touching other names of the earlier one. */
  function dropEarlier(key: PathKey): boolean {
    if (!spelledSo(key)) return false
    const path = onDisk(tree, key)
    const earlier = lookAt(files, path)
    files.unlinkSync(path)
    items--
    bytes -= Number(earlier?.size ?? 0n)
    return true
  }

  function placeHardLink(next: ArchiveEntry, key: PathKey): boolean {
    const target = keyOfTarget(next)
    if (target === key) return refuse(next.path, 'link-outside')
    // The name would lead to the other file of the collision: the wrong content under the right name.
    if (collided.has(target)) return collide(next.path, key)
    const link = symlinks.get(target)
    if (link) {
      // Another name of a symlink: a second symlink says the same.
      symlinks.set(key, { ...link, path: next.path, ...(next.rawPath && { rawPath: next.rawPath }) })
      return false
    }
    const first = lookAt(files, onDisk(tree, target))
    if (!first?.isFile()) {
      const links = waiting.get(target)
      if (links) links.push(next)
      else waiting.set(target, [next])
      return false
    }
    symlinks.delete(key)
    const path = onDisk(tree, key)
    try {
      linkOrCopy(onDisk(tree, target), path)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      if (!dropEarlier(key)) return collide(next.path, key)
      linkOrCopy(onDisk(tree, target), path)
    }
    items++
    bytes += Number(first.size)
    return false
  }

  function linkOrCopy(from: string | Buffer, to: string | Buffer): void {
    try {
      files.linkSync(from, to)
    } catch (error) {
      // FAT has no hard links, some file systems allow few: two equal files are what can be had.
      if (!NO_LINK_CODES.has(codeOf(error))) throw error
      copyFile(files, from, to)
    }
  }

  function adopt(first: ArchiveEntry): boolean {
    const target = keyOf(first)
    const link = waiting.get(target)?.[0]
    if (!link || first.kind !== 'file') return false
    adopted.add(target)
    const { rawPath: _, ...content } = first
    const file = { ...content, path: link.path, ...(link.rawPath && { rawPath: link.rawPath }) }
    return perEntry(link.path, () => place(file, keyOf(link)))
  }

  /** The first of the links that waited for one file became that file; the others become links to it. */
  function settleWaiting(): void {
    for (const [target, links] of waiting) {
      const [first, ...others] = links
      if (!adopted.has(target)) {
        for (const link of links) refuse(link.path, 'link-outside')
        continue
      }
      for (const other of others) {
        const { rawLinkTarget: _, ...link } = other
        const pointed = {
          ...link,
          linkTarget: first!.path,
          ...(first!.rawPath && { rawLinkTarget: first!.rawPath }),
        }
        perEntry(other.path, () => place(pointed, keyOf(other)))
      }
    }
  }

  function content(chunk: Uint8Array): void {
    written += chunk.byteLength
    if (written > context.budgetBytes) {
      throw new EverstowError('disk-full', { data: { path: context.into, freeBytes: context.budgetBytes } })
    }
    writeAll(files, open!.fd, chunk)
  }

  function endEntry(): void {
    const { fd, entry: done } = open!
    open = undefined
    perEntry(done.path, () => {
      setOnFile(files, fd, done, owner)
      return true
    })
    files.closeSync(fd)
    items++
    bytes += done.sizeBytes
  }

  function finish(): Extracted {
    settleWaiting()
    let links = 0
    for (const [key, link] of symlinks) if (perEntry(link.path, () => makeSymlink(link, key))) links++
    const present = new Map([...metadata].filter(([key]) => made.has(key)))
    for (const [key, folder] of present) {
      perEntry(shown(key), () => {
        // Its owner must still be able to move things about; what closes a folder is set after placing.
        setOnPath(
          files,
          onDisk(tree, key),
          { ...folder, mode: permissions(folder.mode, owner) | 0o700 },
          owner,
        )
        return true
      })
    }
    return { items: items + links, bytes, links, directories: made.size - 1, metadata: present }
  }

  function makeSymlink(link: ArchiveEntry, key: PathKey): boolean {
    const path = onDisk(tree, key)
    const target = link.rawLinkTarget ? Buffer.from(link.rawLinkTarget) : link.linkTarget!
    try {
      files.symlinkSync(target, path)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      if (!dropEarlier(key)) return collide(link.path, key)
      files.symlinkSync(target, path)
    }
    setOnLink(files, path, link, owner)
    return true
  }

  function abandon(): void {
    if (open) files.closeSync(open.fd)
    open = undefined
  }

  return {
    entry,
    content,
    endEntry,
    refused: (item) => {
      if (selection.choose({ path: item.path, kind: 'file' }) === 'take') addRefused(tally, item)
    },
    waiting,
    adopt,
    finish,
    abandon,
  }
}
