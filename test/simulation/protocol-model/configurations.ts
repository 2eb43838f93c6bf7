import type { Configuration } from './state.ts'

/** Worlds that are explored to the last state in every test run: each brings other things together. */
export const SMALL: readonly Configuration[] = [
  { writers: ['x'], collectors: 2, forgets: 1 },
  { writers: ['x', 'x'], collectors: 1, lostAnswers: 1, forgets: 1, initial: '' },
  { writers: ['xy'], collectors: 1, forgets: 2, unforgets: 1, restores: 1 },
  { writers: ['x'], collectors: 1, lostAnswers: 1, forgets: 1, restores: 1, repack: true },
  { writers: ['x'], collectors: 1, runs: 2, forgets: 2, restores: 1, bases: true },
]

/** Larger ones for long runs, each until `STATES` is reached. */
export const LARGE: readonly Configuration[] = [
  { writers: ['xy'], collectors: 1, lostAnswers: 1, forgets: 2, unforgets: 1, restores: 1 },
  { writers: ['xy', 'x'], collectors: 1, forgets: 1, initial: 'xy' },
  { writers: ['x'], collectors: 1, runs: 2, lostAnswers: 1, forgets: 2, restores: 1, bases: true },
  { writers: ['x', 'x'], collectors: 1, lostAnswers: 1, forgets: 1 },
  { writers: ['x', 'x'], collectors: 1, forgets: 2, unforgets: 1, bases: true },
  { writers: ['x'], collectors: 1, runs: 2, lostAnswers: 1, forgets: 2, restores: 1, repack: true },
  { writers: ['x'], collectors: 2, forgets: 1, repack: true },
  { writers: ['x', 'x'], collectors: 2, lostAnswers: 1, forgets: 1 },
  { writers: ['xy', 'yz'], collectors: 1, lostAnswers: 2, forgets: 2, restores: 1, bases: true },
  { writers: ['x', 'x', 'x'], collectors: 1, lostAnswers: 1, forgets: 1 },
]

/** A world that nobody can exhaust, for random walks. */
export const WIDE: Configuration = {
  writers: ['xy', 'yz', 'x'],
  collectors: 2,
  runs: 2,
  lostAnswers: 3,
  forgets: 3,
  unforgets: 1,
  restores: 2,
  repack: true,
  bases: true,
  initial: 'xy',
}
