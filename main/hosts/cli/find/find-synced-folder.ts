import type { Command } from 'commander'
import type { SyncedFolder } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import type { Session } from '../session.ts'

/** The command that all families of `everstow sync …` add to. */
export function syncCommand(program: Command, say: CommandHost['say']): Command {
  return (
    program.commands.find((each) => each.name() === 'sync') ??
    program.command('sync').description(say('help.sync')).helpCommand(false)
  )
}

/** The synced folder a person means: by its space's name in any case, by an id, or by its path. */
export async function syncedFolderNamed(session: Session, wanted: string): Promise<SyncedFolder> {
  const folders = await session.call('sync.list', {})
  const name = wanted.toLocaleLowerCase()
  const folder =
    folders.find(({ id }) => id === wanted) ??
    folders.find((each) => each.name.toLocaleLowerCase() === name) ??
    folders.find((each) => each.folder === wanted)
  if (!folder) throw new EverstowError('unknown-synced-folder', { data: { name: wanted } })
  return folder
}

/** The one that is meant: the named one, or the only one there is. */
export async function oneSyncedFolder(session: Session, wanted: string | undefined): Promise<SyncedFolder> {
  if (wanted !== undefined) return syncedFolderNamed(session, wanted)
  const [only, ...others] = await session.call('sync.list', {})
  if (!only || others.length > 0) throw new EverstowError('unknown-synced-folder', { data: { name: '' } })
  return only
}
