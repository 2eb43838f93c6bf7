import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DrillOutcome, pitrDrill } from '../ground/pitr-drill.ts'
import { type ProtectedCluster, protectCluster } from '../ground/protected-cluster.ts'
import { seedOfTest } from './seed.ts'

const DRILLS = 10
const RESTORES_EACH = 2
const LANES = 2

let template: ProtectedCluster
beforeAll(async () => {
  template = await protectCluster()
  await template.cluster.stop()
})
afterAll(() => template?.remove())

test('20 restores of clusters that lived through crashes hold exactly what was committed before', async () => {
  const seed = seedOfTest()
  const outcomes: DrillOutcome[] = []
  let next = 0
  const lane = async () => {
    while (next < DRILLS) outcomes.push(await pitrDrill(template, seed + next++, RESTORES_EACH))
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  expect(outcomes.flatMap(({ problems }) => problems)).toEqual([])
  expect(outcomes.reduce((sum, { restores }) => sum + restores, 0)).toBe(DRILLS * RESTORES_EACH)
  expect(outcomes.reduce((sum, { faults }) => sum + faults, 0)).toBeGreaterThan(DRILLS)
})
