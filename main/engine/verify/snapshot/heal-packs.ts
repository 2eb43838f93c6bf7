import { hash } from 'node:crypto'
import { join } from 'node:path'
import { asEverstowError } from '../../model/errors.ts'
import { packKey } from '../../repository/format/keys-of-objects.ts'
import { sealSegment } from '../../repository/format/sealed-segment.ts'
import { expireSession } from '../../repository/log/expire-sessions.ts'
import { putSegment } from '../../repository/log/put-segment.ts'
import { reportFound, reportLost } from '../../repository/log/snapshot-marks.ts'
import { keyOfPack } from '../../repository/read/range-reader.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { entryOfPack } from '../../repository/upkeep/pack-entry.ts'
import { createPackFiles, type PackFile } from '../../repository/upkeep/pack-files.ts'
import { slotsInPacks } from '../../repository/upkeep/pack-usage.ts'
import { bodyOfBytes, bodyOfFile } from '../../storage/body.ts'
import type { Needs } from './affected-backups.ts'
import type { BadPack } from './findings.ts'
import { readFromLiveFiles } from './live-files.ts'
import { readObject } from './read-object.ts'

/** What became of bad packs. */
export interface HealedPacks {
  /** Packs that are whole again, or whose needed chunks are all elsewhere. */
  readonly healed: number
  /** Hex ids of needed chunks that nobody has. */
  readonly lost: readonly string[]
}

/**
 * Mends bad packs under a session of its own: the very pack from another place; else its chunks one by one, from its own good blocks, other places, or the
 * files they were read from. The bad pack leaves the index with the commit that brings its replacement, never before. What nobody has is called lost, so
 * that the next backup that meets it stores it again.
 */
export async function healPacks(
  place: UpkeepPlace,
  others: readonly UpkeepPlace[],
  bad: readonly BadPack[],
  needs: Needs,
  signal: AbortSignal,
): Promise<HealedPacks> {
  const { repository, env } = place
  const { log, keys, store } = repository
  const folder = join(place.scratchFolder, 'heal')
  const b = await log.beginSession('heal', signal)
  try {
    const entries: Uint8Array[] = []
    const broken: BadPack[] = []
    for (const pack of bad) {
      const entry = await replacePack(place, others, pack, b, signal)
      if (entry) entries.push(entry)
      else broken.push(pack)
    }

    const rescue = await rescueChunks(place, others, broken, needs, folder, signal)
    for (const { packId, path, sizeBytes, entry } of rescue.packs) {
      await store.put(packKey(packId, b), bodyOfFile(env.files, path, sizeBytes), {
        sha256: packId,
        purpose: 'data',
        signal,
      })
      entries.push(entry)
    }
    const idx: string[] = []
    if (entries.length > 0) {
      const segment = sealSegment(keys, entries, env.random)
      await putSegment(store, segment, b, signal)
      idx.push(segment.id)
    }
    // Before the commit: a backup that decides in between must not lean on what is about to be missing.
    await reportLost(log, rescue.lost, signal)
    const drop = bad.map(({ packId }) => packId)
    await log.repackSession({ b, body: { b, idx, drop }, recheck: async () => 'ok', signal })
    const found = [...log.state.lost.keys()].filter((chunk) => rescue.found.has(chunk))
    await reportFound(log, found, signal)
    env.log.area('verify').info('packs healed', {
      place: place.name,
      whole: bad.length - broken.length,
      rebuilt: broken.length,
      lost: rescue.lost.length,
    })
    return { healed: bad.length - rescue.incomplete, lost: rescue.lost }
  } catch (error) {
    await expireSession(log, b).catch((cause) =>
      env.log
        .area('verify')
        .warn('session not ended', { place: place.name, session: b, error: asEverstowError(cause) }),
    )
    throw error
  } finally {
    await env.files.removeTree(folder)
  }
}

