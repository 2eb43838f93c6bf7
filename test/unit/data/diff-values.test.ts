import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alignLists, longestRising } from '../../../main/engine/access/data/values/align.ts'
import { diffLines } from '../../../main/engine/access/data/values/diff-lines.ts'
import { diffValues, type ValueChange } from '../../../main/engine/access/data/values/diff-values.ts'
import type { JsonValue } from '../../../main/engine/access/data/values/json.ts'
import { namesOfPointer, pointerOf } from '../../../main/engine/access/data/values/pointer.ts'

/** The newer value, made of the older one and what is said to have changed. */
function applied(old: JsonValue, changes: readonly ValueChange[]): JsonValue {
  const changed = new Map(changes.flatMap((each) => (each.change === 'changed' ? [[each.path, each]] : [])))
  return at(old, [], [])

  function at(value: JsonValue, from: string[], to: string[]): JsonValue {
    const here = changed.get(pointerOf(to))
    if (here) {
      expect(value).toEqual(here.before)
      return here.after!
    }
    if (Array.isArray(value)) return list(value, from, to)
    if (typeof value !== 'object' || value === null) return value
    const members = new Map(Object.entries(value))
    for (const [name] of below('removed', from)) members.delete(name)
    const kept = [...members].map(
      ([name, member]) => [name, at(member, [...from, name], [...to, name])] as const,
    )
    const fresh = below('added', to).map(([name, { after }]) => [name, after!] as const)
    return Object.fromEntries([...kept, ...fresh])
  }

  function list(value: readonly JsonValue[], from: string[], to: string[]): JsonValue {
    const gone = new Set(below('removed', from).map(([name]) => Number(name)))
    const placed = new Map<number, JsonValue>()
    for (const [name, { after }] of below('added', to)) placed.set(Number(name), after!)
    for (const [name, { fromPath }] of below('moved', to)) {
      const source = Number(namesOfPointer(fromPath!).at(-1))
      placed.set(Number(name), at(value[source]!, [...from, String(source)], [...to, name]))
      gone.add(source)
    }
    const length = value.length - gone.size + placed.size
    const staying = value.keys().filter((index) => !gone.has(index))
    return Array.from({ length }, (_, index) => {
      if (placed.has(index)) return placed.get(index)!
      const source = staying.next().value!
      return at(value[source]!, [...from, String(source)], [...to, String(index)])
    })
  }

  function below(change: ValueChange['change'], place: string[]): [string, ValueChange][] {
    return changes.flatMap((each) => {
      const names = namesOfPointer(each.path)
      const name = names.pop()
      return each.change === change && name !== undefined && pointerOf(names) === pointerOf(place)
        ? [[name, each] as [string, ValueChange]]
        : []
    })
  }
}

const small = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonValue>(null, true, 0, 1, 2, 'a', 'b'),
    fc.array(tie('value'), { maxLength: 5 }) as fc.Arbitrary<JsonValue>,
    fc.dictionary(fc.constantFrom('a', 'b', '', '/', '~', '__proto__', 'length'), tie('value'), {
      maxKeys: 4,
    }) as fc.Arbitrary<JsonValue>,
  ),
})).value
const named = fc.uniqueArray(
  fc.record({ id: fc.integer({ min: 0, max: 9 }), value: small }) as fc.Arbitrary<{ id: number }>,
  { selector: ({ id }) => id, maxLength: 8 },
) as unknown as fc.Arbitrary<JsonValue>

const diff = (old: JsonValue, fresh: JsonValue) => [...diffValues(old, fresh)]

