import { STORM_PLACES, withStormPlace } from '../ground/storm-places.ts'
import { syncStorm } from '../ground/sync-storm.ts'
import { createFindings, type SoakOutcome } from './outcome.ts'

/** A storm over each kind of place: a folder, S3, Google's protocol, Azurite. */
export async function storm({
  minutes,
  seed,
}: {
  readonly minutes: number
  readonly seed: number
}): Promise<SoakOutcome> {
  const findings = createFindings('sync-storm', seed)
  for (const [number, kind] of STORM_PLACES.entries()) {
    const options = { seed: seed + number, ms: minutes * 60_000 }
    const outcome = await withStormPlace(kind, (place) => syncStorm({ ...place, ...options }))
    for (const name of ['acts', 'kills', 'cuts', 'written'] as const) findings.count(name, outcome[name])
    for (const problem of outcome.problems) {
      const text = `${kind}, seed ${options.seed}: ${problem}`
      if (problem.startsWith('LOST')) findings.lose(text)
      else findings.problem(text)
    }
  }
  return findings.outcome()
}
