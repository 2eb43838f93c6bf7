import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts'
import { listAll } from './list-all.ts'
import { filesPrefix, readVersionName, versionsPrefix } from './names.ts'

/** What a listing says of an object. */
export interface Listed {
  readonly sizeBytes: number
  /** Changes whenever somebody replaces the object. */
  readonly tag: string
  readonly etag: string | undefined
  readonly modifiedMs: number
}

/** Changes whenever an object is replaced, by size and version tag; without a tag, by the time. */
export const tagOf = ({
  sizeBytes,
  etag,
  modifiedMs,
}: Pick<ObjectInfo, 'sizeBytes' | 'etag' | 'modifiedMs'>) =>
  `${sizeBytes}:${etag === undefined ? modifiedMs : etag.replace(/^(W\/)?"|"$/g, '')}`

/** The objects of all files, by path. */
export async function listFiles(
  store: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): Promise<Map<string, Listed>> {
  const start = filesPrefix(prefix)
  const listed = new Map<string, Listed>()
  for await (const info of listAll(store, start, signal)) {
    const { sizeBytes, etag, modifiedMs } = info
    listed.set(info.key.slice(start.length), { sizeBytes, etag, modifiedMs, tag: tagOf(info) })
  }
  return listed
}

/** A version that is kept beside. */
export interface KeptObject {
  readonly key: string
  readonly path: string
  /** Names it among the versions of its path. */
  readonly version: string
  /** When it was put aside, milliseconds since 1970. */
  readonly atMs: number
  readonly sizeBytes: number
}

/** Versions that are kept, in the order of their keys; `path`: of one file, or of what lies in one folder. */
export async function listVersions(
  store: ObjectStore,
  prefix: string,
  signal: AbortSignal,
  path?: string,
): Promise<KeptObject[]> {
  const start = versionsPrefix(prefix)
  const found: KeptObject[] = []
  for await (const { key, sizeBytes } of listAll(
    store,
    path === undefined ? start : `${start}${path}/`,
    signal,
  )) {
    const named = readVersionName(key.slice(start.length))
    if (named) found.push({ key, sizeBytes, ...named })
  }
  return found
}
