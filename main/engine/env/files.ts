import type { Readable } from 'node:stream'

/** What the engine asks of the file system outside of its hot loops. Paths are absolute. System errors keep their `code`. */
export interface Files {
  readFile(path: string): Promise<Uint8Array>
  readText(path: string): Promise<string>
  /**
   * Replaces a file as a whole and durably: temporary file beside it, or in the folder `temporaryIn` of the same volume, fsync, rename, fsync of the folder.
   * After a crash either the old or the new content is there, never a part. Without `mode` an existing file keeps its own.
   * What a killed process leaves is named `.<name>.tmp-<hex>`. With `mayBeLost` nothing is flushed: a loss of power may leave the file absent, cut or empty.
   */
  writeAtomic(path: string, data: string | Uint8Array, options?: WriteOptions): Promise<void>
  /** Reads from a position until the buffer is full or the file ends; the number of bytes read. */
  readInto(path: string, into: Uint8Array, position: number): Promise<number>
  /** Reads bytes [start, end) of a file (all of it by default). */
  openRead(path: string, range?: { readonly start: number; readonly end: number }): Readable
  /** Follows links. `undefined` when nothing is there. */
  stat(path: string): Promise<FileStat | undefined>
  /** Does not follow links. `undefined` when nothing is there. */
  lstat(path: string): Promise<FileStat | undefined>
  /** Names in a folder, sorted. */
  list(path: string): Promise<string[]>
  /** As `list`, with what each is, links not followed. Of a large folder this costs far less than a look at each. */
  listKinds(path: string): Promise<readonly Listed[]>
  /** Makes a folder and its parents, durably; mode applies to what is made. No error where the folder is. */
  mkdir(path: string, options?: { readonly mode?: number }): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Creates `to` as a second name of `from`; fails with EEXIST where something is there. */
  link(from: string, to: string): Promise<void>
  /** Removes a file; no error when it is not there. */
  remove(path: string): Promise<void>
  removeTree(path: string): Promise<void>
  /** The file was changed now, for whoever looks at times. */
  touch(path: string): Promise<void>
  /** Flushes a folder's entries to the disk. */
  syncDir(path: string): Promise<void>
  /** The path without links; fails where it does not exist. */
  realPath(path: string): Promise<string>
  /** Free and total bytes of the volume that holds `path`. */
  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>
}

export interface WriteOptions {
  readonly mode?: number
  readonly temporaryIn?: string
  readonly mayBeLost?: boolean
}

export interface Listed {
  readonly name: string
  readonly kind: FileStat['kind']
}

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
  readonly sizeBytes: number
  readonly mtimeMs: number
  /** Permission bits only. */
  readonly mode: number
  readonly ino: number
  readonly dev: number
}
