import type { Clock } from '../../env/clock.ts'
import {
  type BigIntStats,
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  rmSync,
  writeSync,
} from '../../env/node/sync-files.ts'
import { OWN_FOLDER } from './places.ts'

/** What a volume can do, found out by trying: its name says little. */
export interface Volume {
  readonly device: bigint
  /** The time of birth stays when other times change. Without it, keys do without. */
  readonly hasBirth: boolean
  /** Times of files tick many times a second. */
  readonly isFine: boolean
  /** Permission bits are kept. */
  readonly hasModes: boolean
  /** Permission bits of a new file that anybody here makes. */
  readonly fileMode: number
  /** An open folder can be walked from, whatever its path leads to by then. */
  readonly hasFolderHandles: boolean
  /** The time by the clock that gives files their times: on a network drive that is another computer's. Nanoseconds since 1970. */
  nowNs(): bigint
}

/** A volume's clock is asked again after so long; between, ours measures what passed. */
const CLOCK_HOLDS_MS = 100
/** The coarsest clocks of file systems tick every two seconds. */
const MOST_TICK_MS = 3000
/** A clock that ticks this often is fine: most tick every few milliseconds. */
const FINE_TICK_MS = 200

/** Tries out what the volume of a synced folder can do. Throws the system's errors: read-only, full. */
export async function probeVolume(root: string, platform: NodeJS.Platform, clock: Clock): Promise<Volume> {
  const path = `${root}/${OWN_FOLDER}/probe`
  rmSync(path, { force: true })
  const fd = openSync(path, 'wx', 0o666)
  try {
    const first = fstatSync(fd, { bigint: true })
    const hasModes = platform !== 'win32' && keepsModes(fd)
    const { hasBirth, isFine } = await watchTicks(fd, first, clock)
    return {
      device: first.dev,
      hasBirth,
      isFine,
      hasModes,
      fileMode: Number(first.mode & 0o666n),
      hasFolderHandles: platform === 'linux' && existsSync('/proc/self/fd'),
      nowNs: volumeClock(root, clock),
    }
  } finally {
    closeSync(fd)
    rmSync(path, { force: true })
  }
}

function keepsModes(fd: number): boolean {
  return [0o700, 0o600].every((mode) => {
    try {
      fchmodSync(fd, mode)
    } catch {
      return false
    }
    return (fstatSync(fd).mode & 0o777) === mode
  })
}

/** Where there is no time of birth, another time is given for it: one that changes. */
async function watchTicks(
  fd: number,
  first: BigIntStats,
  clock: Clock,
): Promise<Pick<Volume, 'hasBirth' | 'isFine'>> {
  const startedMs = clock.monotonicMs()
  const until = startedMs + MOST_TICK_MS
  while (clock.monotonicMs() < until) {
    writeSync(fd, '.')
    const { ctimeNs, birthtimeNs } = fstatSync(fd, { bigint: true })
    if (ctimeNs !== first.ctimeNs) {
      const hasBirth = first.birthtimeNs > 0n && birthtimeNs === first.birthtimeNs
      return { hasBirth, isFine: clock.monotonicMs() - startedMs < FINE_TICK_MS }
    }
    await clock.sleep(5)
  }
  return { hasBirth: false, isFine: false }
}

function volumeClock(root: string, clock: Clock): () => bigint {
  const path = `${root}/${OWN_FOLDER}/clock`
  let asked = Number.NEGATIVE_INFINITY
  let answer = 0n
  return () => {
    const passed = clock.monotonicMs() - asked
    if (passed > CLOCK_HOLDS_MS) {
      answer = touch(path)
      asked = clock.monotonicMs()
      return answer
    }
    return answer + BigInt(Math.round(passed * 1e6))
  }
}

/** The times of a file that was changed just then. */
function touch(path: string): bigint {
  const fd = openSync(path, 'w', 0o600)
  try {
    writeSync(fd, '.')
  } finally {
    closeSync(fd)
  }
  return lstatSync(path, { bigint: true }).mtimeNs
}
