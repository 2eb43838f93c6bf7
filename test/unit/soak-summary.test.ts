import { expect, test } from 'vitest'
import { createFindings } from '../soak/outcome.ts'
import { summaryOf, tableOf } from '../soak/summary.ts'

test('a summary adds up what the parts did, and says how to do again what went wrong', () => {
  const sync = createFindings('sync', 7)
  sync.count('histories', 12_000)
  sync.count('faults', 3)
  sync.lose('seed 9: gone', 'SEED=9 npx vitest run test/simulation/sync')
  const kills = createFindings('kill-at-calls', 7)
  kills.count('kills')
  kills.count('kills', 4)
  kills.problem('left a file')
  kills.problem('left another')
  const skipped = { ...createFindings('disk-full', 7).outcome(), skipped: 'no room' }
  const summary = summaryOf(7, 60, [sync.outcome(), kills.outcome(), skipped])
  expect(summary).toMatchObject({
    totals: { histories: 12_000, faults: 3, kills: 5, tamperings: 0 },
    lost: 1,
    problems: 3,
    replays: ['SEED=9 npx vitest run test/simulation/sync', 'npm run soak -- --only kill-at-calls --seed 7'],
  })
  const lines = tableOf(summary).split('\n')
  expect(lines.find((line) => line.startsWith('sync'))).toMatch(/1 +1 +12,000 histories, 3 faults/)
  expect(lines.find((line) => line.startsWith('disk-full'))).toContain('not run: no room')
  expect(lines.filter((line) => line.startsWith('again: '))).toHaveLength(2)
})
