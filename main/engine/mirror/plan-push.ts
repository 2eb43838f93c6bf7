import { inParallel } from '../env/in-parallel.ts'
import { hasCode } from '../model/errors.ts'
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts'
import { mustAsk } from './guard.ts'
import { AT_ONCE, type MirrorRun } from './mirror-run.ts'
import { fileKey } from './names.ts'
import { type Listed, listFiles, tagOf } from './objects.ts'
import { isOwnObject } from './own-metadata.ts'
import { emptyOutcome, type HeldDeletions, holdsOf, type MirrorOutcome } from './report.ts'
import type { LocalFile, Walked } from './walk-folder.ts'

/** A file that has to be looked into, and what lies under its key. */
export interface Upload {
  readonly file: LocalFile
  readonly object: Listed | undefined
}

/** An object of ours whose file is gone. */
export interface Deletion {
  readonly path: string
  readonly object: Listed
}

export interface PushPlan {
  readonly uploads: readonly Upload[]
  readonly deletions: readonly Deletion[]
  readonly held: HeldDeletions | undefined
  /** Nothing was known when it was made: objects are known by their metadata alone. */
  readonly isFresh: boolean
  readonly outcome: MirrorOutcome
}

/** Compares a folder with the listing. Only objects that cannot be told by it cost a request each. */
export async function planPush(
  run: Omit<MirrorRun, 'confirmed' | 'onProgress'>,
  walked: Walked,
): Promise<PushPlan> {
  const { store, state, mirror, signal } = run
  const listed = await listFiles(store, mirror.prefix, signal)
  const outcome = emptyOutcome(walked.left)
  outcome.holds = holdsOf([...walked.files.values()])
  const known = state.paths()
  const isFresh = known.length === 0
  const uploads: Upload[] = []
  for (const file of walked.files.values()) {
    const object = listed.get(file.path)
    if (isAsKnown(run, file, object)) outcome.unchanged++
    else uploads.push({ file, object })
  }
  for (const path of known) if (!listed.has(path) && !walked.files.has(path)) state.forget(path)
  const deletions: Deletion[] = []
  const absent = [...listed].filter(([path]) => !walked.files.has(path) && !walked.isHidden(path))
  await inParallel(absent, AT_ONCE, async ([path, object]) => {
    if (await isOurs(run, path, object, isFresh, outcome)) deletions.push({ path, object })
  })
  const held = mustAsk(deletions.length, deletions.length + walked.files.size, {
    isEmpty: walked.files.size === 0,
  })
  return { uploads, deletions, held, isFresh, outcome }
}

function isAsKnown(
  { state }: Pick<MirrorRun, 'state'>,
  file: LocalFile,
  object: Listed | undefined,
): boolean {
  const known = state.get(file.path)
  if (!known || known.isForeign || !object || known.stamp === '') return false
  return known.stamp === file.stamp && known.tag === object.tag
}

/** Whether an object without a file was put there by this mirror; what somebody else put there is noted, and stays. */
async function isOurs(
  { store, state, mirror, signal }: Omit<MirrorRun, 'confirmed' | 'onProgress'>,
  path: string,
  object: Listed,
  isFresh: boolean,
  outcome: MirrorOutcome,
): Promise<boolean> {
  const known = state.get(path)
  if (known?.tag === object.tag) {
    if (known.isForeign) outcome.foreign.push({ path, kind: 'added' })
    return !known.isForeign
  }
  const info = await headOf(store, fileKey(mirror.prefix, path), signal)
  if (!info) return false
  const isOwn = tagOf(info) === object.tag && isOwnByMetadata(info, state.intended(path), isFresh, mirror.id)
  state.set(path, { tag: object.tag, sha256: info.sha256 ?? '', stamp: '', isForeign: !isOwn })
  if (!isOwn) outcome.foreign.push({ path, kind: known && !known.isForeign ? 'changed' : 'added' })
  return isOwn
}

/** Whether this mirror put an object there that it does not remember: it was about to, or it remembers nothing at all. */
export function isOwnByMetadata(
  info: ObjectInfo,
  intended: string | undefined,
  isFresh: boolean,
  mirrorId: string,
): boolean {
  if (!isOwnObject(info, mirrorId)) return false
  return isFresh || (intended !== undefined && info.sha256 === intended)
}

/** `undefined` where nothing is there any more. */
export async function headOf(
  store: ObjectStore,
  key: string,
  signal: AbortSignal,
): Promise<ObjectInfo | undefined> {
  try {
    return await store.head(key, signal)
  } catch (error) {
    if (hasCode(error, 'object-missing')) return undefined
    throw error
  }
}
