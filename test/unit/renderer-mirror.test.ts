import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ServerFrame } from '../../main/contract/index.ts'
import { applyFrame, emptyMirror, type Mirror } from '../../renderer/store/mirror.ts'

const snapshot = (seq: number, state: Record<string, unknown>, instance = 'a'): ServerFrame => ({
  t: 'snapshot',
  slice: 'runs',
  instance,
  seq,
  state,
})

const patch = (
  seq: number,
  set: Record<string, unknown>,
  remove: string[] = [],
  instance = 'a',
): ServerFrame => ({ t: 'patch', slice: 'runs', instance, seq, set, remove })

function after(...frames: ServerFrame[]): { mirror: Mirror; gaps: number } {
  let mirror = emptyMirror
  let gaps = 0
  for (const frame of frames) {
    const applied = applyFrame(mirror, frame)
    mirror = applied.mirror
    if (applied.gap) gaps++
  }
  return { mirror, gaps }
}

test('the next patch sets and removes keys', () => {
  const { mirror, gaps } = after(snapshot(4, { one: 1, two: 2 }), patch(5, { three: 3 }, ['one']))
  expect(mirror.slices.runs).toEqual({ two: 2, three: 3 })
  expect(gaps).toBe(0)
})

test('a patch before any snapshot, from another engine, or after a missing one is a gap and changes nothing', () => {
  expect(after(patch(1, { one: 1 }))).toEqual({ mirror: emptyMirror, gaps: 1 })
  const before = after(snapshot(4, { one: 1 })).mirror
  expect(applyFrame(before, patch(6, { two: 2 }))).toEqual({ mirror: before, gap: true })
  expect(applyFrame(before, patch(5, { two: 2 }, [], 'b'))).toEqual({ mirror: before, gap: true })
})

test('a patch that the snapshot already holds is ignored', () => {
  const before = after(snapshot(4, { one: 1 })).mirror
  expect(applyFrame(before, patch(4, { one: 0 }))).toEqual({ mirror: before, gap: false })
})

test('slices keep their own count', () => {
  const other: ServerFrame = { ...snapshot(9, { p: {} }), slice: 'plans' } as ServerFrame
  const { mirror, gaps } = after(snapshot(1, {}), other, patch(2, { one: 1 }))
  expect(gaps).toBe(0)
  expect(mirror.slices).toEqual({ runs: { one: 1 }, plans: { p: {} } })
})

test('whatever is lost on the way, asking again at a gap ends in the state of the engine', () => {
  const change = fc.record({ key: fc.constantFrom('a', 'b', 'c'), value: fc.integer(), gone: fc.boolean() })
  fc.assert(
    fc.property(fc.array(fc.tuple(change, fc.boolean()), { maxLength: 40 }), (history) => {
      const engine: Record<string, unknown> = {}
      let mirror = applyFrame(emptyMirror, snapshot(0, {})).mirror
      history.forEach(([{ key, value, gone }, lost], index) => {
        const seq = index + 1
        if (gone) delete engine[key]
        else engine[key] = value
        if (lost) return
        const frame = gone ? patch(seq, {}, [key]) : patch(seq, { [key]: value })
        const applied = applyFrame(mirror, frame)
        mirror = applied.gap ? applyFrame(mirror, snapshot(seq, { ...engine })).mirror : applied.mirror
        expect(mirror.slices.runs).toEqual(engine)
      })
    }),
  )
})
