import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pingsFor, retryMs, sortQueue } from '../../main/app/alerts/queue.ts'
import { isLoopback, safeAddress } from '../../main/app/channels/safe-address.ts'
import { channelFinding, planFindings } from '../../main/app/health/findings.ts'
import { type IncidentNews, reconcile } from '../../main/app/health/incidents.ts'
import type { Finding } from '../../main/contract/index.ts'
import type { DeliveryRow, IncidentRow, NumberedEntry } from '../../main/engine/engine.ts'
import { createFakeRandom } from '../../main/engine/env/fake/fake-random.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 10, 21, 12)
const finding = channelFinding({ id: 'alert_1', name: 'Team' })

/** A book as the catalogue keeps it. */
function book() {
  let rows: IncidentRow[] = []
  return {
    look(findings: readonly Finding[], nowMs: number): readonly IncidentNews[] {
      const open = rows.filter(({ closedMs }) => closedMs === undefined)
      const closed = rows.filter(({ closedMs }) => closedMs !== undefined)
      const change = reconcile(findings, open, closed, nowMs)
      rows = rows.map((row) => {
        const update = change.update.find(({ id }) => id === row.id)
        const close = change.close.find(({ id }) => id === row.id)
        return { ...row, ...update, ...close }
      })
      for (const one of change.open) rows.push({ ...one, id: rows.length + 1, closedMs: undefined })
      return change.news
    },
  }
}

const events = (news: readonly IncidentNews[]) => news.map(({ event }) => event)

test('one alert an incident, again after one, three and seven days and then weekly, and one when it is solved', () => {
  const { look } = book()
  expect(events(look([finding], NOW))).toEqual(['opened'])
  const told: number[] = []
  for (let minutes = 1; minutes < 30 * 24 * 60; minutes += 7) {
    const news = look([finding], NOW + minutes * MINUTE)
    if (news.length > 0) told.push(Math.floor((minutes * MINUTE) / DAY))
    expect(events(news).filter((event) => event !== 'reminder')).toEqual([])
  }
  expect(told).toEqual([1, 3, 7, 14, 21, 28])
  expect(events(look([], NOW + 31 * DAY))).toEqual(['solved'])
  expect(look([], NOW + 32 * DAY)).toEqual([])
})

test('what was missed while nobody looked is one message, and a clock that was set back brings none', () => {
  const { look } = book()
  look([finding], NOW)
  expect(events(look([finding], NOW + 20 * DAY))).toEqual(['reminder'])
  expect(look([finding], NOW - 5 * DAY)).toEqual([])
  expect(look([finding], NOW + 20 * DAY)).toEqual([])
})

test('trouble that comes and goes is told once; when it stays, it is told again', () => {
  const { look } = book()
  look([finding], NOW)
  expect(events(look([], NOW + HOUR))).toEqual(['solved'])
  expect(look([finding], NOW + 2 * HOUR)).toEqual([])
  expect(look([], NOW + 2 * HOUR + 5 * MINUTE)).toEqual([])
  expect(look([finding], NOW + 3 * HOUR)).toEqual([])
  expect(events(look([finding], NOW + 4 * HOUR + MINUTE))).toEqual(['opened'])
  expect(events(look([], NOW + 5 * HOUR))).toEqual(['solved'])
  // Another day it is news again.
  expect(events(look([finding], NOW + 2 * DAY))).toEqual(['opened'])
})

test('every message has its reason: nothing is solved that was not told, nothing told twice within a day', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 5_000 })), { maxLength: 80 }),
      (steps) => {
        const { look } = book()
        let nowMs = NOW
        let isTold = false
        let last: { event: string; atMs: number } | undefined
        for (const [isWrong, minutes] of steps) {
          nowMs += minutes * MINUTE
          for (const { event } of look(isWrong ? [finding] : [], nowMs)) {
            expect(isTold).toBe(event !== 'opened')
            if (event === 'reminder' && last?.event === 'reminder')
              expect(nowMs - last.atMs).toBeGreaterThan(0)
            isTold = event !== 'solved'
            last = { event, atMs: nowMs }
          }
        }
      },
    ),
  )
})

