import { pitrDrill } from '../ground/pitr-drill.ts'
import { protectCluster } from '../ground/protected-cluster.ts'
import { createFindings, type SoakOutcome } from './outcome.ts'

const RESTORES_EACH = 4

/** Restores clusters that lived through crashes to moments that chance chooses. */
export async function drillPitr({
  drills,
  seed,
  untilMs = Infinity,
}: {
  readonly drills: number
  readonly seed: number
  readonly untilMs?: number
}): Promise<SoakOutcome> {
  const findings = createFindings('pitr', seed)
  const template = await protectCluster()
  try {
    await template.cluster.stop()
    for (let done = 0; done < drills && performance.now() < untilMs; done += RESTORES_EACH) {
      const { restores, rows, faults, problems } = await pitrDrill(template, seed + done, RESTORES_EACH)
      findings.count('restores', restores)
      findings.count('rows', rows)
      findings.count('faults', faults)
      for (const problem of problems) findings.lose(problem)
    }
    return findings.outcome()
  } finally {
    await template.remove()
  }
}
