import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { followWeek, speedsNow } from '../../main/engine/delivery/follow-week.ts'
import { unlessHeld, withWeek } from '../../main/engine/delivery/hold-back.ts'
import { createFakeClock } from '../../main/engine/env/fake/fake-clock.ts'
import type { Destination } from '../../main/engine/model/destination.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'
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

test('whoever asks at a paused hour is served as at any other', async () => {
  const clock = createFakeClock(MONDAY_MS + 8 * HOUR_MS)
  const limits = { upload: createRateLimit(clock, undefined), download: createRateLimit(clock, undefined) }
  const nas = { ...place('daily 08:00-09:00 pause; daily 09:00-10:00 up:1MB'), downloadLimit: 5_000_000 }
  const end = followWeek(nas, limits, clock)
  expect(limits.upload.bytesPerSecond()).toBeUndefined()
  expect(limits.download.bytesPerSecond()).toBe(5_000_000)
  await clock.advance(HOUR_MS + 60_000)
  expect(limits.upload.bytesPerSecond()).toBe(1_000_000)
  end()
})

describe('work that a pause holds back', () => {
  const nas = place('daily 09:00-10:00 pause')
  const never = new AbortController().signal

  test('is not begun within it', async () => {
    const clock = createFakeClock(MONDAY_MS + 9.5 * HOUR_MS)
    const work = vi.fn(async () => 'done')
    await expect(unlessHeld(nas, withWeek(clock, undefined), clock, never, work)).rejects.toMatchObject({
      code: 'place-paused',
    })
    expect(work).not.toHaveBeenCalled()
  })

  test('is stopped when it begins, and is waiting then, not cancelled', async () => {
    const clock = createFakeClock(MONDAY_MS + 8.5 * HOUR_MS)
    const working = unlessHeld(nas, withWeek(clock, undefined), clock, never, untilStopped)
    const outcome = expect(working).rejects.toMatchObject({ code: 'place-paused', retry: 'wait' })
    await clock.advance(HOUR_MS)
    await outcome
  })

  test('is cancelled when somebody cancels it, and fails as it fails', async () => {
    const clock = createFakeClock(MONDAY_MS + 8.5 * HOUR_MS)
    const cancel = new AbortController()
    const working = unlessHeld(nas, withWeek(clock, undefined), clock, cancel.signal, untilStopped)
    cancel.abort()
    await expect(working).rejects.toMatchObject({ code: 'cancelled' })
    const failing = async () => {
      throw new EverstowError('disk-full')
    }
    await expect(unlessHeld(nas, withWeek(clock, undefined), clock, never, failing)).rejects.toMatchObject({
      code: 'disk-full',
    })
    expect(await unlessHeld(nas, withWeek(clock, undefined), clock, never, async () => 'done')).toBe('done')
  })

  function untilStopped(signal: AbortSignal): Promise<never> {
    return new Promise((_, failed) =>
      signal.addEventListener('abort', () => failed(new EverstowError('cancelled'))),
    )
  }
})
