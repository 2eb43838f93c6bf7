import { inParallel } from '../env/in-parallel.ts'
import { lstatSync } from '../env/node/sync-files.ts'
import { EverstowError } from '../model/errors.ts'
import { ifThere } from '../sync/disk/system-errors.ts'
import { fetchFile } from './fetch-file.ts'
import { isCaseBlind, type LocalFolder, openLocalFolder } from './local-folder.ts'
import { AT_ONCE, type MirrorRun, noteFailure } from './mirror-run.ts'
import { fileKey, placeIn } from './names.ts'
import { tagOf } from './objects.ts'
import { type Download, planPull } from './plan-pull.ts'
import { withStableFile } from './read-stable.ts'
import type { MirrorOutcome } from './report.ts'
import { type LocalFile, stampOf, walkFolder } from './walk-folder.ts'

const DAY_MS = 86_400_000

/** Makes the folder follow the objects. What is replaced or has no object goes to the folder's versions; what a person has to confirm is left in `held`. */
export async function pull(run: MirrorRun): Promise<MirrorOutcome> {
  const { mirror, clock, random, signal } = run
  const walked = await walkFolder(mirror.folder, mirror, signal)
  const folder = openLocalFolder(mirror.folder, clock, random)
  const { downloads, removals, held, outcome } = await planPull(run, walked, isCaseBlind(mirror.folder))
  if (run.confirmed || !held) for (const file of removals) retire(run, folder, outcome, file)
  else outcome.held = held
  await inParallel(downloads, AT_ONCE, (download) => bring(run, folder, outcome, download))
  outcome.tidied = folder.versions.tidy({
    keptMs: mirror.keepDays * DAY_MS,
    mostBytes: Number.POSITIVE_INFINITY,
  })
  return outcome
}

/** What a pull would do. Files that have to be compared to know count as transferred. */
export async function previewPull(run: Omit<MirrorRun, 'confirmed' | 'onProgress'>): Promise<MirrorOutcome> {
  const { mirror, signal } = run
  const walked = await walkFolder(mirror.folder, mirror, signal)
  const plan = await planPull(run, walked, isCaseBlind(mirror.folder))
  const { outcome, downloads, removals, held } = plan
  outcome.transferred = downloads.length
  outcome.bytes = downloads.reduce((sum, { object }) => sum + object.sizeBytes, 0)
  outcome.replaced = downloads.filter(({ file }) => file).length
  outcome.deleted = removals.length
  outcome.deletedPaths.push(...removals.map(({ path }) => path))
  if (held) outcome.held = held
  return outcome
}

function retire(run: MirrorRun, folder: LocalFolder, outcome: MirrorOutcome, { path }: LocalFile): void {
  try {
    folder.retire(path)
    run.state.forget(path)
    outcome.deleted++
    outcome.deletedPaths.push(path)
    run.onProgress(outcome, path)
  } catch (error) {
    noteFailure(outcome, path, error)
  }
}

async function bring(
  run: MirrorRun,
  folder: LocalFolder,
  outcome: MirrorOutcome,
  download: Download,
): Promise<void> {
  try {
    await bringOne(run, folder, outcome, download)
  } catch (error) {
    noteFailure(outcome, download.path, error)
  }
}

async function bringOne(
  run: MirrorRun,
  folder: LocalFolder,
  outcome: MirrorOutcome,
  { path, object, file }: Download,
): Promise<void> {
  const { store, mirror, state, clock, signal } = run
  const info = await store.head(fileKey(mirror.prefix, path), signal)
  if (tagOf(info) !== object.tag) throw new EverstowError('changed-since', { data: { path } })
  const remember = (sha256: string, stamp: string) =>
    state.set(path, { tag: object.tag, sha256, stamp, isForeign: false })
  if (file && info.sha256 !== undefined && file.sizeBytes === info.sizeBytes) {
    const here = await withStableFile(
      file,
      () => clock.now(),
      signal,
      async ({ sha256, stamp }) => ({ sha256, stamp }),
    )
    if (here?.sha256 === info.sha256) {
      remember(here.sha256, here.stamp)
      outcome.unchanged++
      return
    }
  }
  const { staged, sha256 } = await fetchFile(store, info, folder, signal)
  if (folder.place(staged, path) === 'in-the-way') {
    folder.drop(staged)
    outcome.left.push({ path, reason: 'in-the-way' })
    return
  }
  const place = placeIn(mirror.folder, path)
  const stats = place === undefined ? undefined : ifThere(() => lstatSync(place, { bigint: true }))
  remember(sha256, stats ? stampOf(stats) : '')
  outcome.transferred++
  outcome.bytes += info.sizeBytes
  if (file) outcome.replaced++
  run.onProgress(outcome, path)
}
