import { describe, expect, test } from 'vitest'
import { createFakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { LARGE, SMALL, WIDE } from './configurations.ts'
import { explore, type Violation } from './explore.ts'
import { CORRECT } from './protocol.ts'
import { VARIANTS } from './variants.ts'
import { walk } from './walk.ts'

/** How many states to look at in all: `STATES=20000000` for a long run. */
const STATES = Number(process.env.STATES ?? 1_000_000)
const WALKS = Number(process.env.WALKS ?? 4000)
const SEED = process.env.SEED ?? 'walks'
/** Largest part of one configuration, for the memory's sake. */
const MAX_STATES = 6_000_000
const TIMEOUT_MS = 120_000 + STATES / 10

const told = ({ reason, trace }: Violation) => [...trace, reason].join('\n  ')

describe('the protocol', () => {
  test(`loses nothing in any of ${STATES} states`, { timeout: TIMEOUT_MS }, () => {
    let states = 0
    for (const configuration of [...SMALL, ...LARGE]) {
      if (states >= STATES && !SMALL.includes(configuration)) break
      const found = explore({ configuration, maxStates: MAX_STATES })
      if (found.violation) expect.fail(`${JSON.stringify(configuration)}\n  ${told(found.violation)}`)
      if (SMALL.includes(configuration)) expect(found.exhausted, JSON.stringify(configuration)).toBe(true)
      states += found.states
    }
    expect(states).toBeGreaterThanOrEqual(STATES)
  })

  test(`loses nothing on ${WALKS} walks through a wide world, on which everything happens`, {
    timeout: 60_000 + WALKS * 50,
  }, () => {
    const random = createFakeRandom(SEED)
    const happened = new Set<string>()
    for (let at = 0; at < WALKS; at++) {
      const { steps, violation } = walk({ configuration: WIDE, random: random.fork(`walk ${at}`) })
      if (violation) expect.fail(`SEED=${SEED}, walk ${at}\n  ${told(violation)}`)
      // Without names and numbers: who did it, and to what, does not matter here.
      for (const step of steps) happened.add(step.replace(/^\w+ /, '').replace(/ [a-z]?@?\d+| of \w\d/g, ''))
    }
    expect([...happened]).toEqual(expect.arrayContaining(EVERYTHING))
  })
})

/** What has to happen on the way; otherwise finding nothing would mean nothing. */
const EVERYTHING = [
  ...['begin', 'commit', 'expire', 'sweep', 'purge', 'repack'].flatMap((record) =>
    ['created', 'exists', 'ambiguous'].map((answer) => `${record}: ${answer}`),
  ),
  ...['begin', 'commit', 'expire', 'sweep', 'purge', 'repack'].flatMap((record) => [
    `late ${record} lands`,
    `late ${record} is lost`,
    `late ${record} finds its slot taken`,
  ]),
  ...['forgets snapshot', 'unforgets snapshot', 'undoes sweep', 'deletes', 'crashes'],
  ...['finds its own commit', 'finds itself expired', 'misses a chunk', 'finds everything there'],
  ...['finds the slot free', 'finds its commit in the slot', 'finds another record in the slot'],
  ...['compares with the index', 'compares with snapshot', 'finds its repack void', 'lets the grace run'],
  ...['has to mark again', 'spares what is used', 'has nothing left to sweep'],
]

describe('without one safeguard', () => {
  test('each safeguard has a variant that goes without it', () => {
    const missing = VARIANTS.map(({ protocol }) =>
      Object.entries(protocol).flatMap(([safeguard, on]) => (on ? [] : [safeguard])),
    )
    expect(missing.flat().sort()).toEqual(Object.keys(CORRECT).sort())
    expect(missing.every(({ length }) => length === 1)).toBe(true)
  })

  test.each(VARIANTS)('$name loses data: $story', ({ name, protocol, configuration }) => {
    const { violation } = explore({ configuration, protocol, rules: false })
    expect(violation?.reason).toMatch(/^V[14]: /)
    expect(violation?.trace.length).toBeGreaterThan(3)
    if (process.env.TRACE && violation) console.log(`${name}\n  ${told(violation)}\n`)
  })

  test.each(VARIANTS)('and with it the world of $name is safe', ({ configuration }) => {
    expect(explore({ configuration })).toMatchObject({ exhausted: true, violation: undefined })
  })
})
