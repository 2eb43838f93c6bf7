import { EverstowError } from '../../model/errors.ts'
import type { ArchiveEntry } from '../entry.ts'
import { checkEntryPath, type RefusedEntry, type RefusedReason } from './entry-path.ts'
import { type PaxRecords, readGlobalPaxRecords, readPaxRecords } from './pax-records.ts'
import { damagedArchive, defaultReadLimits, hostileArchive, type ReadLimits } from './read-limits.ts'
import { BLOCK_BYTES, readTarHeader, type TarHeader } from './tar-header.ts'

/** Who listens to a tar being read. All calls are synchronous: a small file costs no turn of the event loop. */
export interface TarHandler {
  /** Every entry in order. Answer false to have a file's content passed over. */
  entry(entry: ArchiveEntry): boolean
  /** The next bytes of the file just announced: a view, only valid during the call. */
  content(bytes: Uint8Array): void
  /** The file just announced is complete. Called for every file whose `entry` answered true, empty ones as well. */
  endEntry(): void
  /** Something that is not given as an entry; its content is passed over. */
  refused(item: RefusedEntry): void
}

/** Reads a tar that is pushed into it piece by piece. After an error it must not be used again. */
export interface TarParser {
  write(chunk: Uint8Array): void
  /** The input is over; fails with `archive-damaged` when the tar is not. */
  end(): void
}

/**
 * header: the next block is a header. gather: collecting a pax header or long name. content, skip: inside a file's bytes. sparse: inside the hole
 * map of a file we refuse. zeros: one block of zeros seen. done: both seen, only zeros may follow.
 */
type State = 'header' | 'gather' | 'content' | 'skip' | 'sparse' | 'zeros' | 'done'

/** What the headers before an entry say about it. */
interface Announced {
  pax?: PaxRecords
  longName?: Buffer
  longLink?: Buffer
  /** Where the first of these headers starts. */
  tarOffset: number
}

