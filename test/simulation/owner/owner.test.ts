import { expect, test } from 'vitest'
import { runOwnerHistory } from './run-owner-history.ts'

/** `SEED=1000 HISTORIES=500 npx vitest run test/simulation/owner` to soak, or to play one again. */
const FIRST = Number(process.env.SEED ?? 1)
const HISTORIES = Number(process.env.HISTORIES ?? (process.env.SEED === undefined ? 2 : 1))
const STEPS = 40

test('whatever an owner does in whatever order: what was promised restores, and what is there is reached', {
  timeout: 3_600_000,
}, async () => {
  for (let seed = FIRST; seed < FIRST + HISTORIES; seed++)
    expect(await runOwnerHistory(seed, STEPS), `SEED=${seed}`).toEqual([])
})
