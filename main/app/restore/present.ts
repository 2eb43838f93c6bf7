import { basename, dirname, isAbsolute, join, normalize } from 'node:path'
import type { CallOutput } from '../../contract/index.ts'
import type { Engine } from '../../engine/engine.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import { LARGEST_SHOWN_BYTES, previewBytes } from '../../engine/model/preview.ts'

/**
 * What lies now where a file of a backup came from. A source is kept under its own name; where two have the same one, or the name is a pattern, nobody
 * can tell. Only what is below a source of the backup is read, and nothing through a link.
 */
export async function presentAt(
  { env: { files } }: Engine,
  { sources }: BackupRow,
  path: string,
): Promise<CallOutput<'restore.present'>> {
  const [name = ''] = path.split('/')
  const [source, ...others] = sources.filter((each) => isAbsolute(each) && basename(each) === name)
  if (source === undefined || others.length > 0 || path.split('/').includes('..')) return {}
  const at = join(dirname(normalize(source)), path)
  const stat = await files.lstat(at)
  if (stat?.kind !== 'file' || (await files.realPath(dirname(at))) !== dirname(at)) return { path: at }
  if (stat.sizeBytes > LARGEST_SHOWN_BYTES) return { path: at, preview: { sizeBytes: stat.sizeBytes } }
  return { path: at, preview: previewBytes(await files.readFile(at)) }
}
