import { lstatSync, readdirSync } from '../../env/node/sync-files.ts'
import type { Spot } from '../ports.ts'
import type { OpenFolder } from './open-folder.ts'
import { moveName, renameToFree } from './place-names.ts'
import { ifThere } from './system-errors.ts'

/** Whether both names are one entry, on a disk where case or the form of accents does not count. */
export function isOtherSpelling(from: Spot, to: Spot, source: OpenFolder, target: OpenFolder): boolean {
  if (from.folder.key !== to.folder.key || from.name === to.name) return false
  const [one, other] = [source.at(from.name), target.at(to.name)].map((path) =>
    ifThere(() => lstatSync(path, { bigint: true })),
  )
  if (one?.ino === undefined || one.ino !== other?.ino) return false
  return !readdirSync(target.self).includes(to.name)
}

/**
 * Gives a file another name, or anything another spelling, through the stage: by two names in the folder somebody might lose what came to the first one meanwhile, and systems
 * may take a renaming to another spelling for one that changes nothing. What finds both names taken stays in the stage.
 */
export function renameByStage(from: string, to: string, waiting: string): void {
  renameToFree(from, waiting)
  try {
    moveName(waiting, to)
  } catch (error) {
    moveName(waiting, from)
    throw error
  }
}
