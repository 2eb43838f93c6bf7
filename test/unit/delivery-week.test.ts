import { afterEach, beforeEach, expect, test } from 'vitest'
import { followWeek, speedsNow } from '../../main/engine/delivery/follow-week.ts'
import { createFakeClock } from '../../main/engine/env/fake/fake-clock.ts'
import type { Destination } from '../../main/engine/model/destination.ts'
import { createRateLimit } from '../../main/engine/storage/rate-limit.ts'

const place = (limits: string): Destination => ({ id: 'p', name: 'nas', type: 'local', path: '/nas', limits })
/** A Monday in UTC. */
const MONDAY_MS = Date.UTC(2026, 10, 16)
const HOUR_MS = 3_600_000
let zone: string | undefined

beforeEach(() => {
  zone = process.env.TZ
  process.env.TZ = 'UTC'
})
afterEach(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

test('the hour of the week decides, then the plain limits', () => {
  const nas = { ...place('mon-fri 08:00-18:00 up:1MB'), uploadLimit: 9_000_000, downloadLimit: 5_000_000 }
  expect(speedsNow(nas, MONDAY_MS + 9 * HOUR_MS)).toEqual({
    uploadBytesPerSecond: 1_000_000,
    downloadBytesPerSecond: 5_000_000,
  })
  expect(speedsNow(nas, MONDAY_MS + 19 * HOUR_MS).uploadBytesPerSecond).toBe(9_000_000)
})

test('a pause all but stops what is under way, and its end lets it go on', async () => {
  const clock = createFakeClock(MONDAY_MS + 8 * HOUR_MS)
  const limits = { upload: createRateLimit(clock, undefined), download: createRateLimit(clock, undefined) }
  const end = followWeek(place('daily 08:00-09:00 pause'), limits, clock)
  expect(limits.upload.bytesPerSecond()).toBe(1)
  await clock.advance(HOUR_MS + 60_000)
  expect(limits.upload.bytesPerSecond()).toBeUndefined()
  end()
})
