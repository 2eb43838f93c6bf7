import type { FsPath } from '../sources/files/fs-path.ts'

const WINDOWS_REFUSES =
  /[<>:"|?*\\\p{Cc}]|[. ]$|^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])[ ]*(\.|$)/iu
/** What Linux, macOS and Windows take for one name, in bytes or in UTF-16 units. */
const LONGEST = 255

/** Whether a system can give a file this name just as it is. */
export function fitsHere(name: FsPath, platform: NodeJS.Platform): boolean {
  if (typeof name !== 'string') return platform !== 'win32' && platform !== 'darwin' && name.length <= LONGEST
  if (platform === 'win32') return name.length <= LONGEST && !WINDOWS_REFUSES.test(name)
  return Buffer.byteLength(name) <= LONGEST
}
