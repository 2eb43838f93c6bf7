import type { FileStat, Files } from './files.ts'

/**
 * Reads a small file that is always replaced as a whole, and reads it again only when it is another one: a replaced file has another number, and one that was
 * edited by hand another time. `undefined` where there is none.
 */
export function rememberedFile<T>(
  files: Files,
  path: string,
  parse: (text: string) => T,
  admit: (stat: FileStat) => void = () => {},
): () => Promise<T | undefined> {
  let last: { readonly mark: string; readonly value: T } | undefined
  return async () => {
    const stat = await files.stat(path)
    if (!stat) return undefined
    admit(stat)
    const mark = `${stat.dev} ${stat.ino} ${stat.sizeBytes} ${stat.mtimeMs}`
    if (last?.mark !== mark) last = { mark, value: parse(await files.readText(path)) }
    return last.value
  }
}
