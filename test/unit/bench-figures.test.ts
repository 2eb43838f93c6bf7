import { expect, test } from 'vitest'
import { CommandFailed, measure } from '../bench/measure.ts'
import { type Verdict, verdicts } from '../bench/musts.ts'
import { selectionOf } from '../bench/operations/selection.ts'
import { markdownReport, textReport } from '../bench/report.ts'
import { createResults, type Results } from '../bench/results.ts'
import { median, pairedRatio } from '../bench/statistics.ts'

test('time and memory of the processes that a command starts are counted', async () => {
  const burn = 'for (;;) { const { user, system } = process.cpuUsage(); if (user + system > 400e3) break }'
  const fill = 'Buffer.alloc(200e6, 1)'
  const script = `"$1" -e '${burn}' & "$1" -e '${fill}' & wait; echo said`
  const { wallS, cpuS, peakMb, stdout } = await measure({
    argv: ['bash', '-c', script, 'bash', process.execPath],
  })
  expect(stdout).toBe('said\n')
  expect(wallS).toBeGreaterThan(0.2)
  expect(cpuS).toBeGreaterThan(0.4)
  expect(cpuS).toBeLessThan(4)
  expect(peakMb).toBeGreaterThan(200)
  expect(peakMb).toBeLessThan(400)
})

test('a small command looks small, however much memory is taken here', async () => {
  const ballast = Buffer.alloc(300e6, 1)
  const { peakMb } = await measure({ argv: ['sleep', '0.05'] })
  expect(ballast.length).toBe(300e6)
  expect(peakMb).toBeGreaterThan(0.5)
  expect(peakMb).toBeLessThan(20)
})

test('a command that fails says so with its last words', async () => {
  const failing = measure({ argv: ['bash', '-c', 'echo because >&2; exit 3'] })
  await expect(failing).rejects.toThrow(CommandFailed)
  await expect(failing).rejects.toThrow(/status 3: because/)
})

test('a ratio is the median of the rounds that both tools finished', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(median([])).toBeNaN()
  expect(pairedRatio([2, 30, 4], [1, 10, 1])).toBe(3)
  expect(pairedRatio([2, undefined, 4, 8], [1, 10, undefined, 1])).toBe(5)
  expect(pairedRatio([2], [undefined])).toBeNaN()
})

test('both CPU and wall time must reach a promise, and it is judged only where both tools were measured', () => {
  const verdictOf = (restic: [number, number]) => {
    const results = createResults(() => {})
    results.add('first W1', 'everstow', 0, { wallS: 1, cpuS: 1, peakMb: 100, storedMb: 80 })
    results.add('first W1', 'restic', 0, { wallS: restic[0], cpuS: restic[1], peakMb: 90, storedMb: 100 })
    return brief(verdicts(results))
  }
  const others = [
    'repository size ≤ 0.85 of restic’s: pass',
    'peak memory ≤ 1.6 of restic’s and ≤ 300 MB: pass',
  ]
  expect(verdictOf([2.3, 2.2])).toEqual(['≥ 2.2 × restic: pass', ...others])
  expect(verdictOf([2.3, 2.1])).toEqual(['≥ 2.2 × restic: FALLS SHORT', ...others])
  expect(verdictOf([2.1, 2.3])).toEqual(['≥ 2.2 × restic: FALLS SHORT', ...others])
})

test('too large a repository, too much memory, too many requests and too late a window fall short', () => {
  const results = createResults(() => {})
  const time = { wallS: 1, cpuS: 1 }
  results.add('s3 W1', 'everstow', 0, { ...time, peakMb: 310, requests: 101 })
  results.add('s3 W1', 'restic', 0, { wallS: 3, cpuS: 3, peakMb: 300, requests: 100 })
  results.add('first W2', 'everstow', 0, { ...time, peakMb: 170, storedMb: 101 })
  results.add('first W2', 'everstow fast', 0, { ...time, peakMb: 100 })
  results.add('first W2', 'restic', 0, { wallS: 3, cpuS: 3, peakMb: 100, storedMb: 100 })
  results.add('first W2', 'borg lz4', 0, { wallS: 1, cpuS: 1, peakMb: 100 })
  results.add('event-loop W1', 'everstow', 0, { ...time, peakMb: 100, delayP99Ms: 51 })
  expect(brief(verdicts(results))).toEqual([
    '≥ 2.2 × restic: pass',
    'requests ≤ 1 of restic’s: FALLS SHORT',
    'peak memory ≤ 1.6 of restic’s and ≤ 300 MB: FALLS SHORT',
    '≥ 2.2 × restic: pass',
    'everstow fast: ≥ 1 × borg lz4: pass',
    'repository size ≤ 1 of restic’s: FALLS SHORT',
    'peak memory ≤ 1.6 of restic’s and ≤ 300 MB: FALLS SHORT',
    'event loop: p99 of the delay ≤ 50 ms: FALLS SHORT',
  ])
})

function brief(all: readonly Verdict[]): string[] {
  return all.map(({ promise, ok }) => `${promise}: ${ok ? 'pass' : 'FALLS SHORT'}`)
}

test('a report has medians, paired ratios, verdicts and what failed', () => {
  const results: Results = createResults(() => {})
  for (const [round, wallS] of [1, 2, 3].entries()) {
    results.add('first W1', 'everstow', round, { wallS, cpuS: 1, peakMb: 100 })
    results.add('first W1', 'restic', round, { wallS: wallS * 4, cpuS: 2, peakMb: 100 })
  }
  results.fail('restore W1', 'restic', 'it fell')
  const head = { title: 'Title', facts: ['a machine', 'two tools'] }
  const markdown = markdownReport(head, results, verdicts(results))
  expect(markdown.split('\n')).toEqual(
    expect.arrayContaining([
      '## Title',
      '| first W1 | everstow | 2.00 | 1.00 | 100 |  |  |  |  |  |  |',
      '| first W1 | restic | 8.00 | 2.00 | 100 |  |  |  |  | 4.00 | 2.00 |',
      '| first W1 | ≥ 2.2 × restic | ≥ 2.90 × restic | wall 4.00, CPU 2.00 | FALLS SHORT |',
      '- restore W1, restic failed: it fell',
    ]),
  )
  const text = textReport(head, results, verdicts(results)).split('\n')
  const [header = '', , ours = ''] = text.slice(text.findIndex((line) => line.startsWith('Work')))
  expect(ours.slice(header.indexOf('Tool'))).toMatch(/^everstow/)
})

test('what is wanted is named by workload, by operation, or by both', () => {
  const all = selectionOf(undefined)
  expect(all.wants('first', 'W1') && all.wants('s3', 'W1')).toBe(true)
  const some = selectionOf('W1,first,s3')
  expect(some.wants('first', 'W1') && some.wants('s3', 'W1')).toBe(true)
  expect(some.wants('restore', 'W1') || some.wants('first', 'W2')).toBe(false)
  expect(selectionOf('W2').wants('restore', 'W2')).toBe(true)
  expect(() => selectionOf('W3')).toThrow(/--only W3: there are W1, W2, W4, first/)
})
