import { randomHex } from '../../env/random.ts'
import { hasCode } from '../../model/errors.ts'
import type { Capabilities, ObjectStore } from '../object-store.ts'
import { clockOffsetOf } from '../transfer/http-facts.ts'
import { tryOut } from '../transfer/try-out.ts'
import type { AzureClient } from './client.ts'

/** What the container says of itself, where we may ask, and what trying shows. */
export async function probe(
  client: AzureClient,
  store: Omit<ObjectStore, 'probe' | 'close'>,
  signal?: AbortSignal,
): Promise<Capabilities> {
  const locked = await objectLock(client, signal)
  const tried = await tryOut(store, client.env.random, signal)
  const written = tried.writes ? await writeOnce(client, signal) : undefined
  return {
    ...tried,
    objectLock: locked,
    versioning: written?.versioning,
    clockOffsetMs: written?.clockOffsetMs,
  }
}

/** Immutability policies, legal holds and version-level immutability; undefined where properties may not be read (a SAS of the container cannot). */
async function objectLock(client: AzureClient, signal?: AbortSignal): Promise<boolean | undefined> {
  try {
    const properties = await client.guarded({ signal }, (guard) =>
      client.container.getProperties({ abortSignal: guard.signal }),
    )
    return (
      properties.hasImmutabilityPolicy === true ||
      properties.hasLegalHold === true ||
      properties.isImmutableStorageWithVersioningEnabled === true
    )
  } catch (error) {
    if (hasCode(error, 'permission-denied')) return undefined
    throw error
  }
}

/** Versioning belongs to the account, which we may not ask; but where it is on, every write answers with its version. */
async function writeOnce(
  client: AzureClient,
  signal?: AbortSignal,
): Promise<{ readonly versioning: boolean; readonly clockOffsetMs: number | undefined }> {
  const { clock, random } = client.env
  const blob = client.container.getBlockBlobClient(client.nameOf(`probe/${randomHex(random, 8)}/version`))
  const sentMs = clock.now()
  const answer = await client.guarded({ signal }, (guard) =>
    blob.upload('', 0, { abortSignal: guard.signal }),
  )
  const clockOffsetMs = clockOffsetOf(answer.date, sentMs, clock.now())
  try {
    await client.guarded({ signal }, (guard) => blob.deleteIfExists({ abortSignal: guard.signal }))
  } catch (error) {
    // Where deleting is not allowed the probe has said so already.
    if (!hasCode(error, 'permission-denied')) throw error
  }
  return { versioning: answer.versionId !== undefined, clockOffsetMs }
}
