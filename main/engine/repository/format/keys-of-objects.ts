/** Keys of the objects of a destination, under its prefix (docs/format/repository.md, section 1). */

export const REPO_JSON_KEY = 'repo.json'

const DIGITS_OF_POSITION = 12

/** `data/<aa>/<packId>.<b>` */
export function packKey(packId: string, b: number): string {
  return `data/${packId.slice(0, 2)}/${packId}.${b}`
}

/** `index/<segId>.<b>` */
export function indexKey(segId: string, b: number): string {
  return `index/${segId}.${b}`
}

/** `find/<segId>.<b>` */
export function finderKey(segId: string, b: number): string {
  return `find/${segId}.${b}`
}

/** `snap/<snapId>.<b>` */
export function snapKey(snapId: string, b: number): string {
  return `snap/${snapId}.${b}`
}

/** `list/<listId>.<b>` */
export function listKey(listId: string, b: number): string {
  return `list/${listId}.${b}`
}

/** `log/<n>` */
export function logKey(pos: number): string {
  return `log/${positionName(pos)}`
}

/** `ckpt/<n>` */
export function ckptKey(pos: number): string {
  return `ckpt/${positionName(pos)}`
}

/** `keys/<slotId>` */
export function slotKey(slotId: string): string {
  return `keys/${slotId}`
}

/** `invites/<slotId>`, and beside it what says that it was used. */
export function inviteKey(slotId: string): string {
  return `invites/${slotId}`
}

/** `invites/<slotId>.spent` */
export function spentKey(slotId: string): string {
  return `${inviteKey(slotId)}.spent`
}

function positionName(pos: number): string {
  return String(pos).padStart(DIGITS_OF_POSITION, '0')
}

/** What a key of a destination names. */
export type ObjectName =
  | { readonly type: 'repo' }
  | { readonly type: 'slot'; readonly id: string }
  | { readonly type: 'log' | 'ckpt'; readonly pos: number }
  | { readonly type: 'pack' | 'index' | 'find' | 'snap' | 'list'; readonly id: string; readonly b: number }

const SESSION_OBJECT = /^(index|find|snap|list|data\/([0-9a-f]{2}))\/([0-9a-f]{64})\.(0|[1-9][0-9]{0,11})$/
const NUMBERED_OBJECT = /^(log|ckpt)\/([0-9]{12})$/
const SLOT = /^keys\/([0-9a-f]{16})$/

/** The object that a key names, or undefined for anything that the format does not know: that is never deleted. */
export function parseObjectKey(key: string): ObjectName | undefined {
  if (key === REPO_JSON_KEY) return { type: 'repo' }
  const numbered = NUMBERED_OBJECT.exec(key)
  if (numbered) return { type: numbered[1] as 'log' | 'ckpt', pos: Number(numbered[2]) }
  const slot = SLOT.exec(key)
  if (slot) return { type: 'slot', id: slot[1]! }
  const session = SESSION_OBJECT.exec(key)
  if (!session) return undefined
  const [, folder, aa, id, b] = session
  if (aa === undefined) return { type: folder as 'index' | 'find' | 'snap' | 'list', id: id!, b: Number(b) }
  return id!.startsWith(aa) ? { type: 'pack', id: id!, b: Number(b) } : undefined
}
