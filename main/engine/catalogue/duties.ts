import type { Workspace } from './workspace.ts'

/** What one process does for all that stay on a home folder: starting what is due, and serving the REST API. */
export type Duty = 'automation' | 'api'

/** Who does what, of several processes. */
export interface Duties {
  /** Gives what ends it, or undefined where another process does it. */
  take(duty: Duty): Promise<(() => Promise<void>) | undefined>
  /** Whether some process does it, this one included. */
  isTaken(duty: Duty): Promise<boolean>
}

/** Duties are locks, which the system itself gives back when their holder dies. */
export function createDuties({ tryLock }: Pick<Workspace, 'tryLock'>): Duties {
  return {
    async take(duty) {
      const lock = await tryLock(duty, duty)
      return 'holder' in lock ? undefined : () => lock.release()
    },
    async isTaken(duty) {
      const lock = await tryLock(duty, `asking about ${duty}`)
      if ('holder' in lock) return true
      await lock.release()
      return false
    },
  }
}
