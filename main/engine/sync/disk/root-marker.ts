import type { Files } from '../../env/files.ts'
import { EverstowError } from '../../model/errors.ts'
import { OWN_FOLDER, ROOT_MARKER } from './places.ts'

/** Says in the synced folder what it belongs to. `generation` is random and written anew with each batch, here and in the base: older images of either are noticed. */
export interface RootMarker {
  readonly spaceId: string
  readonly deviceId: string
  readonly generation: string
}

/**
 * What the marker says against what the base remembers. `restored`: folder or base is an older image than the other, or a copy that another device made;
 * only a union of folder and journal without deletions is safe then.
 */
export type MarkerFinding = 'same' | 'missing' | 'other-space' | 'restored'

/** `undefined` when there is none or it cannot be understood. Other system errors are thrown. */
export async function readMarker(root: string, files: Files): Promise<RootMarker | undefined> {
  const path = `${root}/${ROOT_MARKER}`
  const stat = await files.lstat(path)
  if (stat?.kind !== 'file' || stat.sizeBytes > LARGEST_MARKER_BYTES) return undefined
  try {
    const { spaceId, deviceId, generation } = JSON.parse(await files.readText(path)) as Partial<RootMarker>
    if (![spaceId, deviceId, generation].every((each) => typeof each === 'string')) return undefined
    return { spaceId, deviceId, generation } as RootMarker
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

const LARGEST_MARKER_BYTES = 4096

/** Makes the folder that markers are written in, where nothing of ours comes and goes among people's files. Throws `sync-root-missing` where there is no synced folder. */
export async function prepareMarker(root: string, files: Files): Promise<void> {
  if ((await files.stat(root))?.kind !== 'directory')
    throw new EverstowError('sync-root-missing', { data: { path: root, reason: 'gone' } })
  await files.mkdir(`${root}/${OWN_FOLDER}`, { mode: 0o700 })
}

/**
 * Replaces the marker durably, after `prepareMarker`; where the volume has gone meanwhile, and left an empty folder, it fails. The base notes the new generation first as its
 * `next`, then as its own: a cut between is no restored image.
 */
export async function writeMarker(root: string, marker: RootMarker, files: Files): Promise<void> {
  const options = { mode: 0o600, temporaryIn: `${root}/${OWN_FOLDER}` }
  await files.writeAtomic(`${root}/${ROOT_MARKER}`, `${JSON.stringify(marker)}\n`, options)
}

/** `known.next` is a generation that was about to be written when the program ended: marker or base may have it. */
export function compareMarker(
  marker: RootMarker | undefined,
  known: RootMarker & { readonly next?: string },
): MarkerFinding {
  if (!marker) return 'missing'
  if (marker.spaceId !== known.spaceId) return 'other-space'
  if (marker.deviceId !== known.deviceId) return 'restored'
  return marker.generation === known.generation || marker.generation === known.next ? 'same' : 'restored'
}
