import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EverstowError, fromSystemError } from '../../../engine/model/errors.ts'
import type { Session } from '../session.ts'
import { absolutePath } from '../typed-path.ts'

/** Where the printable page of a recovery kit goes. */
export interface KitPage {
  readonly path: string
  write(html: string): Promise<void>
  /** Nothing came of the kit: the file goes. */
  discard(): Promise<void>
}

/**
 * A new file that only its owner can read, before the kit is made: a kit whose page cannot be kept must not come to be. Never replaces a file.
 * `typed` absent: a name in the working folder.
 */
export async function createKitPage(session: Session, typed: string | undefined): Promise<KitPage> {
  const { surroundings } = session
  const path =
    typed === undefined ? join(surroundings.cwd, suggestedName()) : absolutePath(typed, surroundings)
  const file = await openNew(path)
  return {
    path,
    async write(html) {
      await file.writeFile(html)
      await file.sync()
      await file.close()
    },
    async discard() {
      await file.close()
      await rm(path, { force: true })
    },
  }
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason =
      code === 'EEXIST' ? 'exists' : code === 'ENOENT' || code === 'ENOTDIR' ? 'no-folder' : undefined
    if (reason) throw new EverstowError('invalid-input', { data: { field: '--out', value: path, reason } })
    throw fromSystemError(error) ?? error
  }
}

function suggestedName(): string {
  return `everstow-recovery-kit-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.html`
}
