import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ServerFrame } from '../../main/contract/index.ts'
import { createEngine, type Engine } from '../../renderer/store/engine.ts'

let engine: Engine
let arrive: (frame: ServerFrame) => void
let shown: unknown[]

beforeEach(() => {
  vi.useFakeTimers()
  engine = createEngine({
    send: () => {},
    onFrame: (listen) => {
      arrive = listen
    },
    onState: (listen) => listen('up'),
  })
  shown = []
  arrive({ t: 'snapshot', slice: 'runs', instance: 'a', seq: 0, state: {} })
  engine.mirror.subscribe(({ slices }) => shown.push(slices.runs))
  vi.advanceTimersByTime(1_000)
})
afterEach(() => vi.useRealTimers())

const patch = (seq: number): ServerFrame => ({
  t: 'patch',
  slice: 'runs',
  instance: 'a',
  seq,
  set: { one: seq },
  remove: [],
})

test('a burst of news is shown together, and soon', () => {
  for (let seq = 1; seq <= 500; seq++) arrive(patch(seq))
  vi.advanceTimersByTime(50)
  expect(shown).toEqual([{ one: 500 }])
  arrive(patch(501))
  vi.advanceTimersByTime(50)
  expect(shown).toEqual([{ one: 500 }, { one: 501 }])
})

test('an answer finds shown what was told before it', async () => {
  const { callEngine, mirror } = engine
  const answered = callEngine('run.cancel', { id: 'run_1' }).then(() => mirror.getState().slices.runs)
  arrive(patch(1))
  arrive(patch(2))
  arrive({ t: 'reply', id: 1, output: { cancelled: true } })
  expect(await answered).toEqual({ one: 2 })
})

test('an event finds shown what was told before it', () => {
  let seen: unknown
  engine.on('navigate', () => {
    seen = engine.mirror.getState().slices.runs
  })
  arrive(patch(1))
  arrive(patch(2))
  arrive({ t: 'event', name: 'navigate', data: { page: 'places' } })
  expect(seen).toEqual({ one: 2 })
})
