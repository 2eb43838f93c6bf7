import type { BigIntStats } from '../../../env/node/sync-files.ts'
import { FLAG_HARD_LINK, NODE, type NodeType, type TreeCursor } from '../../../repository/format/tree.ts'

/**
 * A file that was changed so shortly before a scan began may have been changed again within the same tick of the file system's clock,
 * without a trace in its times: it is read once more the next time (git calls such entries racily clean).
 */
const RACY_MS = 2000

const PERMISSION_BITS = 0o7777

/**
 * Whether a file's content is certainly what it was when `before` was made, in a scan that began at `scanStartMs`. The change time is the
 * one that decides: programs can set the others back. `isSized`: the size is that of the content, too.
 */
export function isUntouchedFile(
  before: TreeCursor,
  stats: BigIntStats,
  scanStartMs: number,
  isSized = true,
): boolean {
  return (
    before.type === NODE.file &&
    (before.size === Number(stats.size) || !isSized) &&
    before.mtimeNs === stats.mtimeNs &&
    before.ctimeNs === stats.ctimeNs &&
    before.ino === stats.ino &&
    areAccessFactsSame(before, stats) &&
    !isRacy(stats, scanStartMs)
  )
}

/** Whether something was changed too shortly before the scan that began at `scanStartMs` for its times to tell later changes. */
export function isRacy(stats: BigIntStats, scanStartMs: number): boolean {
  return Number(stats.ctimeMs) >= scanStartMs - RACY_MS
}

/** Whether an entry says of a node what the system says now; of a file's content and a link's target nothing but their times. */
export function isSameNode(before: TreeCursor, stats: BigIntStats, type: NodeType): boolean {
  return (
    before.type === type &&
    before.ino === stats.ino &&
    before.dev === stats.dev &&
    before.mtimeNs === stats.mtimeNs &&
    before.ctimeNs === stats.ctimeNs &&
    (type === NODE.directory || ((before.flags & FLAG_HARD_LINK) !== 0) === stats.nlink > 1n) &&
    areAccessFactsSame(before, stats)
  )
}

function areAccessFactsSame(before: TreeCursor, stats: BigIntStats): boolean {
  return (
    before.mode === (Number(stats.mode) & PERMISSION_BITS) &&
    before.uid === Number(stats.uid) &&
    before.gid === Number(stats.gid)
  )
}
