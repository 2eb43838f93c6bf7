import { userInfo } from 'node:os'
import { basename, dirname } from 'node:path'
import type { Clock } from '../../env/clock.ts'
import * as files from '../../env/node/sync-files.ts'
import { Worker } from '../../env/node/threads.ts'
import { type Random, randomHex } from '../../env/random.ts'
import type { BackupRow } from '../../model/backup.ts'
import { EverstowError } from '../../model/errors.ts'
import { errorOfFacts } from '../error-facts.ts'
import { createStaging } from '../placing/staging.ts'
import type { RestoreOutcome, RestoreRequest } from '../restore-backup.ts'
import type { RestoreReport } from '../restore-options.ts'
import { emptyTally, reportOf, type Tally } from '../tally.ts'
import { findTarget } from '../target/target.ts'
import { dateOf } from '../target/target-name.ts'
import type { FromGather, ToGather } from './gather-worker.ts'
import type { PackFormat } from './pack-tree.ts'
import type { GatherJob } from './run-gather.ts'

/** What comes of one backup. */
export interface BasketPart extends Pick<RestoreRequest, 'backup' | 'paths'> {
  readonly destinationId?: string | undefined
}

/** Files and folders of several backups, restored in one go. */
export interface BasketRequest
  extends Pick<RestoreRequest, 'into' | 'existing' | 'dryRun' | 'record' | 'signal' | 'onProgress'> {
  readonly parts: readonly BasketPart[]
  /** One file instead of a folder: `into` is its path. */
  readonly pack?: PackFormat | undefined
}

/** The report of the whole, and which copy each part was read from. */
export interface BasketOutcome {
  readonly report: RestoreReport
  readonly parts: readonly RestoreOutcome[]
}

interface BasketDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly random: Random
  readonly restore: (request: RestoreRequest) => Promise<RestoreOutcome>
}

/**
 * Restores parts of several backups into one folder, or into one file. Each is restored and proven in a private folder beside the target; when all are
 * there they become visible together. Of two versions of one file the newer keeps the name. Whatever fails, or is cancelled, before that leaves the
 * target as it was.
 */
export async function restoreBasket(deps: BasketDeps, request: BasketRequest): Promise<BasketOutcome> {
  const newestFirst = request.parts.toSorted((a, b) => b.backup.createdMs - a.backup.createdMs)
  if (request.dryRun) return previewBasket(deps, request, newestFirst)
  const { pack, into, existing, record, signal } = request
  const id = randomHex(deps.random, 8)
  const nowMs = deps.clock.now()
  const target = findTarget(files, pack ? dirname(into) : into)
  const staging = createStaging(files, target.base, id, target.into)
  try {
    const folders = newestFirst.map((part, at) => ({ ...part, folder: `${staging.folder}/part-${at}` }))
    const outcomes: RestoreOutcome[] = []
    for (const { folder, ...part } of folders)
      outcomes.push(await restorePart(deps, request, part, { into: folder, existing: 'rename' }, outcomes))
    const tally = await inThread(
      {
        type: 'gather',
        job: {
          target,
          staging,
          existing,
          nowMs,
          owner: userInfo().uid === 0,
          parts: folders.map(({ folder, backup }) => ({ path: folder, mark: markOf(backup) })),
          ...(record && { record }),
          ...(pack && { pack: { format: pack, name: basename(into) } }),
        } satisfies GatherJob,
      },
      signal,
      (bytes) =>
        request.onProgress?.({
          phase: 'packing',
          bytesRead: bytes,
          bytesToRead: sumOf(outcomes, 'bytes'),
          files: sumOf(outcomes, 'restored'),
          bytes,
          path: basename(into),
        }),
    )
    return { report: reportOfAll(outcomes, tally ?? emptyTally(), target.into, false), parts: outcomes }
  } catch (error) {
    await inThread({ type: 'discard', folder: staging.folder })
    throw error
  }
}