test('a plan that was made just now opens no incident', () => {
  const facts = {
    id: 'p',
    name: 'p',
    staleAfterMs: DAY,
    lastRunFailed: false,
    unreadFiles: undefined,
    newestBackupId: undefined,
    places: [{ id: 'nas', name: 'nas', provenMs: undefined, sinceMs: NOW, drillFailed: false }],
  }
  const { look } = book()
  expect(look(planFindings(facts, NOW), NOW)).toEqual([])
  expect(events(look(planFindings(facts, NOW + 2 * DAY), NOW + 2 * DAY))).toEqual(['opened'])
})

const row = (id: string, change: Partial<DeliveryRow> = {}): DeliveryRow => ({
  id,
  channelId: 'alert_1',
  subject: 'stale/p',
  message: '{}',
  createdMs: NOW,
  attempts: 0,
  nextMs: NOW,
  ...change,
})
const webhook = {
  id: 'alert_1',
  name: 'Team',
  type: 'webhook',
  origin: 'https://x',
  hasSecret: false,
} as const
const ping = { id: 'alert_2', name: 'Watch', type: 'ping', origin: 'https://x', method: 'get' } as const

test('the queue waits longer after each failure, gives up after three days, and keeps only the newest ping', () => {
  const waits = [1, 2, 3, 4, 5, 6].map((attempts) => (retryMs(attempts, NOW) - NOW) / MINUTE)
  expect(waits).toEqual([1, 5, 15, 60, 240, 240])
  const waiting = [
    row('due'),
    row('later', { nextMs: NOW + HOUR }),
    row('by a clock ahead', { nextMs: NOW + 900 * DAY }),
    row('too old', { createdMs: NOW - 4 * DAY }),
    row('gone', { channelId: 'alert_9' }),
    row('older ping', { channelId: 'alert_2', subject: 'ping' }),
    row('ping', { channelId: 'alert_2', subject: 'ping' }),
  ]
  const { due, stale } = sortQueue(waiting, [webhook, ping], NOW)
  expect(due.map(({ id }) => id)).toEqual(['due', 'by a clock ahead', 'ping'])
  expect(stale).toEqual(['too old', 'gone', 'older ping'])
})

test('a watcher hears of its plan alone, and the last word on each plan counts', () => {
  const ended = (id: number, planId: string, outcome: NumberedEntry['outcome']): NumberedEntry => ({
    id,
    atMs: NOW,
    kind: 'backup',
    outcome,
    planId,
  })
  const heard = (entries: NumberedEntry[], planId?: string) =>
    pingsFor([webhook, { ...ping, ...(planId ? { planId } : {}) }], entries, NOW, createFakeRandom(1)).map(
      ({ message }) => JSON.parse(message).outcome,
    )
  const history = [
    ended(1, 'a', 'failed'),
    ended(2, 'b', 'done'),
    ended(3, 'a', 'done'),
    ended(4, 'b', 'failed'),
  ]
  expect(heard(history)).toEqual(['failure'])
  expect(heard(history, 'a')).toEqual(['success'])
  expect(heard(history, 'b')).toEqual(['failure'])
  expect(heard([ended(1, 'a', 'cancelled')])).toEqual([])
  expect(heard(history, 'c')).toEqual([])
})

test('messages go over https, or to this computer; what is refused is not repeated', () => {
  for (const good of [
    'https://hooks.example/x?y=1',
    'http://127.0.0.1:8080/',
    'http://[::1]/',
    'http://localhost/',
  ])
    expect(safeAddress(good).href).toBe(good)
  const bad = [
    'http://hooks.example/CANARY',
    'ftp://127.0.0.1/CANARY',
    'https://u:CANARY@x.example/',
    'CANARY',
    'file:///CANARY',
  ]
  for (const text of bad) {
    const caught = (() => {
      try {
        safeAddress(text)
      } catch (error) {
        return error
      }
    })()
    expect(caught, text).toMatchObject({ code: 'invalid-input' })
    expect(JSON.stringify([caught, String(caught)])).not.toContain('CANARY')
  }
  expect(isLoopback('127.0.0.1.evil.example')).toBe(false)
  expect(isLoopback('localhost.evil.example')).toBe(false)
})
