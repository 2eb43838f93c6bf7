import type { Env } from '../env.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import type { CrashMode } from './fake-disk.ts'
import { createFakeFiles, type FakeFiles } from './fake-files.ts'
import { createFakeNet, type FakeNet } from './fake-net.ts'
import { createFakeRandom, type FakeRandom } from './fake-random.ts'
import { createFakeWatch, type FakeWatch } from './fake-watch.ts'
import { createMemorySecrets, type MemorySecrets } from './memory-secrets.ts'
import { createRecordingLog, type RecordingLog } from './recording-log.ts'

/** A world in memory that one seed decides. */
export interface FakeEnv extends Env {
  readonly clock: FakeClock
  readonly random: FakeRandom
  readonly files: FakeFiles
  readonly log: RecordingLog
  readonly secrets: MemorySecrets
  readonly net: FakeNet
  readonly watch: FakeWatch
  /** The power goes out, and the next process starts in what is left: the same clock, network, secrets and log, and what was durable of the files. */
  restart(mode?: CrashMode): FakeEnv
}

/** Two worlds of one seed, used alike, behave alike. */
export function createFakeEnv(seed: number | string = 1): FakeEnv {
  const random = createFakeRandom(seed)
  const clock = createFakeClock()
  const log = createRecordingLog()
  const secrets = createMemorySecrets()
  const net = createFakeNet(clock)
  const watch = createFakeWatch()
  const withFiles = (files: FakeFiles): FakeEnv => ({
    clock,
    random,
    files,
    log,
    secrets,
    net,
    watch,
    restart(mode) {
      files.losePower(mode)
      return withFiles(files.restart())
    },
  })
  return withFiles(createFakeFiles(clock, random.fork('files')))
}
