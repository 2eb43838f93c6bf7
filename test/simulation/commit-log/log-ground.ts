import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { silentLog } from '../../../main/engine/env/log.ts'
import { randomHex } from '../../../main/engine/env/random.ts'
import { NO_RECORD_HASH } from '../../../main/engine/repository/format/log-record.ts'
import { type CommitLog, createCommitLog } from '../../../main/engine/repository/log/commit-log.ts'
import type { LogSlots } from '../../../main/engine/repository/log/log-slots.ts'
import type { RecordDevice } from '../../../main/engine/repository/log/record-bodies.ts'
import { forgetfulHeads } from '../../../main/engine/repository/log/remembered-heads.ts'
import { cheapCodec } from './cheap-codec.ts'
import type { SlotFaults } from './faulty-slots.ts'
import type { Schedule } from './schedule.ts'

/** The log as one process has it that has just started. */
export function openLogOf({
  schedule,
  slots,
  device,
  random,
}: {
  readonly schedule: Schedule
  readonly slots: LogSlots
  readonly device: RecordDevice
  readonly random: FakeRandom
}): CommitLog {
  return createCommitLog({
    place: { id: device.id, name: device.name },
    slots,
    codec: cheapCodec,
    lists: {
      load: () => Promise.reject(new Error('no list was written')),
      save: () => Promise.reject(new Error('no list is needed')),
    },
    device,
    remembered: forgetfulHeads(),
    measureOffsetMs: async () => 0,
    clock: schedule.clock,
    random: random.fork(`${device.id} at ${schedule.step()} ${random.float()}`),
    log: silentLog,
  })
}

/** Some kinds of faults often, others not at all. */
export function drawFaults(random: FakeRandom): SlotFaults {
  const rate = (): number => (random.chance(0.5) ? random.float() * 0.3 : 0)
  return {
    lostAnswer: rate(),
    notDone: rate(),
    late: rate(),
    conflict: rate(),
    failedRead: rate() / 2,
    flippedRead: rate() / 2,
  }
}

export function deviceOf(random: FakeRandom, at: number): RecordDevice {
  return { id: randomHex(random, 16), name: `device ${at}`, publicKey: randomHex(random, 32) }
}

/** Record 0 by that device. */
export function genesisBy(random: FakeRandom, device: RecordDevice): Uint8Array {
  return cheapCodec.encode('', {
    pos: 0,
    prev: NO_RECORD_HASH,
    rid: randomHex(random, 16),
    device: device.id,
    type: 'genesis',
    at: '2026-01-05T00:00:00.000Z',
    seen: [],
    body: { repo: randomHex(random, 32), dest: randomHex(random, 16), device, writers: 'many' },
  })
}
