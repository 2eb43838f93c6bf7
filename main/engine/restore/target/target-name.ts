import { sep } from 'node:path'
import type { RefusedReason } from '../../archive/read/entry-path.ts'
import { bytesOf, keyOfBytes, type PathKey } from './path-key.ts'

export type NameRules = 'posix' | 'windows'

/** The rules of the system we run on. */
export const systemNameRules: NameRules = sep === '\\' ? 'windows' : 'posix'

/** Names of our own staging folders. An archive that brings one could otherwise speak to the clean-up of a later restore. */
export const STAGING_NAME = /^\.everstow-restore-[0-9a-f]{16}$/

/** Linux takes 4,096 bytes with the final NUL; the others take less or say so themselves. */
const MAX_DISK_PATH_BYTES = 4_095

/** Why a path of an archive cannot be written below `root` on this kind of system, or undefined when it can. */
export function refusalOf(key: PathKey, root: string, rules: NameRules): RefusedReason | undefined {
  if (key.includes('.everstow-restore-') && key.split('/').some((name) => STAGING_NAME.test(name))) {
    return 'reserved-name'
  }
  if (root.length + 1 + key.length > MAX_DISK_PATH_BYTES / 3) {
    if (Buffer.byteLength(root) + 1 + bytesOf(key).length > MAX_DISK_PATH_BYTES) return 'name-too-long'
  }
  if (rules === 'windows' && (key.startsWith('\0') || key.split('/').some(isUnportable)))
    return 'unportable-name'
  return undefined
}

/**
 * What Windows would take for something else: drives and streams (`:`), separators (`\`), wildcards, control characters, device names, and
 * names that lose their last dot or space (Microsoft, "Naming Files, Paths, and Namespaces").
 */
function isUnportable(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is looked for.
  return /[<>:"\\|?*\u0000-\u001f]|[. ]$/.test(name) || DEVICE_NAME.test(name)
}

const DEVICE_NAME = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\s*\..*)?$/i

/** `report.txt` → `report (restored 2026-11-21).txt`, then `… 2`, `… 3`. */
export function restoredName(name: Buffer, date: string, attempt: number): Buffer {
  return markedName(name, attempt === 1 ? `restored ${date}` : `restored ${date} ${attempt}`)
}

/** `report.txt` → `report (mark).txt`; shortened so that it stays a legal name. */
export function markedName(name: Buffer, text: string): Buffer {
  const mark = ` (${text})`
  const dot = name.lastIndexOf(0x2e)
  const hasExtension = dot > 0 && name.length - dot <= 16
  const extension = hasExtension ? name.subarray(dot) : Buffer.alloc(0)
  let stem = hasExtension ? name.subarray(0, dot) : name
  const room = 255 - mark.length - extension.length
  if (stem.length > room) {
    let end = room
    // Never cut inside a character: UTF-8 continuation bytes are 10xxxxxx.
    while (end > 0 && (stem[end]! & 0xc0) === 0x80) end--
    stem = stem.subarray(0, end)
  }
  return Buffer.concat([stem, Buffer.from(mark), extension])
}

/** The key with its last segment exchanged. */
export function withName(key: PathKey, name: Buffer): PathKey {
  const bytes = bytesOf(key)
  return keyOfBytes(Buffer.concat([bytes.subarray(0, bytes.lastIndexOf(0x2f) + 1), name]))
}

/** The local day of a moment: `2026-11-21`. */
export function dateOf(nowMs: number): string {
  const at = new Date(nowMs)
  return [at.getFullYear(), twoDigits(at.getMonth() + 1), twoDigits(at.getDate())].join('-')
}

/** A free name for the folder that keeps what a restore replaces: `.everstow-replaced-20261121_153000`, then `…_2`. */
export function replacedFolderName(nowMs: number, taken: (name: string) => boolean): string {
  const at = new Date(nowMs)
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join('')
  const name = `.everstow-replaced-${dateOf(nowMs).replaceAll('-', '')}_${time}`
  for (let attempt = 1; ; attempt++) {
    const candidate = attempt === 1 ? name : `${name}_${attempt}`
    if (!taken(candidate)) return candidate
  }
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
