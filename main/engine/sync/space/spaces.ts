import { z } from 'zod'
import type { Clock } from '../../env/clock.ts'
import type { Log } from '../../env/log.ts'
import { type Random, randomHex } from '../../env/random.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import type { RepoKeys } from '../../repository/crypto/repo-keys.ts'
import { damaged } from '../../repository/format/damaged.ts'
import { readSmallObject } from '../../repository/log/log-home.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { spaceIdField } from './batch-format.ts'
import { openJson, sealJson } from './sealed.ts'
import { ABOUT_PREFIX, aboutKey } from './space-keys.ts'

const LARGEST_BYTES = 16 * 1024

const schema = z.strictObject({
  version: z.literal(1),
  spaceId: spaceIdField,
  name: z.string().min(1).max(200),
  createdMs: z.number().min(0).max(8.64e15),
  /** The device that made it. */
  device: z.string().min(1).max(80),
})

/** What a place says of a space. */
export type SpaceAbout = Omit<z.infer<typeof schema>, 'version'>

/** Makes an empty space at a place. `invalid-input` for a name that is empty or too long. */
export async function createSpace(
  store: ObjectStore,
  keys: RepoKeys,
  facts: { readonly name: string; readonly device: string },
  env: { readonly clock: Clock; readonly random: Random },
): Promise<SpaceAbout> {
  const spaceId = randomHex(env.random, 16)
  const about = schema.safeParse({ version: 1, spaceId, createdMs: env.clock.now(), ...facts })
  if (!about.success) throw new EverstowError('invalid-input', { data: { field: 'name' } })
  const bytes = sealJson(keys, { type: 'about', spaceId, slot: 0 }, about.data, env.random)
  const answer = await store.putIfAbsent(aboutKey(spaceId), bytes, { purpose: 'meta' })
  if (answer === 'ambiguous' && !(await store.exists(aboutKey(spaceId))))
    throw new EverstowError('timed-out', { data: { key: aboutKey(spaceId) } })
  const { version: _, ...known } = about.data
  return known
}

/** The spaces of a place, oldest first. What does not open is left out and logged: another's damage must not hide the rest. */
export async function listSpaces(store: ObjectStore, keys: RepoKeys, log: Log): Promise<SpaceAbout[]> {
  const spaces: SpaceAbout[] = []
  let cursor: string | undefined
  do {
    const page = await store.list({ prefix: ABOUT_PREFIX, ...(cursor !== undefined && { cursor }) })
    for (const { key } of page.objects) {
      try {
        const about = await readAbout(store, keys, key.slice(ABOUT_PREFIX.length))
        if (about) spaces.push(about)
      } catch (error) {
        log.warn('space could not be read', { key, error: asEverstowError(error) })
      }
    }
    cursor = page.cursor
  } while (cursor !== undefined)
  return spaces.sort((one, other) => one.createdMs - other.createdMs)
}

async function readAbout(store: ObjectStore, keys: RepoKeys, id: string): Promise<SpaceAbout | undefined> {
  const spaceId = spaceIdField.parse(id)
  const bytes = await readSmallObject(store, aboutKey(spaceId), LARGEST_BYTES)
  if (!bytes) return undefined
  const about = schema.safeParse(openJson(keys, { type: 'about', spaceId, slot: 0 }, bytes))
  if (!about.success || about.data.spaceId !== spaceId) throw damaged('sync-about', 'schema', about.error)
  const { version: _, ...known } = about.data
  return known
}
