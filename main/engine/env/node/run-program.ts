import { spawn } from 'node:child_process'
import { EverstowError } from '../../model/errors.ts'

/** A program of the system and how it is run. */
export interface ProgramRun {
  /** A name that the system looks up, or a path. */
  readonly program: string
  /** Everybody on the computer can read these: never a secret. */
  readonly args: readonly string[]
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** What it reads; nothing by default. */
  readonly input?: string
  readonly signal?: AbortSignal
  /** It is ended after this long. */
  readonly timeoutMs?: number
}

export interface ProgramOutcome {
  /** Undefined where a signal ended it. */
  readonly exitCode: number | undefined
  readonly stdout: string
  /** The end of what it complained about. */
  readonly stderr: string
}

const MOST_STDOUT_BYTES = 64 * 1024 * 1024
const MOST_STDERR_CHARACTERS = 64 * 1024
/** One that does not end when it is asked to is ended by force after this. */
const KILL_AFTER_MS = 5_000

/**
 * Runs a program to its end and keeps what it says. Undefined where there is no such program. Throws `cancelled`, `timed-out` (the program has ended by then),
 * and system errors.
 */
export function runProgram(run: ProgramRun): Promise<ProgramOutcome | undefined> {
  const { program, args, environment, cwd, input, signal, timeoutMs } = run
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new EverstowError('cancelled'))
      return
    }
    const child = spawn(program, args, {
      // Its complaints are read by us, so they come in one language.
      env: { ...process.env, LC_ALL: 'C', ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      windowsHide: true,
    })
    let stopped: EverstowError | undefined
    let force: NodeJS.Timeout | undefined
    const stop = (why: EverstowError): void => {
      if (stopped) return
      stopped = why
      child.kill('SIGTERM')
      force = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
    }
    const onAbort = (): void => stop(new EverstowError('cancelled'))
    signal?.addEventListener('abort', onAbort, { once: true })
    const patience =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => stop(new EverstowError('timed-out', { data: { what: program } })), timeoutMs)
    const settle = (): void => {
      signal?.removeEventListener('abort', onAbort)
      clearTimeout(patience)
      clearTimeout(force)
    }

    const out: Buffer[] = []
    let outBytes = 0
    let stderr = ''
    child.stdout.on('data', (data: Buffer) => {
      outBytes += data.length
      if (outBytes > MOST_STDOUT_BYTES)
        stop(new EverstowError('internal', { message: `${program} says too much` }))
      else out.push(data)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-MOST_STDERR_CHARACTERS)
    })
    // A program that ends without reading all of its input says so by its exit code.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input ?? '')
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle()
      if (error.code === 'ENOENT') resolve(undefined)
      else reject(error)
    })
    child.on('close', (code) => {
      settle()
      if (stopped) reject(stopped)
      else resolve({ exitCode: code ?? undefined, stdout: Buffer.concat(out).toString('utf8'), stderr })
    })
  })
}
