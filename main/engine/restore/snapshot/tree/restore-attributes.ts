import { isUtf8 } from 'node:buffer'
import { isXattrNameHere, type SystemXattrs } from '../../../env/node/xattrs/system-xattrs.ts'
import { bytesOf, keyOfBytes, onDisk, type PathKey } from '../../target/path-key.ts'
import { codeOf, lookAt, type SyncFiles, writeAll } from '../../target/sync-files.ts'
import type { LateEntry } from './late-entries.ts'
import { runTool } from './run-tool.ts'

export type AttributesOfEntry = Extract<LateEntry, { kind: 'attributes' }>

/** Sets extended attributes in a private tree. */
export interface AttributeSetter {
  /** False when not all could be set. What is told in the dump is not known yet. */
  set(entry: AttributesOfEntry): boolean
  /** Sets what the calls cannot express; answers the paths of which attributes could not be set. */
  finish(): PathKey[]
  close(): void
}

/**
 * Sets what belongs on this system. Without `owner` nothing of `security.` and `trusted.`, for the reason that setuid is not given back: a capability of the
 * file would be one of whoever restores it. Paths or names that are not UTF-8, and all where our native code is missing, go to `setfattr` through
 * a dump in `dumpPath`.
 */
export function createAttributeSetter(
  files: SyncFiles,
  tree: string,
  dumpPath: string,
  owner: boolean,
  calls: SystemXattrs | undefined,
): AttributeSetter {
  const dump = createDump(files, dumpPath)
  return {
    set({ kind, key, values }) {
      const wanted = values.filter(([name]) => isXattrNameHere(name) && (owner || !NEEDS_OWNER.test(name)))
      if (wanted.length === 0) return true
      const path = onDisk(tree, key)
      const isText = typeof path === 'string' && wanted.every(([name]) => isUtf8(Buffer.from(name, 'latin1')))
      if (calls && isText) return setAll(files, calls, path, wanted)
      dump.add({ kind, key, values: wanted })
      return true
    },
    finish: () => dump.apply(tree),
    close: dump.close,
  }
}

const NEEDS_OWNER = /^(security|trusted)\./

function setAll(
  files: SyncFiles,
  calls: SystemXattrs,
  path: string,
  values: AttributesOfEntry['values'],
): boolean {
  let isWhole = true
  let closedMode: number | undefined
  for (const [name, value] of values) {
    const set = (): void =>
      calls.set(path, Buffer.from(name, 'latin1').toString('utf8'), Buffer.from(value, 'base64'))
    try {
      try {
        set()
      } catch (error) {
        // A file that its owner may not write keeps attributes from being set, too, until it may be written for a moment.
        if (codeOf(error) !== 'EACCES' || closedMode !== undefined) throw error
        closedMode = openUp(files, path)
        if (closedMode === undefined) throw error
        set()
      }
    } catch (error) {
      // It was not restored, and is in the report for that.
      if (codeOf(error) === 'ENOENT') return true
      isWhole = false
    }
  }
  if (closedMode !== undefined) files.chmodSync(path, closedMode)
  return isWhole
}

/** Lets the owner write a file; answers the mode it had, or `undefined` when that is not what was in the way. */
function openUp(files: SyncFiles, path: string): number | undefined {
  const there = lookAt(files, path)
  if (!there?.isFile()) return undefined
  const mode = Number(there.mode) & 0o7777
  if (mode & 0o200) return undefined
  files.chmodSync(path, mode | 0o200)
  return mode
}

/**
 * A dump as `getfattr --dump` writes it (getfattr(1), package attr), which `setfattr --restore` sets in one run. Values in base64; bytes of
 * names outside of plain ASCII as `\ooo`.
 */
function createDump(files: SyncFiles, path: string) {
  let fd: number | undefined
  const keys: PathKey[] = []

  return {
    add({ key, values }: AttributesOfEntry): void {
      fd ??= files.openSync(path, 'w', 0o600)
      const lines = values.map(([name, value]) => `${quoted(Buffer.from(name, 'latin1'))}=0s${value}\n`)
      writeAll(files, fd, Buffer.from(`# file: ${quoted(bytesOf(key))}\n${lines.join('')}\n`, 'latin1'))
      keys.push(key)
    },
    apply(tree: string): PathKey[] {
      if (fd === undefined) return []
      const outcome = runTool('setfattr', ['-h', `--restore=${path}`], { cwd: tree })
      if (!outcome) return keys
      if (outcome.ok) return []
      const named = failedIn(outcome.complaint)
      return named.length > 0 ? named : keys
    },
    close(): void {
      if (fd !== undefined) files.closeSync(fd)
    },
  }
}

/** The paths in complaints of the form `setfattr: path: why`. */
function failedIn(complaint: string): PathKey[] {
  const lines = complaint.split('\n').filter((line) => line.startsWith('setfattr: '))
  return [...new Set(lines.map((line) => keyOfBytes(Buffer.from(line.split(': ')[1] ?? '', 'utf8'))))]
}

function quoted(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x5c && byte !== 0x3d
    text += isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`
  }
  return text
}
