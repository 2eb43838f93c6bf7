import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { withLock } from '../exclusive-lock.ts'
import { nodeFiles } from '../node-files.ts'

/**
 * The random id that keeps the keychain entries of several homes apart. It is made with the first secret that goes into the keychain, so its presence
 * also tells that this home has secrets there. It moves along when the home is moved.
 */
export interface HomeId {
  find(): Promise<string | undefined>
  /** Finds it, or makes it. */
  make(): Promise<string>
}

const LOCK_TIMEOUT_MS = 15_000

/** The id kept in the file `keychain-id` of a home. */
export function homeIdIn(home: string): HomeId {
  const path = join(home, 'keychain-id')
  let known: string | undefined

  const find = async (): Promise<string | undefined> => {
    if (known === undefined && (await nodeFiles.stat(path))) known = (await nodeFiles.readText(path)).trim()
    return known
  }

  return {
    find,
    async make() {
      return (
        (await find()) ??
        withLock(`${path}.lock`, 'keychain id', LOCK_TIMEOUT_MS, async () => {
          const made = (await find()) ?? randomBytes(8).toString('hex')
          if (known === undefined) await nodeFiles.writeAtomic(path, `${made}\n`, { mode: 0o600 })
          known = made
          return made
        })
      )
    },
  }
}
