import { lstatSync, mkdirSync, realpathSync } from '../../env/node/sync-files.ts'
import { EverstowError } from '../../model/errors.ts'
import { OWN_FOLDER, ROOT_MARKER, STAGE, VERSIONS } from './places.ts'
import { ifThere } from './system-errors.ts'

/** The real path of the synced folder, with a stage in it. Throws `sync-root-missing` where there is no folder. */
export function prepareRoot(path: string): string {
  const missing = (reason: string) => new EverstowError('sync-root-missing', { data: { path, reason } })
  const root = ifThere(() => realpathSync(path))
  if (root === undefined || !lstatSync(root).isDirectory()) throw missing('gone')
  // Before anything is written: it may be the empty folder that a volume is mounted on.
  if (!ifThere(() => lstatSync(`${root}/${ROOT_MARKER}`))) throw missing('marker')
  const own = ifThere(() => lstatSync(`${root}/${OWN_FOLDER}`))
  if (own && !own.isDirectory()) throw missing('stage')
  for (const folder of [OWN_FOLDER, STAGE, VERSIONS]) makeOwn(`${root}/${folder}`)
  return root
}

function makeOwn(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
}
