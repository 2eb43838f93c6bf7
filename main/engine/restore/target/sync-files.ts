import type * as syncFiles from '../../env/node/sync-files.ts'

/** The synchronous file calls a restore makes; the real ones, or in tests ones that behave like another file system. */
export type SyncFiles = typeof syncFiles

/** The system's error code, empty where there is none. */
export function codeOf(error: unknown): string {
  return (error instanceof Error && (error as NodeJS.ErrnoException).code) || ''
}

/** `lstat` that answers undefined where nothing is. A path through a file counts as nothing. */
export function lookAt(files: SyncFiles, path: string | Buffer): syncFiles.BigIntStats | undefined {
  try {
    return files.lstatSync(path, { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR' || codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Writes all bytes; a plain write may take fewer. */
export function writeAll(files: SyncFiles, fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength; ) at += files.writeSync(fd, bytes, at, bytes.byteLength - at)
}

/**
 * Removes a folder with everything in it without following links. Folders that their owner may not change are opened up first, since a restore
 * may have given them such modes.
 */
export function removeTree(files: SyncFiles, folder: string | Buffer): void {
  const names = namesIn(files, folder)
  for (const entry of names) {
    const path = Buffer.concat([Buffer.from(folder), SLASH, entry.name])
    if (entry.isDirectory()) removeTree(files, path)
    else files.unlinkSync(path)
  }
  files.rmdirSync(folder)
}

function namesIn(files: SyncFiles, folder: string | Buffer) {
  const mode = lookAt(files, folder)?.mode
  if (mode !== undefined && (mode & 0o700n) !== 0o700n) files.chmodSync(folder, 0o700)
  return files.readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })
}

const SLASH = Buffer.from('/')
