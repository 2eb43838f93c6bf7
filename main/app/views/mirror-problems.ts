import type { Run, Status } from '../../contract/index.ts'
import type { Configuration, Engine } from '../../engine/engine.ts'
import { mirrorView } from './mirror-view.ts'

type Problem = Status['problems'][number]

/** What of mirrors wants a person: one that cannot go on, deletions that wait, files that were left. A place that is away is told by itself. */
export function mirrorProblems(
  engine: Engine,
  configuration: Configuration,
  runs: readonly Run[],
): Problem[] {
  return configuration.mirrors.flatMap((mirror): Problem[] => {
    const { id, name, state, error, last } = mirrorView(engine, configuration, runs, mirror)
    const found = (key: string, params: Record<string, string | number> = {}): Problem => ({
      id: `mirror/${id}`,
      level: 'attention',
      sentence: { key: `status.${key}`, params: { name, ...params } },
    })
    if (state === 'failed' || (state === 'held' && error))
      return [{ ...found('mirrorStopped'), ...(error && { error }) }]
    if (state === 'held') return [found('mirrorHeld', { count: last?.held?.count ?? 0 })]
    return state === 'incomplete' && last && last.left > 0 ? [found('mirrorLeft', { count: last.left })] : []
  })
}
