import { dirname } from 'node:path'
import { z } from 'zod'
import type { Files } from '../../env/files.ts'
import type { Log } from '../../env/log.ts'
import { countField, hex16Bytes, hex32Bytes, parseBoundedJson } from '../format/json-fields.ts'

/** The end of a log as somebody saw it. */
export interface Head {
  readonly pos: number
  /** Hex SHA-256 of the record at `pos`. */
  readonly hash: string
}

/** The end of another destination's log, as records tell it. */
export interface SeenHead extends Head {
  readonly dest: string
}

/**
 * What this computer knows of the logs of one repository, kept outside of it: a log that later is shorter or another was rolled back or forked.
 * Not a cache: losing it loses the alarm.
 */
export interface RememberedHeads {
  headOf(destId: string): Head | undefined
  /** The log that was last found at a place (a destination of the settings). */
  destinationAt(placeId: string): string | undefined
  /** Every known head, for other logs to carry. */
  all(): readonly SeenHead[]
  /** Our own look at a log. */
  note(placeId: string, head: SeenHead): Promise<void>
  /** What records of other devices tell of other logs: raises what must be there; between two stories of one slot the latest counts, so that one of them fails. */
  witness(seen: Iterable<SeenHead>): Promise<void>
  /** A person accepts what is there now: everything known of the place is dropped. */
  forget(placeId: string): Promise<void>
}

const fileSchema = z.object({
  version: z.literal(1),
  places: z.record(z.string(), hex16Bytes),
  heads: z.record(hex16Bytes, z.object({ pos: countField, hash: hex32Bytes })),
})
const LARGEST_FILE_BYTES = 4 * 1024 * 1024

/** The memory in a file, replaced as a whole at each change. */
export async function openRememberedHeads(files: Files, path: string, log: Log): Promise<RememberedHeads> {
  const { places, heads } = await read(files, path, log)
  let writing = Promise.resolve()
  const save = (): Promise<void> => {
    const write = async (): Promise<void> => {
      await files.mkdir(dirname(path), { mode: 0o700 })
      const content = {
        version: 1,
        places: Object.fromEntries(places),
        heads: Object.fromEntries(heads),
      }
      await files.writeAtomic(path, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
    }
    // One after the other, and a failure of one is not the next one's.
    writing = writing.then(write, write)
    return writing
  }
  return rememberedIn(places, heads, save)
}

/** The memory without a file, for tests and for looking at a repository once. */
export function forgetfulHeads(): RememberedHeads {
  return rememberedIn(new Map(), new Map(), async () => {})
}

function rememberedIn(
  places: Map<string, string>,
  heads: Map<string, Head>,
  save: () => Promise<void>,
): RememberedHeads {
  return {
    headOf: (destId) => heads.get(destId),
    destinationAt: (placeId) => places.get(placeId),
    all: () => [...heads].map(([dest, head]) => ({ dest, ...head })),
    async note(placeId, { dest, pos, hash }) {
      const known = heads.get(dest)
      if (known?.pos === pos && known.hash === hash && places.get(placeId) === dest) return
      heads.set(dest, { pos, hash })
      places.set(placeId, dest)
      await save()
    },
    async witness(seen) {
      let changed = false
      for (const { dest, pos, hash } of seen) {
        const known = heads.get(dest)
        if (known && (known.pos > pos || (known.pos === pos && known.hash === hash))) continue
        heads.set(dest, { pos, hash })
        changed = true
      }
      if (changed) await save()
    },
    async forget(placeId) {
      const dest = places.get(placeId)
      if (dest !== undefined) heads.delete(dest)
      if (places.delete(placeId)) await save()
    },
  }
}

async function read(
  files: Files,
  path: string,
  log: Log,
): Promise<{ places: Map<string, string>; heads: Map<string, Head> }> {
  const stat = await files.stat(path)
  if (!stat) return { places: new Map(), heads: new Map() }
  const bytes = stat.sizeBytes > LARGEST_FILE_BYTES ? new Uint8Array() : await files.readFile(path)
  const content = fileSchema.safeParse(parseBoundedJson(bytes, LARGEST_FILE_BYTES))
  if (!content.success) {
    // Writes are atomic, so somebody else did this. It is kept for the person to look at; backups must go on.
    await files.rename(path, `${path}.damaged`)
    log.error('memory of logs was damaged and begins anew', { path })
    return { places: new Map(), heads: new Map() }
  }
  return {
    places: new Map(Object.entries(content.data.places)),
    heads: new Map(Object.entries(content.data.heads)),
  }
}
