import { expect, test } from 'vitest'
import { judgeGrowth, type Rest } from '../soak/long-run-growth.ts'

const REST: Rest = {
  ...{ heapBytes: 60e6, buffersBytes: 20e6, residentBytes: 400e6, files: 50, threads: 14, children: 1 },
  ...{ resources: { Timeout: 1, TCPSocketWrap: 2 }, bytes: { database: 4e6, audit: 1e5 } },
}

/** What is found in a life of so many days in which a computer changes like this. */
function found(days: number, onDay: (day: number) => Partial<Rest>): string[] {
  const problems: string[] = []
  const samples = Array.from({ length: days }, (_, day) => ({ ada: REST, ben: { ...REST, ...onDay(day) } }))
  judgeGrowth(samples, (problem) => problems.push(problem))
  return problems
}

test('what comes and goes is no leak', () => {
  expect(found(80, (day) => ({ files: 50 + (day % 7), heapBytes: 60e6 + (day % 5) * 1e6 }))).toEqual([])
})

test.each<[string, (day: number) => Partial<Rest>]>([
  ['heapBytes', (day) => ({ heapBytes: 60e6 + day * 2e5 })],
  ['buffersBytes', (day) => ({ buffersBytes: 20e6 + day * 65_536 })],
  ['residentBytes', (day) => ({ residentBytes: 400e6 + day * 2e6 })],
  ['files', (day) => ({ files: 50 + Math.floor(day / 10) })],
  ['children', (day) => ({ children: day < 40 ? 1 : 2 })],
  ['Timeout', (day) => ({ resources: { Timeout: 1 + Math.floor(day / 20), TCPSocketWrap: 2 } })],
])('a slow leak is found: %s', (name, onDay) => {
  expect(found(80, onDay)).toEqual([expect.stringMatching(`^ben: ${name} grew`)])
})

test('files count once their history is full, and what is bounded elsewhere does not', () => {
  const bounded = (day: number) => ({
    audit: 1e5 + day * 1e5,
    journals: day * 1e4,
    'repository-log': day * 1e4,
  })
  const growing = (day: number) => ({ bytes: { database: 4e6 + day * 3e5, ...bounded(day) } })
  expect(found(60, growing)).toEqual([])
  for (const days of [70, 100, 400])
    expect(found(days, growing)).toEqual([expect.stringMatching('^ben: database on disk grew')])
  const filling = (day: number) => ({
    bytes: { database: 4e6 + Math.min(day, 35) * 3e5 + (day % 40) * 1e5, ...bounded(day) },
  })
  for (const days of [60, 70, 100, 400]) expect(found(days, filling)).toEqual([])
})

test('a life too short says so', () => {
  expect(found(5, () => ({}))).toEqual([expect.stringContaining('too few')])
})
