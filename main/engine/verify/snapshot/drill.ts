import { join } from 'node:path'
import { addProof, type ProofRow } from '../../catalogue/proofs.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import { closeSync, openSync, readSync, writeSync } from '../../env/node/sync-files.ts'
import { randomHex } from '../../env/random.ts'
import { asEverstowError } from '../../model/errors.ts'
import { createChunkHasher } from '../../repository/crypto/chunk-id.ts'
import type { SnapshotRoot } from '../../repository/format/snapshot-root.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { type SampledFile, sampleFiles } from './sample-files.ts'

export interface DrillOptions {
  readonly planId?: string
  /** So many files of each backup; all of a smaller one. */
  readonly files: number
  readonly signal: AbortSignal
  readonly onProgress?: (done: { readonly files: number; readonly bytes: number }) => void
}

/**
 * Restores a random sample of the newest backup of each plan from a destination into a scratch folder, reads it back, compares it with what was recorded
 * and with the files it came from as far as they did not change, and removes it. Each outcome is written down as a proof.
 */
export async function drill(
  workspace: Workspace,
  place: UpkeepPlace,
  options: DrillOptions,
): Promise<ProofRow[]> {
  const { env, database, paths } = workspace
  const { repository, destinationId } = place
  await repository.refresh(options.signal)
  const proofs: ProofRow[] = []
  for (const root of await newestOfEachPlan(place, options)) {
    const scratch = join(paths.home, 'scratch', randomHex(env.random, 8))
    const startMs = env.clock.monotonicMs()
    const done = { files: 0, bytes: 0 }
    let detail: string | undefined
    try {
      await env.files.mkdir(scratch, { mode: 0o700 })
      detail = await proveSample(place, root, scratch, options, done)
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      // A place that is away proves nothing, neither good nor bad.
      if (error.retry !== 'never') throw error
      detail = error.code
    } finally {
      await env.files.removeTree(scratch)
    }
    const proof: ProofRow = {
      kind: 'drill',
      planId: root.planId ?? undefined,
      destinationId,
      backupId: root.backupId,
      atMs: env.clock.now(),
      ok: detail === undefined,
      ...done,
      durationMs: Math.round(env.clock.monotonicMs() - startMs),
      detail,
    }
    addProof(database, proof)
    proofs.push(proof)
    env.log
      .area('verify')
      .info('drill ended', { place: place.name, backup: root.backupId, ok: proof.ok, ...done })
  }
  return proofs
}

async function newestOfEachPlan(
  { repository }: UpkeepPlace,
  { planId, signal }: DrillOptions,
): Promise<SnapshotRoot[]> {
  const newest = new Map<string, SnapshotRoot>()
  for (const { snapId } of repository.snapshots()) {
    const root = await repository.root(snapId, signal)
    const series = `${root.planId} ${root.device.id}`
    const known = newest.get(series)
    const isWanted = planId === undefined || root.planId === planId
    if (isWanted && (!known || known.time <= root.time)) newest.set(series, root)
  }
  return [...newest.values()]
}

/** What is wrong with the first file that is not right; undefined when all are. */
async function proveSample(
  place: UpkeepPlace,
  root: SnapshotRoot,
  scratch: string,
  options: DrillOptions,
  done: { files: number; bytes: number },
): Promise<string | undefined> {
  const { fetcher, keys } = place.repository
  const { signal } = options
  const hasher = createChunkHasher(keys)
  const tree = Buffer.from(root.tree, 'hex')
  const sample = await sampleFiles(fetcher, tree, options.files, place.env.random, signal)
  const sourceOf = new Map(root.roots.map(({ source, prefix }) => [prefix, source]))
  for (const [number, file] of sample.entries()) {
    const path = join(scratch, String(number))
    try {
      const lengths = await restoreFile(fetcher.chunks(file.chunkIds), path, signal)
      const isSame = (of: string) => holds(of, file, lengths, (bytes) => hasher.idOf(bytes))
      if (!isSame(path)) return `restored-differs: ${file.path}`
      const live = await unchangedFile(place, file, sourceOf)
      if (live !== undefined && !isSame(live)) return `source-differs: ${file.path}`
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.retry !== 'never' || error.code === 'cancelled') throw error
      return `${error.code}: ${file.path}`
    } finally {
      await place.env.files.remove(path)
    }
    done.files++
    done.bytes += file.sizeBytes
    options.onProgress?.(done)
  }
  return undefined
}

/** Writes chunks into a file; answers their lengths. */
async function restoreFile(
  chunks: AsyncGenerator<Uint8Array>,
  path: string,
  signal: AbortSignal,
): Promise<number[]> {
  const file = openSync(path, 'wx', 0o600)
  const lengths: number[] = []
  try {
    for await (const chunk of chunks) {
      signal.throwIfAborted()
      for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at)
      lengths.push(chunk.length)
    }
    return lengths
  } finally {
    closeSync(file)
  }
}

/** Whether a file holds exactly the recorded chunks. */
function holds(
  path: string,
  { sizeBytes, chunkIds }: SampledFile,
  lengths: readonly number[],
  idOf: (bytes: Uint8Array) => Uint8Array,
): boolean {
  const file = openSync(path, 'r')
  try {
    let start = 0
    for (const [number, length] of lengths.entries()) {
      const bytes = Buffer.alloc(length)
      let at = 0
      for (let count = 1; count > 0 && at < length; at += count)
        count = readSync(file, bytes, at, length - at, start + at)
      if (at < length) return false
      if (Buffer.compare(idOf(bytes), chunkIds.subarray(number * 32, number * 32 + 32)) !== 0) return false
      start += length
    }
    return start === sizeBytes && readSync(file, Buffer.alloc(1), 0, 1, start) === 0
  } finally {
    closeSync(file)
  }
}

/** The file that was backed up, where it is still as it was then. */
async function unchangedFile(
  { env }: UpkeepPlace,
  { path, sizeBytes, mtimeMs }: SampledFile,
  sourceOf: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const [prefix = '', ...rest] = path.split('/')
  const source = sourceOf.get(prefix)
  if (source === undefined) return undefined
  const live = rest.length === 0 ? source : join(source, ...rest)
  try {
    const stat = await env.files.lstat(live)
    const isUnchanged = stat?.kind === 'file' && stat.sizeBytes === sizeBytes && stat.mtimeMs === mtimeMs
    return isUnchanged ? live : undefined
  } catch {
    // It cannot be looked at any more: nothing to compare with.
    return undefined
  }
}
