import type { Workspace } from '../catalogue/workspace.ts'
import { isPostgresSource } from '../model/postgres-source.ts'
import { excludePatternsOf } from '../sources/files/exclude-presets.ts'
import type { Survey } from '../sources/files/survey.ts'
import { surveySources } from '../sources/files/survey-sources.ts'
import { neverIncluded } from './run-backup.ts'

/** Counts what the rules of every plan leave out, and what lies in folders (absolute) that no plan covers. */
export async function surveyPlans(
  workspace: Workspace,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<Survey> {
  const { plans, destinations } = await workspace.configuration.read()
  const neverInclude = await neverIncluded(workspace, destinations)
  return surveySources(
    {
      folders,
      neverInclude,
      plans: plans.map(({ id, sources, exclude, excludePresets }) => ({
        id,
        sources: sources.filter((source) => !isPostgresSource(source)),
        exclude: [...exclude, ...excludePatternsOf(excludePresets)],
        neverInclude,
      })),
    },
    signal,
  )
}

/** Where our own data and local places lie: no backup holds it, and none should. */
export async function whereBackupsLie(workspace: Workspace): Promise<string[]> {
  const { destinations } = await workspace.configuration.read()
  return neverIncluded(workspace, destinations)
}
