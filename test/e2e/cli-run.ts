import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const COMMAND = resolve(import.meta.dirname, '../../bin/everstow.mjs')

/** Room for what is made for one call only: short commands then end before anything has to be collected, and hundreds of them are started. */
const QUICK_HEAP = '--min-semi-space-size=16'

/** Each command is a process of its own; on a busy machine a test of ten of them takes its time. */
export const SLOW = { timeout: 900_000 } as const

const LONGEST_WAIT_MS = 300_000

/** What a finished command said. */
export interface Said {
  readonly status: number | null
  readonly out: string
  readonly err: string
  /** Standard output as the one JSON document it must be. */
  readonly json: () => Record<string, never> & { error?: { code: string; message: string; todo: string } }
}

/** A command that is still at work. */
export interface Running {
  readonly child: ChildProcess
  readonly said: Promise<Said>
}

/** A data folder and a working folder of its own, and the real command over them. */
export interface CliWorld {
  readonly folder: string
  readonly home: string
  path(...names: string[]): string
  start(args: readonly string[], environment?: Readonly<Record<string, string>>): Running
  run(...args: string[]): Promise<Said>
  runWith(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<Said>
  /** Waits until the log of the engine holds a text. */
  logged(text: string): Promise<void>
  remove(): Promise<void>
}

/** A time zone in which it is noon now, for what must not happen upon midnight. */
export function zoneOfNoon(): string {
  const ahead = 12 - new Date().getUTCHours()
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`
}

/** Makes a world in a temporary folder. `program`: how the command is started. */
export async function makeCliWorld(
  program: readonly string[] = [process.execPath, QUICK_HEAP, COMMAND],
  zone = 'UTC',
): Promise<CliWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'everstow-cli-'))
  const home = join(folder, 'home')
  await mkdir(join(folder, 'work'))

  const start: CliWorld['start'] = (args, environment = {}) => {
    const [file = '', ...first] = program
    const child = spawn(file, [...first, ...args], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        LANG: 'C.UTF-8',
        TZ: zone,
        EVERSTOW_HOME: home,
        EVERSTOW_KEYCHAIN: 'off',
        NODE_COMPILE_CACHE: join(tmpdir(), 'everstow-cli-test-code'),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { child, said: listen(child) }
  }

  return {
    folder,
    home,
    path: (...names) => join(folder, ...names),
    start,
    run: (...args) => start(args).said,
    runWith: (environment, ...args) => start(args, environment).said,
    async logged(text) {
      for (const end = Date.now() + LONGEST_WAIT_MS; Date.now() < end; await sleep(50)) {
        const log = await readFile(join(home, 'logs', 'everstow.log'), 'utf8').catch(() => '')
        if (log.includes(text)) return
      }
      throw new Error(`never logged: ${text}`)
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

function listen(child: ChildProcess): Promise<Said> {
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', (status) => done({ status, out, err, json: () => JSON.parse(out) }))
  })
}