/** Brings the same pack from another place, verified before and after; its entry for the index, or undefined where nobody has it good. */
async function replacePack(
  place: UpkeepPlace,
  others: readonly UpkeepPlace[],
  { packId }: BadPack,
  b: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const { store, keys } = place.repository
  for (const { repository, name } of others) {
    const { packs } = repository.index
    const pack = packs.find(Buffer.from(packId, 'hex'))
    if (pack < 0 || packs.stateOf(pack) !== 'live') continue
    try {
      const bytes = await readObject(repository.store, keyOfPack(packs, pack), signal)
      if (hash('sha256', bytes, 'hex') !== packId) continue
      const entry = entryOfPack(keys, packId, bytes)
      const key = packKey(packId, b)
      await store.put(key, bodyOfBytes(bytes), { sha256: packId, purpose: 'data', signal })
      if (hash('sha256', await readObject(store, key, signal), 'hex') === packId) return entry
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      place.env.log.area('verify').debug('pack not had from this place', { place: name, pack: packId, error })
    }
  }
  return undefined
}

interface Rescue {
  readonly packs: readonly PackFile[]
  readonly found: ReadonlySet<string>
  readonly lost: readonly string[]
  /** Bad packs with a needed chunk that nobody has. */
  readonly incomplete: number
}

/** Gathers the chunks of broken packs, and needed ones that no pack has, from wherever they are good. */
async function rescueChunks(
  place: UpkeepPlace,
  others: readonly UpkeepPlace[],
  broken: readonly BadPack[],
  needs: Needs,
  folder: string,
  signal: AbortSignal,
): Promise<Rescue> {
  const { repository, env } = place
  const { index, keys } = repository
  const needed = needs.graph.mark([...needs.trees.values()].map(({ treeId }) => treeId))
  const numbers = broken
    .map(({ packId }) => index.packs.find(Buffer.from(packId, 'hex')))
    .filter((pack) => pack >= 0)
  // Also what no snapshot needs: a backup that is under way may lean on it.
  const inPacks = slotsInPacks(index, new Uint8Array(index.slots).fill(1), numbers)

  const packs: PackFile[] = []
  const files = createPackFiles({ keys, random: env.random, folder, onPack: (file) => packs.push(file) })
  const found = new Set<string>()
  const wanting = new Set<string>()
  const kindOf = new Map<string, 'data' | 'trees'>()
  const sources = [place, ...others]
  const rescueOne = async (chunk: string, kind: 'data' | 'trees'): Promise<boolean> => {
    const id = Buffer.from(chunk, 'hex')
    const bytes = await chunkFrom(sources, id)
    if (!bytes) return false
    files.add(kind, id, bytes)
    found.add(chunk)
    return true
  }

  for (const [pack, slots] of inPacks) {
    const kind = index.packs.kindOf(pack)
    for (const slot of slots) {
      signal.throwIfAborted()
      const chunk = Buffer.from(index.idAt(slot)).toString('hex')
      kindOf.set(chunk, kind)
      if (!(await rescueOne(chunk, kind)) && needed[slot] === 1) wanting.add(chunk)
    }
    await env.clock.sleep(0, signal)
  }
  for (const chunk of needs.missing) {
    const kind = needs.badTrees.has(chunk) ? 'trees' : 'data'
    kindOf.set(chunk, kind)
    if (!found.has(chunk) && !(await rescueOne(chunk, kind))) wanting.add(chunk)
  }
  if (wanting.size > 0)
    await readFromLiveFiles(repository, needs, wanting, env.files, (chunk, bytes) => {
      files.add(kindOf.get(chunk) ?? 'data', Buffer.from(chunk, 'hex'), bytes)
      found.add(chunk)
      wanting.delete(chunk)
    })
  files.finish()

  const isIncomplete = (pack: number) =>
    inPacks.get(pack)!.some((slot) => wanting.has(Buffer.from(index.idAt(slot)).toString('hex')))
  return { packs, found, lost: [...wanting], incomplete: numbers.filter(isIncomplete).length }
}

/** The chunk from the first place that has it good. */
async function chunkFrom(sources: readonly UpkeepPlace[], id: Uint8Array): Promise<Uint8Array | undefined> {
  for (const { repository } of sources) {
    try {
      return await repository.fetcher.chunk(id)
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      // Not good there, or the place is away: the next one may have it.
    }
  }
  return undefined
}
