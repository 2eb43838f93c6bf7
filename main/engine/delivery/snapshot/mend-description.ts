import { hasCode } from '../../model/errors.ts'
import type { RepoKeys } from '../../repository/crypto/repo-keys.ts'
import { logKey, REPO_JSON_KEY } from '../../repository/format/keys-of-objects.ts'
import { LARGEST_RECORD_BYTES, peekRecord, recordHash } from '../../repository/format/log-record.ts'
import { encodeRepoJson, type RepoDescription } from '../../repository/format/repo-json.ts'
import { readSmallObject } from '../../repository/log/log-home.ts'
import { BODIES } from '../../repository/log/record-bodies.ts'
import { bodyOfBytes } from '../../storage/body.ts'
import type { ObjectStore } from '../../storage/object-store.ts'

/**
 * Writes a `repo.json` again that is damaged or missing; answers whether it did. Its log, which opens with our keys, has to name just these bytes: so another
 * repository is never touched.
 */
export async function mendDescription(
  store: ObjectStore,
  keys: RepoKeys,
  description: RepoDescription,
  signal?: AbortSignal,
): Promise<boolean> {
  const genesis = BODIES.genesis.safeParse(await bodyOfFirst(store, keys, signal))
  const wanted = encodeRepoJson(description)
  if (!genesis.success || genesis.data.repo !== recordHash(wanted)) return false
  const there = await readAny(store, signal)
  if (there && recordHash(there) === genesis.data.repo) return false
  await store.put(REPO_JSON_KEY, bodyOfBytes(wanted), { purpose: 'meta', signal })
  return true
}

async function bodyOfFirst(
  store: ObjectStore,
  keys: RepoKeys,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  try {
    const first = await readSmallObject(store, logKey(0), LARGEST_RECORD_BYTES, signal)
    return first && (peekRecord(keys, 0, first) as { readonly body?: unknown } | undefined)?.body
  } catch (error) {
    // Damaged as well, and mended when the log is opened; or not ours.
    if (hasCode(error, 'data-damaged') || hasCode(error, 'key-missing')) return undefined
    throw error
  }
}

/** What stands there; nothing of it is believed. */
async function readAny(store: ObjectStore, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
  try {
    return await readSmallObject(store, REPO_JSON_KEY, LARGEST_RECORD_BYTES, signal)
  } catch (error) {
    // Too long for what it should be.
    if (hasCode(error, 'data-damaged')) return undefined
    throw error
  }
}
