import { join } from 'node:path'
import type { Files } from '../../env/files.ts'

/** Folders that the cache is spread over, each with its share of the limit, so that a look at one of them is enough to keep to it. */
export const BUCKETS = 32
/** However full the disk is. */
export const LEAST_BYTES = 64 * 1024 * 1024
/** Of what is free the cache never takes more than a part. */
const SHARE_OF_FREE = 4
/** What a file of any size takes at least. */
const CLUSTER_BYTES = 4096

/** A file of the cache. */
interface Kept {
  readonly path: string
  readonly sizeBytes: number
  readonly usedMs: number
}

/** What the cache may take now: less than its limit where the disk is nearly full. */
export async function roomFor(files: Files, folder: string, limitBytes: number): Promise<number> {
  const { freeBytes } = await files.space(folder)
  return Math.min(limitBytes, Math.max(LEAST_BYTES, Math.floor(freeBytes / SHARE_OF_FREE)))
}

/** Removes what was not used for the longest time until the rest of a bucket takes no more than that. */
export async function trimBucket(files: Files, bucket: string, mostBytes: number): Promise<void> {
  const kept = await filesIn(files, bucket)
  let total = kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  for (const { path, sizeBytes } of kept.sort((a, b) => a.usedMs - b.usedMs)) {
    if (total <= mostBytes) return
    await files.remove(path)
    total -= sizeBytes
  }
}

/** What a folder takes with everything below it; what vanishes meanwhile takes nothing. */
export async function bytesBelow(files: Files, folder: string): Promise<number> {
  let total = 0
  for (const { name, kind } of await namesIn(files, folder))
    if (kind === 'directory') total += await bytesBelow(files, join(folder, name))
  for (const { sizeBytes } of await filesIn(files, folder)) total += sizeBytes
  return total
}

async function filesIn(files: Files, folder: string): Promise<Kept[]> {
  const kept: Kept[] = []
  for (const { name, kind } of await namesIn(files, folder)) {
    const path = join(folder, name)
    const stat = kind === 'file' ? await files.lstat(path) : undefined
    if (!stat) continue
    const sizeBytes = Math.ceil(stat.sizeBytes / CLUSTER_BYTES) * CLUSTER_BYTES
    kept.push({ path, sizeBytes, usedMs: stat.mtimeMs })
  }
  return kept
}

async function namesIn(files: Files, folder: string) {
  return (await files.stat(folder)) ? files.listKinds(folder) : []
}
