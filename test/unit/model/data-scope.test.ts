import { expect, test } from 'vitest'
import { scopeProblem, spanOf } from '../../../main/engine/model/data-scope.ts'

test('a date is the whole local day, a time is that moment', () => {
  expect(spanOf({ from: '2026-03-01', to: '2026-03-01' })).toEqual({
    fromMs: new Date(2026, 2, 1).getTime(),
    toMs: new Date(2026, 2, 2).getTime() - 1,
  })
  expect(spanOf({ from: '2026-03-01T10:00:00+02:00', to: '2026-03-01T08:00Z' })).toEqual({
    fromMs: Date.UTC(2026, 2, 1, 8),
    toMs: Date.UTC(2026, 2, 1, 8),
  })
  expect(spanOf({})).toEqual({ fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY })
})

test('scopes that make no sense are named by what is wrong', () => {
  for (const fine of [
    {},
    { paths: ['a', '**/*.json'] },
    { from: '2026-01-01', to: '2026-01-01' },
    { planIds: ['x'] },
  ])
    expect(scopeProblem(fine)).toBeUndefined()
  const wrong = [
    [{ paths: ['a', '/b'] }, { field: 'scope.paths', value: '/b', reason: 'scope-path' }],
    [{ paths: ['a/../b'] }, { field: 'scope.paths', reason: 'scope-path' }],
    [{ from: 'yesterday' }, { field: 'scope.from', reason: 'scope-date' }],
    [{ from: '2026-02-30' }, { field: 'scope.from', reason: 'scope-date' }],
    [{ from: '2026' }, { field: 'scope.from', reason: 'scope-date' }],
    [{ to: '2026-01-01 10:00' }, { field: 'scope.to', reason: 'scope-date' }],
    [{ to: '2026-13-01' }, { field: 'scope.to', reason: 'scope-date' }],
    [
      { from: '2026-01-02', to: '2026-01-01' },
      { field: 'scope.to', reason: 'scope-reversed' },
    ],
  ] as const
  for (const [scope, problem] of wrong) expect(scopeProblem(scope)).toMatchObject(problem)
})
