import { inParallel } from '../env/in-parallel.ts'
import { AT_ONCE, type MirrorRun, noteFailure } from './mirror-run.ts'
import { fileKey } from './names.ts'
import { listVersions } from './objects.ts'
import { type Deletion, type PushPlan, planPush, type Upload } from './plan-push.ts'
import { putFile } from './put-file.ts'
import type { MirrorOutcome } from './report.ts'
import { setAside } from './set-aside.ts'
import { walkFolder } from './walk-folder.ts'

const DAY_MS = 86_400_000

/** Makes the objects follow the folder. Deletions that a person has to confirm are left in `held`. */
export async function push(run: MirrorRun): Promise<MirrorOutcome> {
  const { mirror, signal } = run
  const plan = await planPush(run, await walkFolder(mirror.folder, mirror, signal))
  const { outcome, isFresh } = plan
  const mayDelete = run.confirmed || !plan.held
  const { inTheWay, others, blocked } = sortOut(plan)
  const remove = (deletion: Deletion) => removeObject(run, outcome, deletion)
  // A folder where a file was, or the other way round: not every place can hold both.
  if (mayDelete) await inParallel(inTheWay, AT_ONCE, remove)
  const waiting = new Set(mayDelete ? [] : blocked)
  for (const { file } of waiting) outcome.left.push({ path: file.path, reason: 'in-the-way' })
  const going = plan.uploads.filter((upload) => !waiting.has(upload))
  await inParallel(going, AT_ONCE, (upload) => putFile({ ...run, isFresh, outcome }, upload))
  if (mayDelete) await inParallel(others, AT_ONCE, remove)
  else if (plan.held) outcome.held = plan.held
  await tidyVersions(run, outcome)
  return outcome
}

/** What a push would do. Files that have to be read to know count as transferred. */
export async function previewPush(run: Omit<MirrorRun, 'confirmed' | 'onProgress'>): Promise<MirrorOutcome> {
  const { mirror, signal } = run
  const plan = await planPush(run, await walkFolder(mirror.folder, mirror, signal))
  const { outcome, uploads, deletions, held } = plan
  outcome.transferred = uploads.length
  outcome.bytes = uploads.reduce((sum, { file }) => sum + file.sizeBytes, 0)
  outcome.replaced = uploads.filter(({ object }) => object).length
  outcome.deleted = deletions.length
  outcome.deletedPaths.push(...deletions.map(({ path }) => path))
  if (held) outcome.held = held
  return outcome
}

interface Sorted {
  /** Deletions without which an upload has no place, and those uploads. */
  readonly inTheWay: readonly Deletion[]
  readonly blocked: readonly Upload[]
  readonly others: readonly Deletion[]
}

function sortOut({ uploads, deletions }: PushPlan): Sorted {
  const files = new Set(uploads.map(({ file }) => file.path))
  const folders = new Set(uploads.flatMap(({ file }) => foldersAbove(file.path)))
  const gone = new Set(deletions.map(({ path }) => path))
  const goneFolders = new Set(deletions.flatMap(({ path }) => foldersAbove(path)))
  const isInTheWay = ({ path }: Deletion) =>
    folders.has(path) || foldersAbove(path).some((folder) => files.has(folder))
  return {
    inTheWay: deletions.filter(isInTheWay),
    others: deletions.filter((deletion) => !isInTheWay(deletion)),
    blocked: uploads.filter(
      ({ file }) => goneFolders.has(file.path) || foldersAbove(file.path).some((folder) => gone.has(folder)),
    ),
  }
}

function foldersAbove(path: string): string[] {
  const names = path.split('/')
  return names.slice(1).map((_, at) => names.slice(0, at + 1).join('/'))
}

async function removeObject(
  run: MirrorRun,
  outcome: MirrorOutcome,
  { path, object }: Deletion,
): Promise<void> {
  const { store, mirror, state, clock, signal } = run
  try {
    const at = { store, prefix: mirror.prefix, nowMs: clock.now() }
    await setAside(at, path, { etag: object.etag }, signal)
    await store.delete(fileKey(mirror.prefix, path), signal)
    state.forget(path)
    outcome.deleted++
    outcome.deletedPaths.push(path)
    run.onProgress(outcome, path)
  } catch (error) {
    noteFailure(outcome, path, error)
  }
}

/** Deletes versions that were kept long enough, and counts them. */
async function tidyVersions(run: MirrorRun, outcome: MirrorOutcome): Promise<void> {
  const { store, mirror, clock, signal } = run
  const before = clock.now() - mirror.keepDays * DAY_MS
  const old = (await listVersions(store, mirror.prefix, signal)).filter(({ atMs }) => atMs < before)
  await inParallel(old, AT_ONCE, async ({ key }) => {
    await store.delete(key, signal)
    outcome.tidied++
  })
}
