import { join } from 'node:path'
import type { SyncConflictRow } from '../../catalogue/sync-book.ts'
import { hasCode } from '../../model/errors.ts'
import { LARGEST_SHOWN_BYTES, type Preview, previewBytes } from '../../model/preview.ts'
import { sizeOfContent } from '../content-text.ts'
import { OWN_FOLDER } from '../disk/places.ts'
import { spotAt } from './change-folder.ts'
import { previewContent } from './content-bytes.ts'
import { type Merged, mergeTexts } from './merge-texts.ts'
import type { OpenFolder } from './open-folder.ts'

/** The versions of a conflict side by side. */
export interface Compared {
  /** Absent: nothing is known of what both had before, or it is not kept any more. */
  readonly base?: Preview
  readonly here: Preview
  readonly there: Preview
  /** Where all are texts. */
  readonly merged?: Merged
}

/** Fetches what is needed of the versions of a conflict. A version that is only here so far is looked at where it lies. */
export async function compareSides(
  open: OpenFolder,
  { base, here, there, path, copyPath, kind }: SyncConflictRow,
  signal: AbortSignal,
): Promise<Compared> {
  const scratch = join(open.folder.folder, OWN_FOLDER, 'preview')
  const show = (content: string) => previewContent(open.space.contents, content, scratch, signal)
  const ownPath = kind === 'copy' ? copyPath : path
  const [mine, theirs] = [await orFromFolder(() => show(here), open, ownPath, here), await show(there)]
  const common = base === undefined ? undefined : await show(base).catch(() => undefined)
  const texts = [common?.text, mine.text, theirs.text]
  const [o, a, b] = texts
  const merged = o !== undefined && a !== undefined && b !== undefined ? mergeTexts(o, a, b) : undefined
  return {
    ...(common && { base: common }),
    here: mine,
    there: theirs,
    ...(merged && { merged }),
  }
}

/** What was not brought to the space yet lies in the folder. */
async function orFromFolder(
  show: () => Promise<Preview>,
  { disk }: OpenFolder,
  path: string | undefined,
  content: string,
): Promise<Preview> {
  try {
    return await show()
  } catch (error) {
    if (path === undefined || hasCode(error, 'cancelled')) throw error
    const spot = await spotAt(disk, path)
    const bytes = await disk.bytesOf(spot, LARGEST_SHOWN_BYTES)
    return bytes ? previewBytes(bytes) : { sizeBytes: sizeOfContent(content) }
  }
}
