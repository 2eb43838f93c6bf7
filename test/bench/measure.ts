import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

/** A program with its arguments; `env` is all the environment it gets. */
export interface Command {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** What one command took, with every process it started and waited for. */
export interface Measured {
  readonly wallS: number
  /** User and system time of all its processes. */
  readonly cpuS: number
  /** Resident memory of its largest process at its peak. */
  readonly peakMb: number
  readonly stdout: string
}

/** A command ended with anything but 0. */
export class CommandFailed extends Error {
  constructor(command: Command, status: number | null, stderr: string) {
    const said = stderr.trimEnd().split('\n').slice(-3).join(' | ').slice(-400)
    super(`${command.argv.slice(0, 6).join(' ')}: status ${status}: ${said}`)
  }
}

const TIME = '/usr/bin/time'
const MARK = 'everstow-bench-measured'
const KEPT_CHARACTERS = 1 << 20

/** Process groups that are at work. Nothing of them goes on when we end early. */
const running = new Set<number>()
process.once('exit', () => {
  for (const group of running) {
    try {
      process.kill(-group, 'SIGKILL')
    } catch {
      // Just ended by itself.
    }
  }
})

/**
 * Runs a command to its end and measures the whole of it.
 *
 * The kernel adds up time and takes the largest process as children are waited for (`wait4`). GNU time stands between us and the command because a
 * process starts with the memory peak of the one that forked it: a peak taken from here would be ours wherever the command needs less.
 */
export async function measure(command: Command): Promise<Measured> {
  if (!existsSync(TIME)) throw new Error(`${TIME} is missing (Debian package time; test/provision)`)
  const started = performance.now()
  const { status, stdout, stderr } = await run({
    ...command,
    argv: [TIME, '--quiet', `--format=${MARK} %U %S %M`, ...command.argv],
  })
  const wallS = (performance.now() - started) / 1000
  // Said when the command has ended, so behind all that it said itself.
  const report = stderr.slice(stderr.lastIndexOf(MARK) + MARK.length)
  if (status !== 0) throw new CommandFailed(command, status, stderr.slice(0, stderr.lastIndexOf(MARK)))
  const [userS = Number.NaN, systemS = Number.NaN, peakKib = Number.NaN] = report
    .trim()
    .split(' ')
    .map(Number)
  return { wallS, cpuS: userS + systemS, peakMb: (peakKib * 1024) / 1e6, stdout }
}

/** Runs a command that prepares something and is not measured; its standard output. */
export async function perform(command: Command): Promise<string> {
  const { status, stdout, stderr } = await run(command)
  if (status !== 0) throw new CommandFailed(command, status, stderr)
  return stdout
}

function run(command: Command): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const [file = '', ...args] = command.argv
  const child = spawn(file, args, {
    env: command.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // The leader of a group, which can be ended as a whole.
    detached: true,
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
  })
  if (child.pid !== undefined) running.add(child.pid)
  let stdout = ''
  let stderr = ''
  // Only the ends are kept: some tools name every file.
  child.stdout
    .setEncoding('utf8')
    .on('data', (text: string) => (stdout = (stdout + text).slice(-KEPT_CHARACTERS)))
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (stderr = (stderr + text).slice(-KEPT_CHARACTERS)))
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', (status) => {
      if (child.pid !== undefined) running.delete(child.pid)
      done({ status, stdout, stderr })
    })
  })
}
