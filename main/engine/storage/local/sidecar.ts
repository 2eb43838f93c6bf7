import type { BigIntStats } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { randomHex } from '../../env/random.ts'
import { ensureFolder, inFolder, removeEmptyFolders } from './folders.ts'
import { systemCode } from './fs-errors.ts'
import type { LocalPlace } from './place.ts'
import { readSmall } from './read-small.ts'

/**
 * What a plain file cannot say of an object: digests and metadata, in `.everstow/meta/<path>%.json`. Each record names the size and time of the file
 * it describes and counts for no other content. A put writes the new record beside the old one and then replaces the object, so either
 * content finds its own. An object without a record is whole all the same; so records are not flushed to the disk.
 */
const RECORD = z.object({
  sizeBytes: z.number(),
  mtimeNs: z.string(),
  /** Decides only between two records of equal size and time: a copied folder has other numbers. */
  ino: z.string(),
  sha256: z.string().optional(),
  md5: z.string().optional(),
  contentType: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
})
const LARGEST_BYTES = 1024 * 1024
const SIDECAR = z.object({ records: z.array(RECORD).max(2) })

export type Facts = Omit<z.infer<typeof RECORD>, 'sizeBytes' | 'mtimeNs' | 'ino'>

/** The facts about the file at `target` as `stat` found it; none where they were lost or describe other content. */
export async function readFacts(place: LocalPlace, target: string, stat: BigIntStats): Promise<Facts> {
  const found = (await readRecords(sidecarPath(place, target))).filter((record) => describes(record, stat))
  const record = found.length > 1 ? found.find((each) => each.ino === String(stat.ino)) : found[0]
  if (!record) return {}
  const { sizeBytes, mtimeNs, ino, ...facts } = record
  return facts
}

/** Records facts for a file that is about to lie at `target` (or already does), keeping those about what lies there now. */
export async function writeFacts(
  place: LocalPlace,
  target: string,
  next: BigIntStats,
  facts: Facts,
  current: BigIntStats | undefined,
): Promise<void> {
  const path = sidecarPath(place, target)
  const kept = current ? (await readRecords(path)).filter((record) => describes(record, current)) : []
  const records = [{ ...identityOf(next), ...facts }, ...kept.slice(0, 1)]
  const tmp = join(place.tmpFolder, `.tmp-${randomHex(place.env.random, 8)}`)
  try {
    await ensureFolder(place.root, place.tmpFolder)
    await writeFile(tmp, JSON.stringify({ records }), { flag: 'wx', mode: 0o600 })
    await inFolder(place.root, dirname(path), () => rename(tmp, path))
  } catch (error) {
    await rm(tmp, { force: true })
    throw error
  }
}

/** Forgets what is recorded for a target. */
export async function removeFacts(place: LocalPlace, target: string): Promise<void> {
  const path = sidecarPath(place, target)
  await rm(path, { force: true })
  await removeEmptyFolders(place.metaFolder, dirname(path))
}

/** `%.` stands in no name of an object or folder, so the record of `a` is not in the way of a key `a.json/b`. */
function sidecarPath(place: LocalPlace, target: string): string {
  return `${join(place.metaFolder, relative(place.root, target))}%.json`
}

async function readRecords(path: string): Promise<z.infer<typeof RECORD>[]> {
  try {
    return SIDECAR.parse(JSON.parse((await readSmall(path, LARGEST_BYTES)) ?? '')).records
  } catch (error) {
    // Never written, torn by a power loss or none of ours: the object counts without it.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return []
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return []
    throw error
  }
}

function describes(record: z.infer<typeof RECORD>, stat: BigIntStats): boolean {
  return record.sizeBytes === Number(stat.size) && record.mtimeNs === String(stat.mtimeNs)
}

function identityOf(stat: BigIntStats): z.infer<typeof RECORD> {
  return { sizeBytes: Number(stat.size), mtimeNs: String(stat.mtimeNs), ino: String(stat.ino) }
}
