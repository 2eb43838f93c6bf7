import { join } from 'node:path'
import { inParallel } from '../env/in-parallel.ts'
import type { RepoKeys } from '../repository/crypto/repo-keys.ts'
import { parseBoundedJson } from '../repository/format/json-fields.ts'
import { ownerOfBeside, type WalHead, walPrefix } from '../repository/format/wal-object.ts'
import { listAll } from '../repository/upkeep/list-all.ts'
import type {
  ArchivedBase,
  ArchivedSegment,
  RestorePoint,
  WalArchive,
} from '../sources/postgres/wal/archived.ts'
import { parseLsn } from '../sources/postgres/wal/lsn.ts'
import { spanningEvent } from '../sources/postgres/wal/read-segment.ts'
import { type Ancestor, parseHistory } from '../sources/postgres/wal/timeline-history.ts'
import { isSegmentSize, parseWalName, segmentName, segmentNumber } from '../sources/postgres/wal/wal-name.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { DatabaseDeps } from './deps.ts'
import { readWal, readWalHead } from './wal-store.ts'

/** What one destination has of a database. */
export interface ArchiveAt {
  readonly archive: WalArchive
  /** Sizes of what lies there, and how many objects. */
  readonly objects: number
  readonly storedBytes: number
  /** When the newest segment was last written, milliseconds since 1970. */
  readonly newestMs: number | undefined
  /** Objects whose heads are not what was stored. */
  readonly damaged: readonly string[]
}

const AT_ONCE = 16
const LARGEST_CACHE_BYTES = 512 * 1024 * 1024

/** Lists what a destination has of a database. Heads are read once and remembered: objects never change. */
export async function readArchive(
  { workspace }: DatabaseDeps,
  {
    store,
    keys,
    destinationId,
  }: { readonly store: ObjectStore; readonly keys: RepoKeys; readonly destinationId: string },
  databaseId: string,
  bases: readonly ArchivedBase[],
  signal: AbortSignal,
): Promise<ArchiveAt> {
  const cachePath = join(workspace.paths.home, 'cache', 'wal', databaseId, `${destinationId}.json`)
  const known = await readCache()
  const heads = new Map<string, Known>()
  const unknown: { readonly key: string; readonly sizeBytes: number }[] = []
  const damaged: string[] = []
  let [objects, storedBytes] = [0, 0]
  for await (const { key, sizeBytes } of listAll(store, walPrefix(databaseId), signal)) {
    objects++
    storedBytes += sizeBytes
    const name = key.slice(key.lastIndexOf('/') + 1)
    if (ownerOfBeside(key) !== undefined || !parseWalName(name)) continue
    const cached = known.get(name)
    if (cached?.sizeBytes === sizeBytes) heads.set(name, cached)
    else unknown.push({ key, sizeBytes })
  }
  const histories = new Map<number, readonly Ancestor[]>()
  await inParallel(unknown, AT_ONCE, async ({ key, sizeBytes }) => {
    const name = key.slice(key.lastIndexOf('/') + 1)
    try {
      const head = await readWalHead({ store, keys, signal }, key)
      const text = head?.kind === 'history' ? await readWal({ store, keys, signal }, key) : undefined
      if (head)
        heads.set(name, { sizeBytes, head, ...(text ? { text: Buffer.from(text).toString('utf8') } : {}) })
    } catch (error) {
      if ((error as { code?: string }).code !== 'data-damaged') throw error
      damaged.push(name)
    }
  })
  if (unknown.length > 0 || known.size !== heads.size) await writeCache()
  for (const [name, { head, text }] of heads) {
    const parsed = parseWalName(name)
    const ancestors = head.kind === 'history' && text !== undefined ? parseHistory(text) : undefined
    if (parsed && ancestors) histories.set(parsed.timeline, ancestors)
  }
  const segmentBytes = [...heads.values()].find(({ head }) => head.kind === 'segment')?.head.sizeBytes
  const segments = segmentBytes === undefined ? [] : segmentsOf(heads, segmentBytes)
  return {
    archive: { segmentBytes: segmentBytes ?? 16 * 1024 * 1024, segments, histories, bases },
    objects,
    storedBytes,
    newestMs: segments.length === 0 ? undefined : Math.max(...segments.map(({ closedMs }) => closedMs)),
    damaged: damaged.sort(),
  }

  async function readCache(): Promise<ReadonlyMap<string, Known>> {
    const { files } = workspace.env
    if (!(await files.stat(cachePath))) return new Map()
    const kept = parseBoundedJson(await files.readFile(cachePath), LARGEST_CACHE_BYTES)
    return new Map(Array.isArray(kept) ? (kept as [string, Known][]) : [])
  }

  async function writeCache(): Promise<void> {
    const { files, log } = workspace.env
    try {
      await files.mkdir(join(cachePath, '..'), { mode: 0o700 })
      await files.writeAtomic(cachePath, JSON.stringify([...heads]), { mode: 0o600 })
    } catch (error) {
      log.area('databases').debug('heads not remembered', { error })
    }
  }
}

interface Known {
  readonly sizeBytes: number
  readonly head: WalHead
  /** Of a history: what it says. */
  readonly text?: string
}

function segmentsOf(heads: ReadonlyMap<string, Known>, segmentBytes: number): ArchivedSegment[] {
  if (!isSegmentSize(segmentBytes)) return []
  return [...heads].flatMap(([name, { head }]) => {
    const parsed = parseWalName(name)
    // One that was cut short by a failover serves nobody: what of it counts lies in the next timeline's first segment.
    if (parsed?.kind !== 'segment' || head.sizeBytes !== segmentBytes) return []
    const number = segmentNumber(parsed, segmentBytes)
    if (number === undefined) return []
    const before = heads.get(segmentName(parsed.timeline, number - 1, segmentBytes))?.head
    return [segmentFrom(parsed.timeline, number, head, before)]
  })
}

/** A transaction whose last record lies on two segments ended in the later one. */
function segmentFrom(
  timeline: number,
  number: number,
  head: WalHead,
  before: WalHead | undefined,
): ArchivedSegment {
  const points: RestorePoint[] = (head.points ?? []).map(({ name, lsn, timeUs }) => ({
    name,
    lsn: parseLsn(lsn) ?? 0n,
    timeUs,
  }))
  let earliestUs = head.ends?.earliestUs
  let latestUs = head.ends?.latestUs
  const startLsn = before?.lastLsn === undefined ? undefined : parseLsn(before.lastLsn)
  const event =
    before?.tail !== undefined && head.head !== undefined && startLsn !== undefined
      ? spanningEvent(Buffer.from(before.tail, 'base64'), Buffer.from(head.head, 'base64'), startLsn)
      : undefined
  if (event?.kind === 'restore-point') points.unshift(event)
  if (event?.kind === 'end') {
    earliestUs = Math.min(earliestUs ?? event.timeUs, event.timeUs)
    latestUs = Math.max(latestUs ?? event.timeUs, event.timeUs)
  }
  const lastLsn = head.lastLsn === undefined ? undefined : parseLsn(head.lastLsn)
  return { timeline, number, closedMs: head.closedMs, earliestUs, latestUs, lastLsn, points }
}
