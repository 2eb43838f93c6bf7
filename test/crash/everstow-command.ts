import { type ChildProcess, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'

const root = resolve(import.meta.dirname, '../..')

/** What a finished command gave. */
export interface CommandResult {
  /** Exit status; null when it was killed. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  readonly tookMs: number
}

/** A command that runs, in a process group of its own. */
export interface RunningCommand {
  readonly ended: Promise<CommandResult>
  /** SIGKILL to the whole group: no handler runs, nothing is tidied up. */
  kill(): void
}

/**
 * Starts the real command line on a home folder, without a keychain; `through` is a command that starts it, as strace does, and `hear` gets what that
 * writes to file 3.
 */
export function startEverstow(
  home: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  through: readonly string[] = [],
  hear?: (text: string) => void,
): RunningCommand {
  const started = performance.now()
  const [program = '', ...words] = [
    ...through,
    process.execPath,
    join(root, 'bin', 'everstow.mjs'),
    '--home',
    home,
    ...args,
  ]
  const child: ChildProcess = spawn(program, words, {
    env: { ...process.env, EVERSTOW_KEYCHAIN: 'off', LANG: 'en_US.UTF-8', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe', hear ? 'pipe' : 'ignore'],
    detached: true,
  })
  if (hear) (child.stdio[3] as Readable).setEncoding('latin1').on('data', hear)
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const ended = new Promise<CommandResult>((settle, reject) => {
    child.on('error', reject)
    child.on('close', (status) => settle({ status, stdout, stderr, tookMs: performance.now() - started }))
  })
  return {
    ended,
    kill() {
      if (child.pid === undefined || child.exitCode !== null) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch (error) {
        // It ended by itself between the check and the kill.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    },
  }
}

/** Runs the real command line to its end. */
export function everstow(
  home: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<CommandResult> {
  return startEverstow(home, args, env).ended
}
