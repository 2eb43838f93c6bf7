import { isAbsolute, relative, sep } from 'node:path'

/** Whether an absolute path is a folder itself or lies below it, as the system writes paths. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}
