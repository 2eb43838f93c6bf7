import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lookAround, mainsOf } from '../../main/engine/env/node/look-around.ts'
import { conditionState, parseQuietHours, quietUntilMs } from '../../main/engine/model/schedule/conditions.ts'

const at = (text: string) => new Date(text).getTime()

describe('conditions', () => {
  test('what nobody can tell is unknown, not unmet', () => {
    expect(conditionState('mains', {})).toBe('unknown')
    expect(conditionState('mains', { mains: false })).toBe('unmet')
    expect(conditionState('unmetered', {})).toBe('unknown')
    expect(conditionState('unmetered', { metered: true })).toBe('unmet')
    expect(conditionState('unmetered', { metered: false })).toBe('met')
    expect(conditionState('online', { online: true })).toBe('met')
  })
})

describe('quiet hours', () => {
  test('over midnight', () => {
    const until = at('2026-11-22T07:00:00')
    expect(quietUntilMs('22:00-07:00', at('2026-11-21T22:00:00'))).toBe(until)
    expect(quietUntilMs('22:00-07:00', at('2026-11-22T06:59:00'))).toBe(until)
    expect(quietUntilMs('22:00-07:00', until)).toBeUndefined()
    expect(quietUntilMs('22:00-07:00', at('2026-11-21T21:59:00'))).toBeUndefined()
  })

  test('within a day', () => {
    expect(quietUntilMs('9:00-17:30', at('2026-11-21T12:00:00'))).toBe(at('2026-11-21T17:30:00'))
    expect(quietUntilMs('9:00-17:30', at('2026-11-21T18:00:00'))).toBeUndefined()
  })

  test.each(['', '22-7', '22:00', '24:00-07:00', '22:00-22:00', '22:00-07:60'])('refused: %j', (text) =>
    expect(() => parseQuietHours(text)).toThrow(expect.objectContaining({ code: 'invalid-input' })),
  )
})

describe('power, as the kernel tells it', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'everstow-power-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function supply(name: string, facts: Readonly<Record<string, string>>): void {
    mkdirSync(join(folder, name))
    for (const [fact, value] of Object.entries(facts)) writeFileSync(join(folder, name, fact), `${value}\n`)
  }

  test('a computer without a battery is on the mains', async () => {
    expect(await mainsOf(folder)).toBe(true)
    supply('hidpp_battery_0', { type: 'Battery', scope: 'Device', status: 'Discharging' })
    expect(await mainsOf(folder)).toBe(true)
  })

  test('a laptop, plugged in or not', async () => {
    supply('AC', { type: 'Mains', online: '0' })
    supply('BAT0', { type: 'Battery', status: 'Discharging' })
    expect(await mainsOf(folder)).toBe(false)
    writeFileSync(join(folder, 'AC', 'online'), '1\n')
    expect(await mainsOf(folder)).toBe(true)
  })

  test('nothing to be asked: nobody can tell', async () => {
    expect(await mainsOf(join(folder, 'nowhere'))).toBeUndefined()
  })

  test('this computer answers something, whatever it has', async () => {
    expect(typeof (await lookAround()).online).toBe('boolean')
  })
})
