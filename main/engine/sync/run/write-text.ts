import { closeSync, fstatSync, openSync, writeFileSync } from '../../env/node/sync-files.ts'
import { NEW } from '../stage-names.ts'
import { spotAt } from './change-folder.ts'
import type { OpenFolder } from './open-folder.ts'

/** Puts a text into the folder as a new file under a free name; gives the content it has there. */
export async function writeText(
  { disk, space }: Pick<OpenFolder, 'disk' | 'space'>,
  path: string,
  text: string,
): Promise<string> {
  const spot = await spotAt(disk, path)
  const name = `${NEW}merged`
  const staged = disk.stagedPath(name)
  writeFileSync(staged, text, { mode: 0o644, flush: true })
  const fd = openSync(staged, 'r')
  try {
    const content = await space.contents.name(fd, fstatSync(fd).size)
    await disk.place(name, spot)
    return content
  } finally {
    closeSync(fd)
  }
}