describe('a difference', () => {
  it('makes the newer value of the older', () => {
    fc.assert(
      fc.property(small, small, (old, fresh) => {
        expect(applied(old, diff(old, fresh))).toEqual(fresh)
      }),
      { numRuns: 2_000 },
    )
    fc.assert(
      fc.property(named, named, (old, fresh) => {
        expect(applied(old, diff(old, fresh))).toEqual(fresh)
      }),
      { numRuns: 1_000 },
    )
  })

  it('of equal values is none, and of the same name in another order too', () => {
    fc.assert(
      fc.property(small, (value) => {
        expect(diff(value, structuredClone(value))).toEqual([])
      }),
    )
    expect(diff({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([])
  })

  it('follows objects by what names them', () => {
    const old = [
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
      { id: 'c', n: 3 },
    ]
    expect(diff(old, [old[2]!, old[0]!, { id: 'b', n: 5 }, { id: 'd' }])).toEqual([
      { change: 'moved', path: '/0', fromPath: '/2' },
      { change: 'changed', path: '/2/n', fromPath: '/1/n', before: 2, after: 5 },
      { change: 'added', path: '/3', after: { id: 'd' } },
    ])
    // Two of one name: nothing names them.
    expect(diff([{ id: 1 }, { id: 1 }], [{ id: 1 }])).toEqual([
      { change: 'removed', path: '/1', before: { id: 1 } },
    ])
  })

  it('of lists is small where something was put in', () => {
    const old = Array.from({ length: 5_000 }, (_, at) => at)
    const fresh = [-1, ...old.slice(0, 4_000), ...old.slice(4_001), 'end']
    expect(diff(old, fresh)).toEqual([
      { change: 'added', path: '/0', after: -1 },
      { change: 'removed', path: '/4000', before: 4_000 },
      { change: 'added', path: '/5000', after: 'end' },
    ])
    // More than can be told apart: by place, yet right.
    const [few, others] = [old.slice(0, 2_000), old.slice(0, 2_000).map((value) => -value - 1)]
    expect(applied(few, diff(few, others))).toEqual(others)
  })

  it('of records goes by the first column where that names them', () => {
    const [old, fresh] = [
      [{ day: 'mo', sold: 1 }],
      [
        { day: 'su', sold: 1 },
        { day: 'mo', sold: 2 },
      ],
    ]
    expect([...diffValues(old, fresh, [], true)]).toEqual([
      { change: 'added', path: '/0', after: { day: 'su', sold: 1 } },
      { change: 'changed', path: '/1/sold', fromPath: '/0/sold', before: 1, after: 2 },
    ])
  })

  it('of lines says which', () => {
    expect([...diffLines(['a', 'b', 'c', 'd'], ['a', 'x', 'c', 'new', 'd'])]).toEqual([
      { change: 'changed', path: '2', before: 'b', after: 'x' },
      { change: 'added', path: '4', after: 'new' },
    ])
    expect([...diffLines(['a', 'b'], [])].map(({ change, path }) => [change, path])).toEqual([
      ['removed', '1'],
      ['removed', '2'],
    ])
  })
})

describe('lists', () => {
  /** The length of a longest common order, the slow way. */
  function commonLength(one: readonly number[], other: readonly number[]): number {
    const [first, ...rest] = one
    if (first === undefined || other.length === 0) return 0
    const at = other.indexOf(first)
    const without = commonLength(rest, other)
    return at < 0 ? without : Math.max(without, 1 + commonLength(rest, other.slice(at + 1)))
  }
  const digits = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 9 })

  it('are aligned as far as they can be', () => {
    fc.assert(
      fc.property(digits, digits, (one, other) => {
        const pairs = alignLists(one, other)
        for (const [at, toAt] of pairs) expect(one[at]).toBe(other[toAt])
        for (const [nth, [at, toAt]] of pairs.entries())
          if (nth > 0) expect(at > pairs[nth - 1]![0] && toAt > pairs[nth - 1]![1]).toBe(true)
        expect(pairs).toHaveLength(commonLength(one, other))
      }),
      { numRuns: 2_000 },
    )
  })

  it('have a longest rising row', () => {
    expect(longestRising([3, 0, 1, 2])).toEqual(new Set([1, 2, 3]))
    expect(longestRising([])).toEqual(new Set())
    expect(longestRising([2, 1, 0]).size).toBe(1)
  })
})
