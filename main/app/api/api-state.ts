import { z } from 'zod'
import type { ApiState, Settings } from '../../contract/index.ts'
import type { Engine } from '../../engine/engine.ts'
import type { StoredError } from '../../engine/model/backup.ts'
import { storedToWire } from '../wire/wire-error.ts'

/** What came of opening the port; kept where every process on the data folder can read it. */
const Outcome = z.object({
  port: z.number(),
  url: z.string().optional(),
  error: z.custom<StoredError>().optional(),
})
type Outcome = z.infer<typeof Outcome>

const OUTCOME_FACT = 'rest-api'

/** Writes down what came of opening the port; undefined: it is closed. Says whether that is news. */
export function noteOutcome({ facts }: Engine, outcome: Outcome | undefined): boolean {
  const text = outcome && JSON.stringify(outcome)
  if (facts.get(OUTCOME_FACT) === text) return false
  facts.set(OUTCOME_FACT, text)
  return true
}

function notedOutcome({ facts }: Engine): Outcome | undefined {
  try {
    return Outcome.parse(JSON.parse(facts.get(OUTCOME_FACT) ?? ''))
  } catch {
    return undefined
  }
}

/** Whether the settings want the REST API, and how it stands with it. What a process wrote down counts no longer than it lives. */
export async function apiState(engine: Engine, settings: Settings): Promise<ApiState> {
  const { serveApi, apiPort: port } = settings
  if (!serveApi) return { state: 'off', port }
  const outcome = notedOutcome(engine)
  if (outcome?.port !== port || !(await engine.duties.isTaken('api'))) return { state: 'waiting', port }
  const { url, error } = outcome
  return error ? { state: 'failed', port, error: storedToWire(error) } : { state: 'listening', port, url }
}
