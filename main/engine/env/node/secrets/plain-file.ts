import { chmod } from 'node:fs/promises'
import { z } from 'zod'
import { EverstowError } from '../../../model/errors.ts'
import type { Log } from '../../log.ts'
import { nodeFiles } from '../node-files.ts'
import type { SecretMapFile } from './secret-map-file.ts'

const SCHEMA = z.object({ version: z.literal(1), secrets: z.record(z.string(), z.string()) })
const OWNER_ONLY = 0o600

/** `secrets.json`: readable by its owner alone, not encrypted. The last resort; a file that others could read is closed to them, and that is told. */
export function plainSecretFile(path: string, log: Log): SecretMapFile {
  return {
    kind: 'plain-file',

    async read() {
      const stat = await nodeFiles.stat(path)
      if (!stat) return new Map()
      // Windows has no such bits; there the data folder's own access list protects the file.
      if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
        await chmod(path, OWNER_ONLY)
        log.warn('others could read the file of secrets; closed to them now', {
          path,
          mode: stat.mode.toString(8),
        })
      }
      return parse(path, await nodeFiles.readText(path))
    },

    async write(map) {
      log.warn('secrets are written into a file that only its owner can read', { path })
      const content = { version: 1, secrets: Object.fromEntries(map) }
      await nodeFiles.writeAtomic(path, `${JSON.stringify(content, undefined, 2)}\n`, { mode: OWNER_ONLY })
    },
  }
}

function parse(path: string, text: string): Map<string, string> {
  try {
    // Object.entries, because a name may be `__proto__`; zod drops that one.
    return new Map(Object.entries(SCHEMA.parse(JSON.parse(text)).secrets))
  } catch {
    // No cause: its message quotes the text, which is secrets.
    throw new EverstowError('settings-invalid', { data: { path, reason: 'damaged' } })
  }
}
