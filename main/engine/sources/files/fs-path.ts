import { sep } from 'node:path'

/** A path as the system calls take it: text, or its bytes where a name on the way is not valid UTF-8. */
export type FsPath = string | Buffer

/** The path of `name` inside `folder`; bytes as soon as one of the two is bytes. */
export function joinPath(folder: FsPath, name: FsPath): FsPath {
  if (typeof folder === 'string' && typeof name === 'string')
    return folder.endsWith(sep) ? folder + name : folder + sep + name
  return Buffer.concat([Buffer.from(folder), Buffer.from(sep), Buffer.from(name)])
}

/** The path for people: bytes that are not UTF-8 show as U+FFFD. */
export function shownPath(path: FsPath): string {
  return typeof path === 'string' ? path : path.toString('utf8')
}

/** The system's code of an error (ENOENT, EACCES …), or `UNKNOWN`. */
export function systemCodeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : 'UNKNOWN'
}
