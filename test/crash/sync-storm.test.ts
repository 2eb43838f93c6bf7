import { expect, test } from 'vitest'
import { withStormPlace } from '../ground/storm-places.ts'
import { syncStorm } from '../ground/sync-storm.ts'
import { seedOfTest } from './seed.ts'

const MS = 8_000

test.each(['folder', 's3'] as const)(
  'three devices, killed at random, with a line that is cut, end equal and lose nothing: %s',
  async (kind) => {
    const seed = seedOfTest()
    const outcome = await withStormPlace(kind, (place) => syncStorm({ ...place, seed, ms: MS }))
    expect(outcome.problems, `SEED=${seed}`).toEqual([])
    expect(outcome.acts).toBeGreaterThan(10)
    expect(outcome.written).toBeGreaterThan(2)
  },
)
