import { join } from 'node:path'
import type { Workspace } from '../catalogue/workspace.ts'
import type { BackupRequest } from './run-backup.ts'
import { type StagedSources, stagingFolder } from './stage-sources.ts'

/** Lets a request put its files into the folder of its lock, which the caller holds; what a killed run left there goes first. */
export async function stageOrdered(
  workspace: Workspace,
  [source = '']: BackupRequest['sources'],
  stage: NonNullable<BackupRequest['stage']>,
  lockName: string,
  signal: AbortSignal,
): Promise<StagedSources> {
  const { files } = workspace.env
  const folder = join(stagingFolder(workspace), lockName)
  const remove = (): Promise<void> => files.removeTree(folder)
  await remove()
  try {
    await files.mkdir(folder, { mode: 0o700 })
    const sources = await stage(folder, signal)
    return {
      sources,
      folder,
      told: (result) => ({ ...result, roots: result.roots.map(({ prefix }) => ({ source, prefix })) }),
      remove,
    }
  } catch (error) {
    await remove()
    throw error
  }
}
