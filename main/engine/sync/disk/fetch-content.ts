import { flushFile } from '../../env/node/open-files.ts'
import {
  closeSync,
  fchmodSync,
  futimesSync,
  lutimesSync,
  openSync,
  symlinkSync,
  unlinkSync,
} from '../../env/node/sync-files.ts'
import { EverstowError } from '../../model/errors.ts'
import { isLinkContent, isRunContent, LINK, withoutMode } from '../content-text.ts'
import type { Contents, Fetch } from '../ports.ts'
import { LONGEST_TARGET_BYTES } from './read-content.ts'
import { isSystemError } from './system-errors.ts'
import type { Volume } from './volume.ts'

/** A file that was written and is not durable yet. */
export interface WrittenFile {
  readonly path: string
  readonly fd: number
}

/** Writes a content into a new file, with its time and the right to run it. */
export async function writeFile(
  path: string,
  { content, mtimeMs }: Pick<Fetch, 'content' | 'mtimeMs'>,
  contents: Pick<Contents, 'write'>,
  { hasModes, fileMode }: Volume,
): Promise<WrittenFile> {
  const isRun = isRunContent(content)
  const fd = openSync(path, 'wx', 0o600)
  try {
    await contents.write(withoutMode(content), fd)
    if (hasModes) fchmodSync(fd, isRun ? fileMode | ((fileMode & 0o444) >> 2) : fileMode)
    const time = timeOf(mtimeMs)
    if (time) ifPossible(() => futimesSync(fd, time, time))
    return { path, fd }
  } catch (error) {
    remove({ path, fd })
    throw error
  }
}

/** Makes a written file durable and closes it. */
export async function finishFile(file: WrittenFile): Promise<void> {
  try {
    await flushFile(file.fd)
  } catch (error) {
    remove(file)
    throw error
  }
  closeSync(file.fd)
}

/** A part of it would keep what is smaller from a disk that is nearly full. */
function remove({ path, fd }: WrittenFile): void {
  closeSync(fd)
  unlinkSync(path)
}

/** Makes a link. `not-supported` where this system does not let this person make one, or nobody could. */
export function fetchLink(path: string, content: string, mtimeMs: number): void {
  const target = content.slice(LINK.length)
  const isSound = target !== '' && !target.includes('\0') && Buffer.byteLength(target) <= LONGEST_TARGET_BYTES
  if (!isLinkContent(content) || !isSound)
    throw new EverstowError('data-damaged', { data: { content: LINK } })
  try {
    symlinkSync(target, path)
  } catch (error) {
    if (!isSystemError(error, 'EPERM')) throw error
    throw new EverstowError('not-supported', { data: { reason: 'link' }, cause: error })
  }
  const time = timeOf(mtimeMs)
  if (time) ifPossible(() => lutimesSync(path, time, time))
}

/** As a date: a negative number would be taken for the present. */
function timeOf(ms: number): Date | undefined {
  const time = new Date(Math.round(ms))
  return Number.isNaN(time.getTime()) ? undefined : time
}

/** A time that the volume cannot hold is no reason to go without the file. */
function ifPossible(act: () => void): void {
  try {
    act()
  } catch {
    // It keeps the time at which it was written.
  }
}
