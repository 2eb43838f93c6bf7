import { type MirrorRun, noteFailure } from './mirror-run.ts'
import { fileKey } from './names.ts'
import { type Listed, tagOf } from './objects.ts'
import { metadataOf } from './own-metadata.ts'
import { headOf, isOwnByMetadata, type Upload } from './plan-push.ts'
import { type OpenedFile, withStableFile } from './read-stable.ts'
import type { MirrorOutcome } from './report.ts'
import { setAside } from './set-aside.ts'

interface Pushing extends MirrorRun {
  readonly isFresh: boolean
  readonly outcome: MirrorOutcome
}

/** Brings a file to its key. What lies there is put aside before; one that holds the same already is only remembered. */
export async function putFile(run: Pushing, upload: Upload): Promise<void> {
  const { outcome, clock, signal } = run
  const { file } = upload
  let isRead = false
  try {
    await withStableFile(
      file,
      () => clock.now(),
      signal,
      async (opened) => {
        isRead = true
        await putOpened(run, upload, opened)
      },
    )
    if (!isRead) outcome.left.push({ path: file.path, reason: 'changing' })
  } catch (error) {
    noteFailure(outcome, file.path, error)
  }
}

async function putOpened(run: Pushing, { file, object }: Upload, opened: OpenedFile): Promise<void> {
  const { store, state, mirror, outcome, signal, onProgress } = run
  const { path, sizeBytes } = file
  const { sha256, body } = opened
  const there = object && (await whatIsThere(run, path, object))
  if (there && there.sha256 === sha256 && object.sizeBytes === sizeBytes) {
    state.set(path, { tag: object.tag, sha256, stamp: opened.stamp, isForeign: false })
    outcome.unchanged++
    return
  }
  if (there) {
    if (there.isForeign) outcome.foreign.push({ path, kind: state.get(path) ? 'changed' : 'added' })
    const at = { store, prefix: mirror.prefix, nowMs: run.clock.now() }
    await setAside(at, path, { etag: object.etag }, signal)
  } else if (state.get(path)) outcome.foreign.push({ path, kind: 'gone' })
  state.intend(path, sha256)
  const info = await store.put(fileKey(mirror.prefix, path), body, {
    sha256,
    metadata: metadataOf(opened.stats, mirror.id),
    journal: state.journal(path, sha256),
    signal,
    purpose: 'data',
  })
  const isWhole = await opened.isUnchanged()
  state.set(path, { tag: tagOf(info), sha256, stamp: isWhole ? opened.stamp : '', isForeign: false })
  if (!isWhole) outcome.left.push({ path, reason: 'changing' })
  outcome.transferred++
  outcome.bytes += sizeBytes
  if (there) outcome.replaced++
  onProgress(outcome, path)
}

/** The hash of what lies under a key, and whether somebody else put it there; `undefined` where it is gone by now. */
async function whatIsThere(
  { store, state, mirror, isFresh, signal }: Pushing,
  path: string,
  object: Listed,
): Promise<{ readonly sha256: string | undefined; readonly isForeign: boolean } | undefined> {
  const known = state.get(path)
  if (known && !known.isForeign && known.tag === object.tag) return { sha256: known.sha256, isForeign: false }
  const info = await headOf(store, fileKey(mirror.prefix, path), signal)
  if (!info) return undefined
  const isForeign = !isOwnByMetadata(info, state.intended(path), isFresh, mirror.id)
  return { sha256: tagOf(info) === object.tag ? info.sha256 : undefined, isForeign }
}
