import { EverstowError } from '../../../model/errors.ts'

/** The three calls we make on the system's keychain; `keytar` has this shape. */
export interface Keychain {
  getPassword(service: string, account: string): Promise<string | null>
  setPassword(service: string, account: string, password: string): Promise<void>
  deletePassword(service: string, account: string): Promise<boolean>
}

/**
 * The keychain with a time limit: a call that fails, or is not answered in time, fails with `keychain-unavailable`.
 *
 * Calls go one at a time. A call that hangs keeps one of the few threads that also serve the file system until the keychain answers, and nothing can
 * take it back; so while one hangs, further calls fail at once instead of taking the other threads too.
 */
export function guardKeychain(keychain: Keychain, timeoutMs: number): Keychain {
  let last: Promise<unknown> = Promise.resolve()
  let hanging = false

  const limited = async <T>(run: () => Promise<T>): Promise<T> => {
    if (hanging) throw unavailable('no-answer')
    let timer: NodeJS.Timeout | undefined
    const answer = run()
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        hanging = true
        const free = (): void => {
          hanging = false
        }
        answer.then(free, free)
        reject(unavailable('no-answer', timeoutMs))
      }, timeoutMs)
    })
    try {
      return await Promise.race([answer, limit])
    } catch (error) {
      throw error instanceof EverstowError ? error : unavailable('refused', undefined, error)
    } finally {
      clearTimeout(timer)
    }
  }

  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const turn = last.then(() => limited(run))
    last = turn.catch(() => {
      // Whoever made the call hears of it; the queue only goes on.
    })
    return turn
  }

  return {
    getPassword: (service, account) => inTurn(() => keychain.getPassword(service, account)),
    setPassword: (service, account, password) =>
      inTurn(() => keychain.setPassword(service, account, password)),
    deletePassword: (service, account) => inTurn(() => keychain.deletePassword(service, account)),
  }
}

function unavailable(reason: 'no-answer' | 'refused', timeoutMs?: number, cause?: unknown): EverstowError {
  return new EverstowError('keychain-unavailable', { data: { reason, timeoutMs }, retry: 'wait', cause })
}
