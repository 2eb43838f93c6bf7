import { LINK_FOLLOWS } from '../../../env/node/sync-files.ts'
import { systemXattrs } from '../../../env/node/xattrs/system-xattrs.ts'
import { addFailed, addRefused, type Tally } from '../../tally.ts'
import { copyFile, NO_LINK_CODES } from '../../target/move.ts'
import { bytesOf, onDisk, type PathKey, shown } from '../../target/path-key.ts'
import { type EntryMetadata, permissions, setOnLink, setOnPath } from '../../target/set-metadata.ts'
import { codeOf, lookAt, type SyncFiles } from '../../target/sync-files.ts'
import { FILE_CODES } from '../windows/window-files.ts'
import type { LateEntries, LateEntry } from './late-entries.ts'
import { createAttributeSetter } from './restore-attributes.ts'
import { runTool } from './run-tool.ts'

export interface FinishContext {
  readonly files: SyncFiles
  readonly tree: string
  readonly owner: boolean
  readonly late: LateEntries
  readonly tally: Tally
  /** Where the list of extended attributes is gathered: a file beside the tree. */
  readonly attributesPath: string
}

type Fifo = EntryMetadata & { readonly key: PathKey; readonly first?: PathKey }

/** How many fifos one `mkfifo` makes. */
const FIFOS_AT_ONCE = 500

/**
 * Makes what comes last (links, pipes, devices), then sets attributes, then the modes and times of folders: changing an owner takes a file's
 * capabilities away, and a folder may be closed.
 */
export function finishTree(context: FinishContext): void {
  const { files, tree, owner, late, tally } = context
  const fifos: Fifo[] = []
  let haveAttributes = false
  for (const entry of late.read()) {
    if (entry.kind === 'fifo') fifos.push(entry)
    else if (entry.kind === 'attributes') haveAttributes = true
    else if (entry.kind !== 'folder') perEntry(entry, () => make(entry))
    if (fifos.length === FIFOS_AT_ONCE) makeFifos(fifos.splice(0))
  }
  makeFifos(fifos)
  if (haveAttributes) setAttributes()
  for (const entry of late.read())
    if (entry.kind === 'folder') perEntry(entry, () => setOnFolder(entry.key, entry))

  function setAttributes(): void {
    const setter = createAttributeSetter(files, tree, context.attributesPath, owner, systemXattrs())
    const fail = (key: PathKey): void => addFailed(tally, { path: shown(key), code: 'attributes' })
    try {
      for (const entry of late.read()) if (entry.kind === 'attributes' && !setter.set(entry)) fail(entry.key)
      setter.finish().forEach(fail)
    } finally {
      setter.close()
    }
  }

  function perEntry(entry: LateEntry, run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!FILE_CODES.has(codeOf(error))) throw error
      const code = codeOf(error)
      if (code === 'EEXIST') addRefused(tally, { path: shown(entry.key), reason: 'name-collision' })
      else addFailed(tally, { path: shown(entry.key), code })
      if (entry.kind === 'folder' || entry.kind === 'file') return
      tally.restored--
      if (entry.kind === 'symlink') tally.links--
      if (entry.kind === 'hardlink') tally.bytes -= entry.sizeBytes
    }
  }

  function make(entry: Exclude<LateEntry, { kind: 'folder' | 'fifo' | 'attributes' }>): void {
    const path = onDisk(tree, entry.key)
    if ('first' in entry && entry.kind !== 'hardlink' && isLinked(entry, entry.first)) return
    if (entry.kind === 'file') {
      setOnPath(files, path, entry, owner)
    } else if (entry.kind === 'symlink') {
      files.symlinkSync(Buffer.from(entry.target, 'latin1'), path)
      setOnLink(files, path, entry, owner)
    } else if (entry.kind === 'hardlink') {
      linkOrCopy(onDisk(tree, entry.first), path)
    } else {
      makeDevice(entry)
    }
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

  /** Whether a link, pipe or device is there under one more name; where that cannot be had, it is made anew. */
  function isLinked({ kind, key }: Pick<LateEntry, 'kind' | 'key'>, first: PathKey | undefined): boolean {
    if (first === undefined || (kind === 'symlink' && LINK_FOLLOWS)) return false
    try {
      files.linkSync(onDisk(tree, first), onDisk(tree, key))
      return true
    } catch (error) {
      if (!FILE_CODES.has(codeOf(error)) && !NO_LINK_CODES.has(codeOf(error))) throw error
      return false
    }
  }

  /** `mkfifo` is not among Node's calls; the program takes names of any bytes from `xargs`. */
  function makeFifos(all: readonly Fifo[]): void {
    const list = all.filter(({ first }) => first === undefined)
    if (list.length > 0) makeNewFifos(list)
    const left = all.filter(
      (fifo) => fifo.first !== undefined && !isLinked({ ...fifo, kind: 'fifo' }, fifo.first),
    )
    if (left.length > 0) makeNewFifos(left)
  }

  function makeNewFifos(list: readonly Fifo[]): void {
    const input = Buffer.concat(list.flatMap(({ key }) => [DOT_SLASH, bytesOf(key), NUL]))
    const outcome = runTool('xargs', ['-0', 'mkfifo', '--'], { cwd: tree, input })
    for (const fifo of list) {
      const path = onDisk(tree, fifo.key)
      if (outcome && lookAt(files, path)?.isFIFO())
        perEntry({ ...fifo, kind: 'fifo' }, () => setOnPath(files, path, fifo, owner))
      else refuseDevice(fifo.key)
    }
  }

  function makeDevice(entry: Extract<LateEntry, { kind: 'character' | 'block' }>): void {
    const name = `./${entry.key}`
    const kind = entry.kind === 'block' ? 'b' : 'c'
    const numbers = [String(entry.major), String(entry.minor)]
    // Its arguments are text: a name that is not UTF-8 cannot be told to it.
    const isText = !entry.key.startsWith('\0')
    const made = isText ? runTool('mknod', [name, kind, ...numbers], { cwd: tree }) : undefined
    if (made?.ok) setOnPath(files, onDisk(tree, entry.key), entry, owner)
    else refuseDevice(entry.key)
  }

  function refuseDevice(key: PathKey): void {
    addRefused(tally, { path: shown(key), reason: 'device' })
    tally.restored--
  }

  /** Its owner must still be able to move things about in it; what closes a folder is set after placing. */
  function setOnFolder(key: PathKey, metadata: EntryMetadata): void {
    const mode = permissions(metadata.mode, owner) | 0o700
    setOnPath(files, onDisk(tree, key), { ...metadata, mode }, owner)
  }
}

const DOT_SLASH = Buffer.from('./')
const NUL = Buffer.from([0])
