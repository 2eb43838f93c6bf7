import type { BigIntStats } from '../../env/node/sync-files.ts'
import type { Look, NodeKind } from '../nodes.ts'
import type { Volume } from './volume.ts'

/** What was changed less long ago than this may change again without a trace in its times, where these tick seldom; and somebody may be at it still. */
export const QUIET_MS = 2000
/** As above, where times tick many times a second. */
export const FINE_QUIET_MS = 1000

/** What the times and numbers of a file say. */
export interface Looks {
  kindOf(stats: BigIntStats): NodeKind | undefined
  keyOf(stats: BigIntStats): string
  /** Changed a moment ago: its stamp says nothing. */
  isYoung(stats: BigIntStats): boolean
  /** `undefined` for what is never synced: another volume's, pipes, sockets, devices. */
  lookOf(stats: BigIntStats): Look | undefined
  /** Size and times, whether young or not. */
  stampOf(stats: BigIntStats): string
}

export function createLooks(volume: Volume, quietMs: number): Looks {
  const quietNs = BigInt(Math.round(quietMs * 1e6))
  let young = 0
  const kindOf = (stats: BigIntStats): NodeKind | undefined => {
    if (stats.dev !== volume.device) return undefined
    if (stats.isFile()) return 'file'
    if (stats.isDirectory()) return 'directory'
    return stats.isSymbolicLink() ? 'symlink' : undefined
  }
  // Numbers of devices change when a computer starts; everything that is synced is on one, so the key can do without it.
  // Joined, these are one text each: put together otherwise they would keep all their parts, and there are many.
  const keyOf = (stats: BigIntStats): string =>
    [stats.ino, volume.hasBirth ? stats.birthtimeNs : 0, kindOf(stats)?.[0]].join(':')
  const isNear = (time: bigint, now: bigint): boolean => {
    const age = now - time
    return age < quietNs && age > -quietNs
  }
  // What lies far ahead was set by hand, or before the clock was set back: it is not being written at this moment.
  const isYoung = (stats: BigIntStats): boolean => {
    const now = volume.nowNs()
    return isNear(stats.ctimeNs, now) || isNear(stats.mtimeNs, now)
  }
  const stampOf = ({ size, mtimeNs, ctimeNs }: BigIntStats): string => [size, mtimeNs, ctimeNs].join(':')
  return {
    kindOf,
    keyOf,
    isYoung,
    stampOf,
    lookOf(stats) {
      const kind = kindOf(stats)
      if (!kind) return undefined
      const isLeaf = kind !== 'directory'
      return {
        kind,
        key: keyOf(stats),
        stamp: isLeaf ? (isYoung(stats) ? `young-${++young}` : stampOf(stats)) : '',
        mtimeMs: Math.round(Number(stats.mtimeNs / 1000n) / 1000),
        names: isLeaf ? Number(stats.nlink) : 1,
      }
    },
  }
}
