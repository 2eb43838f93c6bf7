import { expect, test } from 'vitest'
import { createFakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { randomHex } from '../../../main/engine/env/random.ts'
import type { LogRecord } from '../../../main/engine/repository/format/log-record.ts'
import { judgeRecord } from '../../../main/engine/repository/log/judge-record.ts'
import { replay } from '../../../main/engine/repository/log/replay.ts'
import { EMPTY_STATE, type LogEntry, type State } from '../../../main/engine/repository/log/state.ts'
import { isPackLive } from '../../../main/engine/repository/log/state-queries.ts'
import { cheapCodec } from '../../simulation/commit-log/cheap-codec.ts'
import { deviceOf, genesisBy } from '../../simulation/commit-log/log-ground.ts'

// What a replay makes of records that no correct writer makes: the last guard when a writer has a bug.

const random = createFakeRandom(1)
const device = deviceOf(random, 0)
const snap = randomHex(random, 32)
const pack = randomHex(random, 32)

/** A log of these records behind record 0; `change` may spoil what a record says around its body. */
function logOf(
  records: readonly (readonly [type: string, body: object])[],
  change: (record: LogRecord) => LogRecord = (record) => record,
): State {
  let state = take(EMPTY_STATE, genesisBy(createFakeRandom(2), device))
  for (const [type, body] of records) {
    const record = change({
      pos: state.pos + 1,
      prev: state.hash,
      rid: randomHex(random, 16),
      device: device.id,
      type,
      at: '2026-01-05T00:00:00.000Z',
      seen: [],
      body: body as LogRecord['body'],
    })
    state = take(state, cheapCodec.encode(state.destId, record))
  }
  return state
}

function take(state: State, bytes: Uint8Array): State {
  const pos = state.pos + 1
  const { record, fault } = judgeRecord(cheapCodec, state, pos, bytes)
  return replay(state, [{ pos, hash: cheapCodec.hashOf(bytes), record, fault } as LogEntry])
}

const commit = { b: 1, snaps: [snap], idx: [], uses: { packs: [], snaps: [] } }
const begun = ['begin', { purpose: 'backup' }] as const

test('a session that expired commits nothing; what it named is protected all the same', () => {
  const state = logOf([begun, ['expire', { b: 1 }], ['commit', commit]])
  expect(state.alarms).toEqual([{ pos: 3, reason: 'session' }])
  expect(state.snapshots.size).toBe(0)
  expect([...state.suspects.keys()]).toEqual([snap])
})

test('a session commits once', () => {
  const state = logOf([begun, ['commit', commit], ['commit', { ...commit, snaps: [pack] }]])
  expect(state.alarms).toEqual([{ pos: 3, reason: 'session' }])
  expect([...state.snapshots.keys()]).toEqual([snap])
})

test('nothing is committed for a session that never began', () => {
  const state = logOf([['commit', commit]])
  expect(state.alarms).toEqual([{ pos: 1, reason: 'session' }])
})

test('a record that follows another history is an alarm', () => {
  const elsewhere = 'ab'.repeat(32)
  const state = logOf([begun], (record) => ({ ...record, prev: elsewhere }))
  expect(state.alarms).toEqual([{ pos: 1, reason: 'chain' }])
  expect(state.sessions.size).toBe(0)
  expect(state.damaged).toBe(true)
})

test('a device that the log does not know changes nothing', () => {
  const state = logOf([begun], (record) => ({ ...record, device: 'ab'.repeat(16) }))
  expect(state.alarms).toEqual([{ pos: 1, reason: 'device' }])
  expect(state.sessions.size).toBe(0)
})

test('a sweep that was undone is never made final, one that is final never undone', () => {
  const swept = ['sweep', { packs: [pack], snaps: [] }] as const
  const undone = logOf([begun, ['commit', commit], swept, ['restore', { sweep: 3 }], ['purge', { sweep: 3 }]])
  expect(undone.sweeps.get(3)).toMatchObject({ restored: 4 })
  expect(undone.sweeps.get(3)?.purged).toBeUndefined()
  expect(isPackLive(undone, pack, 1)).toBe(true)
  const final = logOf([begun, ['commit', commit], swept, ['purge', { sweep: 3 }], ['restore', { sweep: 3 }]])
  expect(final.sweeps.get(3)).toMatchObject({ purged: 4 })
  expect(isPackLive(final, pack, 1)).toBe(false)
})
