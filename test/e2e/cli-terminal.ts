import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CliWorld } from './cli-run.ts'

const COMMAND = resolve(import.meta.dirname, '../../bin/everstow.mjs')
/** util-linux's `script` runs a command on a terminal of its own; elsewhere its options differ. */
export const HAS_TERMINAL = process.platform === 'linux' && existsSync('/usr/bin/script')
const LONGEST_WAIT_MS = 120_000

/** A command at a terminal, and somebody who reads and types. */
export interface Terminal {
  /** What was shown since the last answer, once it matches. */
  until(pattern: RegExp): Promise<string>
  type(text: string): void
  /** The signal of Ctrl+C, as it comes while the terminal does not hand over each key. */
  interrupt(): Promise<void>
  /** What was shown since then, and the exit status. Whoever does not end is killed, and what was shown told. */
  end(): Promise<{ readonly shown: string; readonly status: number | null }>
}

/** Starts a command at a terminal. */
export function atTerminal(world: CliWorld, ...args: readonly string[]): Terminal {
  const words = [process.execPath, COMMAND, ...args].map((word) => `'${word}'`).join(' ')
  const child: ChildProcess = spawn('script', ['-qfec', words, '/dev/null'], {
    cwd: world.folder,
    env: {
      PATH: process.env.PATH,
      HOME: world.folder,
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      TERM: 'xterm',
      SHELL: '/bin/sh',
      EVERSTOW_HOME: world.home,
      EVERSTOW_KEYCHAIN: 'off',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let shown = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (shown += text))
  const ended = new Promise<number | null>((done, failed) => {
    child.once('error', failed)
    child.once('close', done)
  })
  const take = (): string => {
    const taken = shown
    shown = ''
    return taken
  }
  return {
    async until(pattern) {
      for (const deadline = Date.now() + LONGEST_WAIT_MS; !pattern.test(shown); await sleep(20))
        if (Date.now() > deadline || child.exitCode !== null) {
          child.kill()
          throw new Error(`${pattern} never came: ${JSON.stringify(shown)}`)
        }
      return take()
    },
    type: (text) => void child.stdin?.write(text),
    async interrupt() {
      const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
      process.kill(-Number(children.trim().split(' ')[0]), 'SIGINT')
    },
    async end() {
      const late = new AbortController()
      const tooLong = sleep(LONGEST_WAIT_MS, 'late' as const, { signal: late.signal }).catch(() => null)
      const status = await Promise.race([ended, tooLong])
      late.abort()
      if (status === 'late') {
        child.kill()
        throw new Error(`It did not end: ${JSON.stringify(shown)}`)
      }
      return { shown: take(), status }
    },
  }
}
