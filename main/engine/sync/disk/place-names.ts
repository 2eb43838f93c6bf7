import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  LINK_FOLLOWS,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from '../../env/node/sync-files.ts'
import { WorldMoved } from '../ports.ts'
import { ifThere, isNoLink } from './system-errors.ts'

const COPY_BYTES = 1 << 20

/**
 * Gives something at `from` the name `to`, never over anything. A file gets a second name first, then loses the first one: the system refuses a name that is taken.
 * A folder cannot have two names, and Node.js has no renaming that refuses: what is there is looked for, then it is renamed. If somebody makes something there between
 * the two, a file or a folder with something in it makes the renaming fail; an empty folder is replaced, which loses nothing.
 */
export function moveName(from: string, to: string): void {
  const stats = lstatSync(from, { bigint: true })
  // Elsewhere a second name of a link is a name of what it leads to: the moment between look and renaming stays.
  if (stats.isDirectory() || (stats.isSymbolicLink() && LINK_FOLLOWS)) {
    renameToFree(from, to)
    return
  }
  try {
    linkSync(from, to)
  } catch (error) {
    if (!isNoLink(error)) throw error
    if (!stats.isSymbolicLink()) copyToFree(from, to)
    else {
      renameToFree(from, to)
      return
    }
  }
  unlinkSync(from)
}

export function renameToFree(from: string, to: string): void {
  if (ifThere(() => lstatSync(to))) throw new WorldMoved('the name is taken')
  renameSync(from, to)
}

/** For volumes without second names (FAT). The copy is a new thing to the system; by its path it is known again. */
function copyToFree(from: string, to: string): void {
  const source = openSync(from, 'r')
  try {
    const before = fstatSync(source, { bigint: true })
    const target = openSync(to, 'wx', 0o600)
    try {
      copyBytes(source, target)
      const { ctimeNs, size } = fstatSync(source, { bigint: true })
      if (ctimeNs !== before.ctimeNs || size !== before.size)
        throw new WorldMoved('it changed while it was placed')
      fchmodSync(target, Number(before.mode & 0o777n))
      futimesSync(target, new Date(Number(before.atimeMs)), new Date(Number(before.mtimeMs)))
      fsyncSync(target)
      expectEqual(source, to)
    } catch (error) {
      unlinkSync(to)
      throw error
    } finally {
      closeSync(target)
    }
  } finally {
    closeSync(source)
  }
}

function copyBytes(source: number, target: number): void {
  const buffer = Buffer.allocUnsafe(COPY_BYTES)
  for (let at = 0; ; ) {
    const count = readSync(source, buffer, 0, buffer.length, at)
    if (count === 0) return
    for (let done = 0; done < count; ) done += writeSync(target, buffer, done, count - done)
    at += count
  }
}

function expectEqual(source: number, path: string): void {
  const copy = openSync(path, 'r')
  try {
    const [one, other] = [Buffer.allocUnsafe(COPY_BYTES), Buffer.allocUnsafe(COPY_BYTES)]
    for (let at = 0; ; ) {
      const count = readSync(source, one, 0, one.length, at)
      if (
        readSync(copy, other, 0, other.length, at) !== count ||
        one.compare(other, 0, count, 0, count) !== 0
      )
        throw new WorldMoved('its copy is another')
      if (count === 0) return
      at += count
    }
  } finally {
    closeSync(copy)
  }
}
