import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { connectInProcess, type InProcessClient } from '../../../main/app/in-process-client.ts'
import type { ContractServer } from '../../../main/app/server/contract-server.ts'
import { EverstowError } from '../../../main/engine/model/errors.ts'
import { cancellableCalls } from '../../../main/hosts/library/caller.ts'
import { restoreLatest } from '../../../main/hosts/library/restore-latest.ts'
import { fakeCalls } from './fake-calls.ts'

const never = { call: () => new Promise(() => {}) } as unknown as InProcessClient

test('a call ends with its signal, whether or not anybody listens behind it', async () => {
  const stop = new AbortController()
  const waiting = cancellableCalls(never)('run.list', {}, stop.signal)
  stop.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0)
})

test('nothing is asked for somebody who has given up', async () => {
  let asked = 0
  const client = { call: async () => asked++ } as unknown as InProcessClient
  await expect(cancellableCalls(client)('run.list', {}, AbortSignal.abort())).rejects.toThrow(EverstowError)
  expect(asked).toBe(0)
})

test('one signal over a thousand calls is listened to only while they run', async () => {
  const server = {
    connect: ({ send }) => ({
      receive: (frame) => {
        const { t, id } = frame as { t: string; id: number }
        if (t === 'call') queueMicrotask(() => send({ t: 'reply', id, output: id }))
      },
      close: () => {},
    }),
  } as Pick<ContractServer, 'connect'> as ContractServer
  const client = connectInProcess(server, 'admin')
  const { signal } = new AbortController()
  const calls = Array.from({ length: 1_000 }, () => client.call('run.list', {}, signal))
  expect(getEventListeners(signal, 'abort')).toHaveLength(1_000)
  await Promise.all(calls)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('a restore that is given up is cancelled, and has ended when that is said', async () => {
  const stop = new AbortController()
  const steps: string[] = []
  const cancelled = Promise.withResolvers<void>()
  const { call } = fakeCalls({
    'data.backups': () => ({
      backups: [
        {
          id: 'b1',
          createdAt: '2026-01-01T00:00:00.000Z',
          format: 'snapshot',
          state: 'complete',
          files: 1,
          sizeBytes: 1,
          sources: [],
        },
      ],
      total: 1,
    }),
    'restore.start': () => {
      stop.abort()
      return { runId: 'r1' }
    },
    'run.cancel': () => {
      steps.push('cancel')
      cancelled.resolve()
      return { cancelled: true }
    },
    'run.wait': async () => {
      await cancelled.promise
      steps.push('ended')
      return {
        id: 'r1',
        kind: 'restore',
        label: 'b1',
        state: 'cancelled',
        phase: 'finished',
        startedAt: '2026-01-01T00:00:00.000Z',
        files: 0,
        bytes: 0,
        bytesPerSecond: 0,
      }
    },
  })
  const given = restoreLatest(call, { into: '/srv/back', signal: stop.signal })
  await expect(given).rejects.toMatchObject({ code: 'cancelled' })
  expect(steps).toEqual(['cancel', 'ended'])
})
