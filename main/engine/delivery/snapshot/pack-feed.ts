import type { FinishedPack, SealedSession } from './session-folder.ts'
import type { SpoolKeeper } from './spool-keeper.ts'

/**
 * The packs of a session as they are finished, for every destination at its own pace: whoever reads later or slower misses nothing. It ends when the session
 * is sealed, or fails with what stopped the backup.
 */
export interface PackFeed {
  push(pack: FinishedPack): void
  /** A destination has a pack. */
  stored(destinationId: string, packId: string): void
  /** A destination is given up for now. */
  left(destinationId: string): void
  seal(session: SealedSession): void
  fail(error: unknown): void
  /** Whether this is what stopped the backup, and no fault of a destination. */
  isWhatStopped(error: unknown): boolean
  packs(): AsyncGenerator<FinishedPack, void>
  sealed(): Promise<SealedSession>
}

/** A feed of a session that is being made; `keeper` is told where its packs are. */
export function createPackFeed(keeper?: SpoolKeeper): PackFeed {
  const finished: FinishedPack[] = []
  let wake = Promise.withResolvers<void>()
  const end = Promise.withResolvers<SealedSession>()
  let isOver = false
  let stoppedBy: { readonly error: unknown } | undefined
  // Nobody may be listening when it fails; whoever listens later is told.
  end.promise.catch(() => {})
  const stir = () => {
    wake.resolve()
    wake = Promise.withResolvers<void>()
  }
  return {
    push(pack) {
      finished.push(pack)
      keeper?.finished(pack)
      stir()
    },
    stored: (destinationId, packId) => keeper?.stored(destinationId, packId),
    left: (destinationId) => keeper?.left(destinationId),
    seal(session) {
      isOver = true
      end.resolve(session)
      stir()
    },
    fail(error) {
      isOver = true
      stoppedBy = { error }
      end.reject(error)
      stir()
    },
    isWhatStopped: (error) => stoppedBy !== undefined && stoppedBy.error === error,
    async *packs() {
      for (let at = 0; ; ) {
        const next = finished[at]
        if (next) {
          at++
          yield next
        } else if (isOver) {
          await end.promise
          return
        } else await wake.promise
      }
    },
    sealed: () => end.promise,
  }
}

/** The feed of a session that is complete. */
export function feedOf(session: SealedSession): PackFeed {
  const feed = createPackFeed()
  for (const pack of session.packs) feed.push(pack)
  feed.seal(session)
  return feed
}
