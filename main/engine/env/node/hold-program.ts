import { spawn } from 'node:child_process'
import type { ProgramOutcome, ProgramRun } from './run-program.ts'

/** A program that works beside us until it is told to end. */
export interface HeldRun extends Pick<ProgramRun, 'program' | 'args' | 'environment'> {
  /** What it says, as it says it. */
  readonly onOutput?: (text: string) => void
  /**
   * Makes it end when this process dies, however that dies, and removes these folders then. Such a program reads nothing from us. On Windows nobody is there
   * to do that: it goes on.
   */
  readonly dieWithUs?: readonly [folder: string, other: string]
}

export interface HeldProgram {
  /** Adds to what it reads. */
  write(text: string): void
  /** Resolves once it has ended; with undefined where there is no such program. */
  readonly ended: Promise<ProgramOutcome | undefined>
  /** Tells it to end with a signal, by force if it does not, and waits. */
  stop(signal: NodeJS.Signals): Promise<void>
}

const MOST_STDERR_CHARACTERS = 64 * 1024
const KILL_AFTER_MS = 10_000

/**
 * Takes the program's place once somebody watches our end of the pipe: a line says that it ended in order, the end of the pipe that we are gone. The watcher
 * knows the program by the shell's own number, which the program inherits.
 */
const GUARD = `exec 3<&0
one=$1; other=$2; shift 2
( read -r _ <&3 && exit 0
  kill -QUIT $$
  tries=50
  while [ $tries -gt 0 ] && kill -0 $$; do sleep 0.1; tries=$((tries - 1)); done
  kill -KILL $$
  rm -rf -- "$one" "$other" ) >/dev/null 2>&1 &
exec "$@" </dev/null 3<&-`

/** Starts a program and keeps it. In a group of its own, it hears nothing of what a terminal tells us. */
export function holdProgram({ program, args, environment, onOutput, dieWithUs }: HeldRun): HeldProgram {
  const isGuarded = dieWithUs !== undefined && process.platform !== 'win32'
  const child = spawn(
    isGuarded ? '/bin/sh' : program,
    isGuarded ? ['-c', GUARD, 'sh', ...dieWithUs, program, ...args] : args,
    {
      // Its complaints are read by us, so they come in one language.
      env: { ...process.env, LC_ALL: 'C', ...environment },
      stdio: ['pipe', onOutput ? 'pipe' : 'ignore', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    },
  )
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MOST_STDERR_CHARACTERS)
  })
  child.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text))
  // It may end without reading all that it was told.
  child.stdin?.on('error', () => undefined)
  const dismissWatcher = (): void => {
    if (isGuarded && child.stdin?.writable) child.stdin.end('over\n')
  }
  const ended = new Promise<ProgramOutcome | undefined>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve(undefined)
      else reject(error)
    })
    child.on('exit', dismissWatcher)
    child.on('close', (code) => resolve({ exitCode: code ?? undefined, stdout: '', stderr }))
  })
  // Whoever waits for it hears of it; nobody has to.
  ended.catch(() => undefined)
  return {
    write: (text) => void child.stdin?.write(text),
    ended,
    async stop(signal) {
      dismissWatcher()
      child.stdin?.end()
      child.kill(signal)
      const force = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
      await ended.catch(() => undefined)
      clearTimeout(force)
    },
  }
}
