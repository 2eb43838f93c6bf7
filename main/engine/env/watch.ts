/** What is to be heard of. */
export interface WatchOrder {
  /** An absolute path of a folder that is there, without links. */
  readonly folder: string
  /** Everything below it, or only what lies in it. */
  readonly deep: boolean
  /** Absolute paths inside it that are of no interest, with all below them. */
  readonly leaveOut: readonly string[]
  /** Names of folders that are of no interest anywhere inside it. Some systems tell of them all the same. */
  readonly leaveOutNames: readonly string[]
}

/**
 * Hears of changes to files. A hint, never a proof: systems lose events, and a folder that is replaced or unmounted falls silent. What may not be missed
 * has to be looked for in another way besides.
 */
export interface Watch {
  /**
   * Tells the absolute paths of what changed (the folder's own where the system lost count) until the returned function is called; the
   * process may live that long. Whoever watches a folder that is gone ends that before it is watched anew, for all may share what the system gives. Throws `WatchRefused`.
   */
  start(order: WatchOrder, changed: (paths: readonly string[]) => void): Promise<() => Promise<void>>
}

/** Why nothing is watched. */
export class WatchRefused extends Error {
  readonly reason: 'limit' | 'refused'

  constructor(reason: 'limit' | 'refused', cause: unknown) {
    super(`not watched: ${reason}`, { cause })
    this.name = 'WatchRefused'
    this.reason = reason
  }
}
