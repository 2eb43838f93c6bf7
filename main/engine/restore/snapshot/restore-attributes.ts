import { bytesOf, keyOfBytes, type PathKey } from '../path-key.ts'
import { type SyncFiles, writeAll } from '../sync-files.ts'
import type { LateEntry } from './late-entries.ts'
import { runTool } from './run-tool.ts'

/** Gathers extended attributes and sets them all at once. */
export interface AttributeDump {
  add(entry: Extract<LateEntry, { kind: 'attributes' }>): void
  /** Sets what was gathered below a folder; answers the paths of which attributes could not be set. */
  apply(tree: string): PathKey[]
  close(): void
}

/**
 * A dump as `getfattr --dump` writes it (getfattr(1), package attr), which `setfattr --restore` sets in one run: Node has no calls for
 * extended attributes. Values in base64; bytes of names outside of plain ASCII as `\ooo`.
 */
export function createAttributeDump(files: SyncFiles, path: string): AttributeDump {
  let fd: number | undefined
  const keys: PathKey[] = []

  return {
    add({ key, values }) {
      fd ??= files.openSync(path, 'w', 0o600)
      const lines = values.map(([name, value]) => `${quoted(Buffer.from(name, 'latin1'))}=0s${value}\n`)
      writeAll(files, fd, Buffer.from(`# file: ${quoted(bytesOf(key))}\n${lines.join('')}\n`, 'latin1'))
      keys.push(key)
    },
    apply(tree) {
      if (fd === undefined) return []
      const outcome = runTool('setfattr', ['-h', `--restore=${path}`], { cwd: tree })
      if (!outcome) return keys
      return outcome.ok ? [] : failedIn(outcome.complaint)
    },
    close() {
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
