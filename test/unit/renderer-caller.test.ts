import { expect, test } from 'vitest'
import type { ClientFrame } from '../../main/contract/index.ts'
import { createCaller, wireErrorOf } from '../../renderer/link/caller.ts'

function caller() {
  const sent: ClientFrame[] = []
  return { sent, ...createCaller({ send: (frame) => sent.push(frame) }) }
}

const reason = (promise: Promise<unknown>) => promise.then(() => undefined, wireErrorOf)

test('answers find their calls, whatever the order', async () => {
  const { callEngine, take, sent } = caller()
  const first = callEngine('run.cancel', { id: 'one' })
  const second = callEngine('run.cancel', { id: 'two' })
  expect(sent).toEqual([
    { t: 'call', id: 1, name: 'run.cancel', input: { id: 'one' } },
    { t: 'call', id: 2, name: 'run.cancel', input: { id: 'two' } },
  ])
  take({ t: 'reply', id: 2, output: { cancelled: false } })
  take({ t: 'reply', id: 1, output: { cancelled: true } })
  expect(await Promise.all([first, second])).toEqual([{ cancelled: true }, { cancelled: false }])
})

test('a refusal arrives as the engine told it', async () => {
  const { callEngine, take } = caller()
  const answer = reason(callEngine('plan.list', {}))
  const error = { code: 'in-use', data: { plan: 'Photos' }, retry: 'never' } as const
  take({ t: 'fail', id: 1, error })
  expect(await answer).toEqual(error)
})

test('aborting tells the engine and settles at once; a late answer changes nothing', async () => {
  const { callEngine, take, sent } = caller()
  const stop = new AbortController()
  const answer = reason(callEngine('plan.list', {}, { signal: stop.signal }))
  stop.abort()
  take({ t: 'reply', id: 1, output: [] })
  expect(await answer).toMatchObject({ code: 'cancelled' })
  expect(sent.at(-1)).toEqual({ t: 'cancel', id: 1 })
})

test('a call that is aborted beforehand is never sent', async () => {
  const { callEngine, sent } = caller()
  expect(await reason(callEngine('plan.list', {}, { signal: AbortSignal.abort() }))).toMatchObject({
    code: 'cancelled',
  })
  expect(sent).toEqual([])
})

test('a broken link answers every open call, once, with connection-lost', async () => {
  const { callEngine, lose } = caller()
  const answers = [reason(callEngine('plan.list', {})), reason(callEngine('place.list', {}))]
  lose()
  lose()
  for (const answer of await Promise.all(answers))
    expect(answer).toMatchObject({ code: 'connection-lost', retry: 'retry' })
})
