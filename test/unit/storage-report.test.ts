import { expect, test } from 'vitest'
import en from '../../assets/locales/en.json' with { type: 'json' }
import { paceOf, roomOf } from '../../main/app/storage/room.ts'
import { placeVerdict, storageVerdict } from '../../main/app/storage/storage-verdict.ts'
import { createTexts } from '../../main/app/text.ts'
import type { StoragePlace } from '../../main/contract/index.ts'
import { localDay } from '../../main/engine/model/keeping/thin-samples.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 21, 12)
const GB = 1_000_000_000

const sample = (daysAgo: number, bytes: number) => {
  const atMs = NOW - daysAgo * DAY
  return { day: localDay(atMs), atMs, bytes }
}
/** A sample a day, growing evenly. */
const growing = (days: number, perDay: number) =>
  Array.from({ length: days }, (_, at) => sample(days - 1 - at, 50 * GB + at * perDay))

test('the pace is that of most days: one clean-up or one large backup does not decide it', () => {
  expect(paceOf(growing(30, GB), NOW)).toBeCloseTo(GB, 0)
  const cleaned = growing(30, GB).map((each, at) =>
    at > 20 ? { ...each, bytes: each.bytes - 40 * GB } : each,
  )
  expect(paceOf(cleaned, NOW)).toBeGreaterThan(0.5 * GB)
  expect(paceOf(growing(30, 0), NOW)).toBe(0)
  expect(paceOf(growing(30, -GB), NOW)).toBeCloseTo(-GB, 0)
  // What lay there long ago says nothing of now.
  const old = Array.from({ length: 20 }, (_, at) => sample(400 - at, at * 100 * GB))
  expect(paceOf([...old, ...growing(30, GB)], NOW)).toBeCloseTo(GB, 0)
})

test('too few samples, or samples of a few days, are no pace', () => {
  expect(paceOf([], NOW)).toBeUndefined()
  expect(paceOf(growing(5, GB), NOW)).toBeUndefined()
  expect(paceOf([sample(60, 0), sample(30, GB), sample(0, 2 * GB)], NOW)).toBeUndefined()
  expect(paceOf(growing(8, GB), NOW)).toBeCloseTo(GB, 0)
  // A clock that was ahead for a while.
  expect(paceOf([sample(-3, 9 * GB), sample(-2, GB), sample(-1, GB), sample(20, GB)], NOW)).toBeUndefined()
})

test('room is what the nearer of budget and disk leaves, until a day only where there is a pace', () => {
  const bounds = { storedBytes: 60 * GB, budgetBytes: 100 * GB, freeBytes: 20 * GB, pace: GB }
  expect(roomOf(bounds, NOW)).toEqual({
    by: 'disk',
    leftBytes: 20 * GB,
    fullAt: new Date(NOW + 20 * DAY).toISOString(),
  })
  expect(roomOf({ ...bounds, freeBytes: undefined }, NOW)).toMatchObject({ by: 'budget', leftBytes: 40 * GB })
  expect(roomOf({ ...bounds, storedBytes: 130 * GB }, NOW)).toMatchObject({ by: 'budget', leftBytes: 0 })
  expect(roomOf({ ...bounds, pace: 0 }, NOW)).toEqual({ by: 'disk', leftBytes: 20 * GB })
  expect(roomOf({ ...bounds, pace: undefined }, NOW)).toEqual({ by: 'disk', leftBytes: 20 * GB })
  expect(roomOf({ ...bounds, pace: 1 }, NOW)).toEqual({ by: 'disk', leftBytes: 20 * GB })
  expect(roomOf({ ...bounds, storedBytes: undefined, freeBytes: undefined }, NOW)).toBeUndefined()
})

function place(name: string, change: Partial<StoragePlace> = {}): StoragePlace {
  return {
    placeId: name,
    placeName: name,
    type: 'local',
    verdict: placeVerdict(change, NOW),
    trend: [],
    cost: { state: 'free' },
    stored: { bytes: 60 * GB, at: new Date(NOW).toISOString() },
    ...change,
  }
}

/** A disk of 100 GB, full in so many days. */
function disk(name: string, freeGb: number, days?: number): StoragePlace {
  return place(name, {
    disk: { freeBytes: freeGb * GB, totalBytes: 100 * GB },
    room: {
      by: 'disk',
      leftBytes: freeGb * GB,
      ...(days === undefined ? {} : { fullAt: new Date(NOW + days * DAY).toISOString() }),
    },
  })
}

test('the place that is worst off has the word, and every sentence stands in the locales', () => {
  const cloud = place('cloud', { type: 's3' })
  const over = place('over', { budgetBytes: 50 * GB, room: { by: 'budget', leftBytes: 0 } })
  const { text } = createTexts('en')
  const say = (places: StoragePlace[]) => {
    const stored = places.reduce((sum, each) => sum + (each.stored?.bytes ?? 0), 0)
    const { verdict, sentence } = storageVerdict(places, stored, NOW)
    return `${verdict}: ${text(sentence.key, sentence.params)}`
  }
  expect(say([])).toBe(`healthy: ${en.storage.noPlace}`)
  const unmeasured: Partial<StoragePlace> = place('new')
  delete unmeasured.stored
  expect(say([unmeasured as StoragePlace])).toBe(`healthy: ${en.storage.notMeasured}`)
  expect(say([cloud, cloud])).toBe(
    'healthy: 120 GB stored in 2 places. How much more fits there is not known.',
  )
  expect(say([cloud])).toBe('healthy: 60 GB stored in 1 place. How much more fits there is not known.')
  expect(say([cloud, disk('usb', 40)])).toBe('healthy: 120 GB stored in 2 places, with room to spare.')
  expect(say([disk('far', 40, 900), disk('usb', 40, 150)])).toBe(
    'healthy: 120 GB stored. At this pace, usb is full in 5 months.',
  )
  expect(say([disk('usb', 40, 900)])).toMatch(/full in 2 years\.$/)
  expect(say([disk('usb', 40, 40)])).toMatch(/^healthy: .*full in 6 weeks\.$/)
  expect(say([disk('usb', 40, 29)])).toMatch(/^attention: .*full in 4 weeks\.$/)
  expect(say([disk('usb', 40, 1)])).toMatch(/^attention: .*full in 1 day\.$/)
  expect(say([disk('usb', 4)])).toBe('attention: usb is nearly full: 4 GB left.')
  expect(say([disk('usb', 40), over])).toBe('attention: over holds 60 GB, more than its budget of 50 GB.')
  expect(say([over, disk('usb', 0.5)])).toBe(
    'failing: usb is full: 500 MB left. The next backup may not fit.',
  )
})
