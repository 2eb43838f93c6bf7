import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEverstow } from '../crash/everstow-command.ts'
import { type Answer, type Ask, send } from '../unit/api-ground.ts'
import { writeTree } from './loop-delay.ts'
import { createFindings, type SoakOutcome } from './outcome.ts'

export interface ApiLoadOptions {
  readonly requestsPerSecond: number
  readonly seconds: number
  readonly files: number
  readonly largeMib: number
  /** The most that 99 of 100 answers may take. */
  readonly p99Ms: number
}

const PATHS = [
  '/api/v1/backup/list',
  '/api/v1/backup/status',
  '/api/v1/plans',
  '/api/v1/jobs',
  '/api/cloud/status',
]

const WARM_UP = 300
/** Fewer answers beside the backup say nothing of the slowest of a hundred. */
const MIN_BESIDE = 1_000

/** How long the API takes to answer questions while it makes a backup: the real command, and as many requests a second, whether or not those before were answered. */
export async function loadApi(options: ApiLoadOptions): Promise<SoakOutcome> {
  const findings = createFindings('api-load')
  const base = mkdtempSync(join(tmpdir(), 'everstow-api-load-'))
  const home = join(base, 'home')
  const source = join(base, 'source')
  writeTree(source, options.files, options.largeMib)
  const run = async (...args: string[]): Promise<string> => (await startEverstow(home, args).ended).stdout
  await run('place', 'add', 'disk', '--type', 'local', '--path', join(base, 'disk'))
  await run(
    'plan',
    'add',
    'all',
    '--source',
    source,
    '--to',
    'disk',
    '--format',
    'snapshot',
    '--schedule',
    'manual',
  )
  const { key } = JSON.parse(await run('api-key', 'add', 'load', '--role', 'operate', '--json'))
  const command = ['bin/everstow.mjs', '--home', home, 'serve', '--api', '--json']
  const server = spawn(process.execPath, command, {
    cwd: resolve(import.meta.dirname, '../..'),
    env: { ...process.env, EVERSTOW_KEYCHAIN: 'off' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  try {
    const [said] = (await once(server.stdout, 'data')) as [Buffer]
    const { hostname: host, port } = new URL(JSON.parse(said.toString()).url)
    const ask = (path: string, how: Ask = {}): Promise<Answer> =>
      send({ host, port, path, agent }, { key, ...how })
    // A server that programs ask has run for a while: its code is compiled.
    for (let count = 0; count < WARM_UP; count++) await ask(PATHS[count % PATHS.length] ?? '')
    const job = await ask('/api/v1/backup/trigger', { method: 'POST', body: { plan: 'all' } })
    const answers: { readonly sentMs: number; readonly tookMs: number }[] = []
    let refused = 0
    let lastBesideMs = 0
    const pending: Promise<void>[] = []
    const startedMs = performance.now()
    for (let count = 0; count < options.requestsPerSecond * options.seconds; count++) {
      const dueMs = startedMs + (count * 1_000) / options.requestsPerSecond
      if (dueMs > performance.now()) await sleep(dueMs - performance.now())
      const sentMs = performance.now()
      const one = ask(PATHS[count % PATHS.length] ?? '').then(({ status, json }) => {
        answers.push({ sentMs, tookMs: performance.now() - sentMs })
        if (status !== 200) refused++
        if (json.jobs?.some((each: { state: string }) => each.state === 'running'))
          lastBesideMs = Math.max(lastBesideMs, sentMs)
      })
      pending.push(one)
    }
    await Promise.all(pending)
    // Only what was asked while the backup ran counts.
    const tookMs = answers.flatMap((each) => (each.sentMs <= lastBesideMs ? [each.tookMs] : []))
    tookMs.sort((a, b) => a - b)
    const at = (share: number) => Math.round((tookMs[Math.floor(tookMs.length * share)] ?? 0) * 10) / 10
    findings.count('requests', answers.length)
    findings.count('besideABackup', tookMs.length)
    findings.count('p50Ms', at(0.5))
    findings.count('p99Ms', at(0.99))
    findings.count('maxMs', Math.round(tookMs.at(-1) ?? 0))
    if (refused > 0) findings.problem(`${refused} requests were not answered`)
    if (tookMs.length < MIN_BESIDE) findings.problem('the backup was over too soon')
    if (at(0.99) > options.p99Ms)
      findings.problem(`99 of 100 answers took up to ${at(0.99)} ms, not ${options.p99Ms} ms`)
    if (job.status !== 202) findings.problem(`the backup was not begun: ${job.status}`)
    return findings.outcome()
  } finally {
    agent.destroy()
    server.kill('SIGTERM')
    await once(server, 'exit')
    rmSync(base, { recursive: true, force: true })
  }
}