async function previewBasket(
  deps: BasketDeps,
  request: BasketRequest,
  parts: readonly BasketPart[],
): Promise<BasketOutcome> {
  const { pack, existing } = request
  // In a file nothing stands in the way: what is looked at is a folder that nobody has.
  const into = pack ? `${dirname(request.into)}/.everstow-restore-preview` : request.into
  const outcomes: RestoreOutcome[] = []
  for (const part of parts)
    outcomes.push(await restorePart(deps, request, part, { into, existing }, outcomes))
  const tally = emptyTally()
  for (const { report } of outcomes) for (const name of SUMMED) tally[name] += report[name]
  return { report: reportOfAll(outcomes, tally, into, true), parts: outcomes }
}

function restorePart(
  { restore }: BasketDeps,
  { dryRun, signal, onProgress }: BasketRequest,
  { destinationId, ...part }: BasketPart,
  where: Pick<RestoreRequest, 'into' | 'existing'>,
  before: readonly RestoreOutcome[],
): Promise<RestoreOutcome> {
  const done = sumOf(before, 'bytes')
  const items = sumOf(before, 'restored')
  return restore({
    ...part,
    ...where,
    dryRun,
    signal,
    ...(destinationId !== undefined && { destinationId }),
    ...(onProgress && {
      onProgress: (progress) =>
        onProgress({ ...progress, bytes: done + progress.bytes, files: items + progress.files }),
    }),
  })
}

const SUMMED = [
  'restored',
  'replaced',
  'renamed',
  'unchanged',
  'skipped',
  'links',
  'directories',
  'bytes',
] as const

function sumOf(outcomes: readonly RestoreOutcome[], name: (typeof SUMMED)[number] | 'bytesRead'): number {
  return outcomes.reduce((sum, { report }) => sum + report[name], 0)
}

/** The counts are those of the whole; what did not come back is told of each part. */
function reportOfAll(
  outcomes: readonly RestoreOutcome[],
  tally: Tally,
  into: string,
  dryRun: boolean,
): RestoreReport {
  const reports = outcomes.map(({ report }) => report)
  return reportOf(
    {
      ...tally,
      bytesRead: sumOf(outcomes, 'bytesRead'),
      refused: [...reports.flatMap(({ refused }) => refused), ...tally.refused],
      refusedCount: reports.reduce((sum, { refusedCount }) => sum + refusedCount, tally.refusedCount),
      failed: [...reports.flatMap(({ failed }) => failed), ...tally.failed],
      failedCount: reports.reduce((sum, { failedCount }) => sum + failedCount, tally.failedCount),
    },
    {
      into,
      dryRun,
      missing: reports.flatMap(({ missing }) => missing),
      verified: reports[0]?.verified ?? 'chunks',
    },
  )
}

/** `2026-11-20 14.05`, local: when a version was backed up, as it may stand in a name everywhere. */
function markOf({ createdMs }: BackupRow): string {
  const at = new Date(createdMs)
  const time = [at.getHours(), at.getMinutes()].map((value) => String(value).padStart(2, '0')).join('.')
  return `${dateOf(createdMs)} ${time}`
}

function inThread(
  message: ToGather,
  signal?: AbortSignal,
  onPacked: (bytes: number) => void = () => {},
): Promise<Tally | undefined> {
  return new Promise((resolve, reject) => {
    // No flags of the calling program: `--input-type` and the like would keep the worker from starting.
    const worker = new Worker(new URL('./gather-worker.ts', import.meta.url), { execArgv: [] })
    const cancel = () => worker.postMessage({ type: 'cancel' } satisfies ToGather)
    const end = () => {
      signal?.removeEventListener('abort', cancel)
      void worker.terminate()
    }
    const died = (cause?: unknown) => {
      end()
      reject(new EverstowError('internal', { message: 'a restore thread died', cause }))
    }
    worker.on('message', (answer: FromGather) => {
      if (answer.type === 'packing') return onPacked(answer.bytes)
      if (answer.type === 'done') resolve(answer.tally)
      else reject(errorOfFacts(answer.error))
      end()
    })
    worker.on('error', died)
    worker.on('exit', () => died())
    worker.postMessage(message)
    if (signal?.aborted) cancel()
    else signal?.addEventListener('abort', cancel, { once: true })
  })
}