/** A tar parser of the v7, ustar, pax and GNU formats that trusts nothing (POSIX 1003.1-2017 `pax`; GNU tar manual, "Basic Tar Format"). */
export function createTarParser(handler: TarHandler, someLimits: Partial<ReadLimits> = {}): TarParser {
  const limits = { ...defaultReadLimits, ...someLimits }
  const globals: PaxRecords = {}
  let state: State = 'header'
  let offset = 0
  let announced: Announced | undefined
  /** A block or gathered body that began in an earlier chunk. */
  let partial: Buffer[] = []
  let partialBytes = 0
  /** Bytes of content, and of the padding behind it, still to come. */
  let contentLeft = 0
  let paddingLeft = 0
  let gatherType = ''
  let gatherBytes = 0
  let sparsePath = ''

  /** The next `bytes` of the chunk joined with what came before, or undefined when more input is needed. */
  function take(chunk: Buffer, at: number, bytes: number): { taken: Buffer; next: number } | undefined {
    const wanted = bytes - partialBytes
    if (chunk.length - at < wanted) {
      partial.push(chunk.subarray(at))
      partialBytes += chunk.length - at
      return undefined
    }
    const piece = chunk.subarray(at, at + wanted)
    const taken = partialBytes === 0 ? piece : Buffer.concat([...partial, piece], bytes)
    partial = []
    partialBytes = 0
    return { taken, next: at + wanted }
  }

  function write(input: Uint8Array): void {
    const chunk = Buffer.from(input.buffer, input.byteOffset, input.byteLength)
    let at = 0
    while (at < chunk.length) {
      if (state === 'content' || state === 'skip') {
        at = passContent(chunk, at)
        continue
      }
      const step = take(chunk, at, state === 'gather' ? padded(gatherBytes) : BLOCK_BYTES)
      if (!step) return
      at = step.next
      const blockOffset = offset
      offset += step.taken.length
      if (state === 'gather') applyGathered(step.taken.subarray(0, gatherBytes), blockOffset)
      else if (state === 'sparse') continueSparse(step.taken)
      else readBlock(step.taken, blockOffset)
    }
  }

  function passContent(chunk: Buffer, from: number): number {
    let at = from
    const bytes = Math.min(contentLeft, chunk.length - at)
    if (bytes > 0) {
      if (state === 'content') handler.content(chunk.subarray(at, at + bytes))
      contentLeft -= bytes
      at += bytes
    }
    if (contentLeft === 0) {
      const pad = Math.min(paddingLeft, chunk.length - at)
      paddingLeft -= pad
      at += pad
      if (paddingLeft === 0) {
        if (state === 'content') handler.endEntry()
        state = 'header'
      }
    }
    offset += at - from
    return at
  }

  function readBlock(block: Buffer, blockOffset: number): void {
    if (isZero(block)) {
      if (announced) throw damagedArchive('header-without-entry', blockOffset)
      if (state === 'header') state = 'zeros'
      else state = 'done'
      return
    }
    if (state !== 'header') throw damagedArchive('data-after-end', blockOffset)
    const header = readTarHeader(block, blockOffset)
    if (header.type === 'x' || header.type === 'g' || header.type === 'L' || header.type === 'K') {
      gather(header, blockOffset)
    } else {
      const before = announced ?? { tarOffset: blockOffset }
      announced = undefined
      announce(header, before)
    }
  }

  function gather(header: TarHeader, blockOffset: number): void {
    if (header.sizeBytes > limits.maxHeaderBytes) throw hostileArchive('header-too-large', blockOffset)
    gatherType = header.type
    gatherBytes = header.sizeBytes
    if (gatherType !== 'g') announced ??= { tarOffset: blockOffset }
    if (gatherBytes === 0) applyGathered(Buffer.alloc(0), blockOffset)
    else state = 'gather'
  }

  function applyGathered(body: Buffer, blockOffset: number): void {
    state = 'header'
    // `announced` exists for all but `g`: `gather` made it.
    if (gatherType === 'g') readGlobalPaxRecords(body, blockOffset, globals)
    else if (gatherType === 'x') announced!.pax = readPaxRecords(Buffer.from(body), blockOffset)
    else if (gatherType === 'L') announced!.longName = upToNul(body)
    else announced!.longLink = upToNul(body)
  }

  function announce(header: TarHeader, before: Announced): void {
    const pax = before.pax ? { ...globals, ...before.pax } : globals
    const sizeBytes = pax.sizeBytes ?? header.sizeBytes
    const nameBytes = pax.path ?? before.longName ?? header.name
    const name = checkEntryPath(nameBytes, limits.maxPathBytes)
    const kind = kindOf(header.type, nameBytes, sizeBytes)
    // Only files and kinds we do not know have content; a size in the header of a link, folder or device means nothing (GNU, BSD and Python agree).
    contentLeft = kind === 'file' || kind === 'unknown-kind' || kind === 'sparse' ? sizeBytes : 0
    paddingLeft = padded(contentLeft) - contentLeft
    if (offset + contentLeft > limits.maxTarBytes) {
      throw new EverstowError('archive-too-large', {
        data: { path: name.path, limitBytes: limits.maxTarBytes },
      })
    }
    if (kind === 'sparse' || pax.sparse) {
      refuseSparse(header, name.path)
    } else if (!name.ok) {
      pass(name.reason === 'root' ? undefined : { path: name.path, reason: name.reason })
    } else if (kind === 'unknown-kind' || kind === 'device') {
      pass({ path: name.path, reason: kind })
    } else {
      const link = kind === 'symlink' || kind === 'hardlink' ? linkOf(kind, header, before, pax) : {}
      if ('reason' in link) pass({ path: name.path, reason: link.reason })
      else give(header, { ...name, ...link, kind }, before, pax)
    }
  }

  function give(
    header: TarHeader,
    what: Pick<ArchiveEntry, 'path' | 'rawPath' | 'kind' | 'linkTarget' | 'rawLinkTarget'>,
    before: Announced,
    pax: PaxRecords,
  ): void {
    const wanted = handler.entry({
      path: what.path,
      ...(what.rawPath && { rawPath: what.rawPath }),
      kind: what.kind,
      sizeBytes: contentLeft,
      mode: header.mode,
      mtimeNs: pax.mtimeNs ?? header.mtimeSeconds * 1_000_000_000n,
      uid: pax.uid ?? header.uid,
      gid: pax.gid ?? header.gid,
      userName: pax.userName ?? header.userName,
      groupName: pax.groupName ?? header.groupName,
      ...(what.linkTarget !== undefined && { linkTarget: what.linkTarget }),
      ...(what.rawLinkTarget && { rawLinkTarget: what.rawLinkTarget }),
      tarOffset: before.tarOffset,
      dataOffset: offset,
    })
    if (what.kind !== 'file') return
    if (contentLeft > 0) state = wanted ? 'content' : 'skip'
    else if (wanted) handler.endEntry()
  }

  function pass(item: RefusedEntry | undefined): void {
    if (item) handler.refused(item)
    if (contentLeft > 0) state = 'skip'
  }

  function refuseSparse(header: TarHeader, path: string): void {
    if (header.type === 'S' && header.sparseContinues) {
      sparsePath = path
      state = 'sparse'
      return
    }
    pass({ path, reason: 'sparse' })
  }

  /** Continuation blocks of the old GNU hole map come before the content; byte 504 says whether another follows. */
  function continueSparse(block: Buffer): void {
    if (block[504] !== 0) return
    state = 'header'
    pass({ path: sparsePath, reason: 'sparse' })
  }

  function linkOf(
    kind: 'symlink' | 'hardlink',
    header: TarHeader,
    before: Announced,
    pax: PaxRecords,
  ): Pick<ArchiveEntry, 'linkTarget' | 'rawLinkTarget'> | { readonly reason: RefusedReason } {
    const target = pax.linkTarget ?? before.longLink ?? header.linkName
    if (kind === 'hardlink') {
      const checked = checkEntryPath(target, limits.maxPathBytes)
      if (!checked.ok) return { reason: 'link-outside' }
      return { linkTarget: checked.path, ...(checked.rawPath && { rawLinkTarget: checked.rawPath }) }
    }
    // Where a symlink points is the person's own affair and is kept as it is; see the rules about writing in `restore`.
    if (target.length === 0) return { reason: 'empty-name' }
    if (target.length > limits.maxPathBytes) return { reason: 'name-too-long' }
    if (target.includes(0)) return { reason: 'nul-in-name' }
    const text = target.toString('utf8')
    return text.includes('\ufffd')
      ? { linkTarget: text, rawLinkTarget: Buffer.from(target) }
      : { linkTarget: text }
  }

  function end(): void {
    if (state !== 'done' || partialBytes > 0) throw damagedArchive('tar-truncated', offset + partialBytes)
  }

  return { write, end }
}

type Kind = ArchiveEntry['kind'] | 'device' | 'sparse' | 'unknown-kind'

/** Type flags of POSIX and GNU. Old writers mark a folder only by the slash at the end of its name. */
function kindOf(type: string, name: Buffer, sizeBytes: number): Kind {
  switch (type) {
    case '0':
    case '7':
      if (name.at(-1) !== 0x2f) return 'file'
      // A "folder" with content is read as a file by some and as a folder by others; better not at all.
      return sizeBytes === 0 ? 'directory' : 'unknown-kind'
    case '1':
      return 'hardlink'
    case '2':
      return 'symlink'
    case '3':
    case '4':
    case '6':
      return 'device'
    case '5':
      return 'directory'
    case 'S':
      return 'sparse'
    default:
      return 'unknown-kind'
  }
}

function padded(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES
}

function isZero(block: Buffer): boolean {
  return block[0] === 0 && block.equals(ZERO_BLOCK)
}

const ZERO_BLOCK = Buffer.alloc(BLOCK_BYTES)

function upToNul(body: Buffer): Buffer {
  const nul = body.indexOf(0)
  return Buffer.from(nul < 0 ? body : body.subarray(0, nul))
}
