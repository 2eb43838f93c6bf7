import { expect, test } from 'vitest'
import { seedOfTest } from '../../crash/seed.ts'
import { runOwnerHistory } from './run-owner-history.ts'

/** `HISTORIES=500 npx vitest run test/simulation/owner` to soak; `SEED=…` to play one again. */
const HISTORIES = process.env.SEED === undefined ? Number(process.env.HISTORIES ?? 3) : 1
const STEPS = 40

test('whatever an owner does in whatever order: what was promised restores, and what is there is reached', {
  timeout: 3_600_000,
}, async () => {
  for (let number = 0; number < HISTORIES; number++) {
    const seed = seedOfTest() + number
    const found = await runOwnerHistory(seed, STEPS)
    expect(found, `SEED=${seed}`).toEqual([])
  }
})
