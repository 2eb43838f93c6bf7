import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSeededRandom, type SeededRandom } from '../bench/workloads/seeded-random.ts'
import { freePort } from '../ground/port.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { send } from '../unit/api-ground.ts'
import type { Held } from './long-run-child.ts'
import { type Computer, startComputer } from './long-run-computer.ts'
import { judgeGrowth, type Sample } from './long-run-growth.ts'
import { createFindings, type Findings, type SoakOutcome } from './outcome.ts'

const HOUR_MS = 3_600_000
const FILES = 60
/** A day goes by in so many pieces. */
const PIECES = 2
/** Until two computers that were changed are alike; a sync that failed often is tried again after five minutes. */
const PATIENCE_MS = 600_000

interface World {
  readonly base: string
  readonly ada: Computer
  readonly ben: Computer
  readonly cloud: S3Server
  readonly random: SeededRandom
  readonly findings: Findings
  /** Runs that failed and were looked at. */
  readonly told: Set<string>
  apiKey: string
  days: number
}

/**
 * Weeks of two computers in as many minutes as are given: plans that are due by the clock and by changes, a folder that both sync, a mirror, retention, checks and
 * drills; a person who edits, looks and restores, and a program that asks. At the end of each day everything rests and is measured.
 */
export async function runLong({
  minutes,
  seed,
}: {
  readonly minutes: number
  readonly seed: number
}): Promise<SoakOutcome> {
  const findings = createFindings('long-run')
  const base = mkdtempSync(join(tmpdir(), 'everstow-long-'))
  const cloud = await startS3Server()
  const page = join(base, 'page')
  mkdirSync(join(page, 'assets'), { recursive: true })
  writeFileSync(join(page, 'index.html'), '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__">')
  const ada = await startComputer(join(base, 'ada'), page)
  const ben = await startComputer(join(base, 'ben'), page)
  const world: World = {
    base,
    ada,
    ben,
    cloud,
    random: createSeededRandom(String(seed)),
    findings,
    told: new Set(),
    apiKey: '',
    days: 0,
  }
  const samples: Sample[] = []
  try {
    await settleIn(world)
    const endMs = performance.now() + minutes * 60_000
    while (performance.now() < endMs) {
      await liveADay(world)
      samples.push({ ada: await measure(ada), ben: await measure(ben) })
      if (world.days % 7 === 0) console.log(`long-run: day ${world.days} ${JSON.stringify(samples.at(-1))}`)
    }
    findings.count('days', world.days)
    for (const [name, figure] of Object.entries(judgeGrowth(samples, findings.problem)))
      findings.count(name, figure)
    return findings.outcome()
  } finally {
    await Promise.all([ada.stop(), ben.stop()])
    await cloud.close()
    rmSync(base, { recursive: true, force: true })
  }
}

/** Places, plans, a mirror, a folder that both sync, and a key for a program. */
async function settleIn(world: World): Promise<void> {
  const { ada, ben, cloud, base } = world
  for (const folder of ['papers', 'letters', 'site', 'shared']) mkdirSync(join(ada.folder, folder))
  mkdirSync(join(ben.folder, 'shared'))
  for (let each = 0; each < FILES; each++)
    edit(world, join(ada.folder, ['papers', 'letters', 'site'][each % 3] ?? ''))
  const { accessKeyId, secretAccessKey } = TEST_CREDENTIAL
  const bucket = { name: 'cloud', type: 's3', bucket: TEST_BUCKET, endpoint: cloud.url, region: cloud.region }
  const secrets = { accessKeyId, secretAccessKey }
  const disk = (await ada.call('place.add', { name: 'disk', type: 'local', path: join(base, 'disk') })).id
  const there = (await ada.call('place.add', { ...bucket, secrets })).id
  const plan = (name: string, schedule: string, more: object) =>
    ada.call('plan.add', {
      name,
      sources: [join(ada.folder, name)],
      placeIds: [disk, there],
      schedule,
      ...more,
    })
  await plan('papers', 'daily@03:00,15:00', { format: 'snapshot', keep: 'last:3,daily:4' })
  await plan('letters', 'on-change:1m', { format: 'snapshot', keep: 'last:4' })
  await plan('site', 'daily@04:00', { format: 'archive', keepDays: 4 })
  const mirror = {
    name: 'site',
    folder: join(ada.folder, 'site'),
    placeId: there,
    prefix: 'www',
    keepDays: 2,
  }
  await ada.call('mirror.add', { ...mirror, schedule: 'daily@06:00' })
  await ada.call('settings.update', {
    ...{ cleanupSchedule: 'daily@04:30', drillSchedule: 'weekly@sun 05:00', verifySchedule: 'every:6h' },
    ...{ serveApi: true, apiPort: await freePort() },
  })
  world.apiKey = (await ada.call('apiKeys.add', { name: 'program', role: 'operate' })).token

  await ada.call('sync.add', { name: 'shared', folder: join(ada.folder, 'shared'), placeId: there })
  edit(world, join(ada.folder, 'shared'))
  const same = (await ben.call('place.add', { ...bucket, secrets })).id
  const { code } = await ada.call('sync.invite', { placeId: there })
  await ben.call('repository.adopt', { placeId: same, secret: code })
  await ben.call('sync.add', { name: 'shared', folder: join(ben.folder, 'shared'), placeId: same })
}

async function liveADay(world: World): Promise<void> {
  const { ada, ben, random, findings } = world
  for (let piece = 1; piece <= PIECES; piece++) {
    for (const folder of ['papers', 'letters', 'site', 'shared']) edit(world, join(ada.folder, folder))
    edit(world, join(ben.folder, 'shared'))
    const aheadMs = (world.days + piece / PIECES) * 24 * HOUR_MS
    world.cloud.setClockOffset(aheadMs)
    await Promise.all([ada.move(aheadMs), ben.move(aheadMs)])
    await askAround(world)
    await atRest(world)
  }
  world.days++
  const { backups } = await ada.call('backup.list', { limit: 50 })
  const chosen = backups[random.below(backups.length)]
  if (chosen) {
    const into = join(ada.folder, 'restored')
    const state = await ada.done(ada.call('restore.start', { backupId: chosen.id, into, existing: 'rename' }))
    if (state !== 'done') findings.problem(`day ${world.days}: a restore came to ${state}`)
    findings.count('restores')
    rmSync(into, { recursive: true, force: true })
  }
  await answerFor(world)
}

/** A person looks at what failed. Much that goes at once by the rules is asked about, and wanted. */
async function answerFor({ ada, ben, findings, days, told }: World): Promise<void> {
  for (const computer of [ada, ben])
    for (const { id, kind, state, error } of await computer.call('run.list', {})) {
      if (state !== 'failed' || told.has(id)) continue
      told.add(id)
      if (kind !== 'prune' || error?.code !== 'confirmation-needed')
        findings.problem(`day ${days}: ${kind} failed: ${JSON.stringify(error)}`)
      else if ((await ada.done(ada.call('backup.prune', { confirmed: true }))) === 'done')
        findings.count('confirmed')
    }
}

/** What a person with a window and a program with a key ask. */
async function askAround({ ada, ben, apiKey, findings }: World): Promise<void> {
  const { url } = await ada.call('api.state', {})
  for (const path of url === undefined ? [] : ['backup/list', 'backup/status', 'plans', 'jobs', 'nothing']) {
    const { hostname: host, port } = new URL(url ?? '')
    const { status } = await send({ host, port, path: `/api/v1/${path}` }, { key: apiKey })
    if (status !== (path === 'nothing' ? 404 : 200)) findings.problem(`${path} was answered with ${status}`)
    findings.count('requests')
  }
  for (const computer of [ada, ben]) {
    await computer.lookIn()
    for (const name of [
      'status.get',
      'place.list',
      'plan.list',
      'run.list',
      'sync.list',
      'schedule.list',
    ] as const)
      await computer.call(name, {})
    findings.count('windows')
  }
}

/** Waits until nobody works any more and both hold the same. */
async function atRest({ ada, ben, findings, days }: World): Promise<void> {
  const giveUpMs = performance.now() + PATIENCE_MS
  for (let calm = 0; calm < 5; ) {
    await sleep(100)
    const isBusy = (await ada.running()) + (await ben.running()) > 0
    const isSame = !isBusy && contentOf(join(ada.folder, 'shared')) === contentOf(join(ben.folder, 'shared'))
    calm = isSame ? calm + 1 : 0
    if (performance.now() > giveUpMs) return findings.problem(`day ${days}: no rest`)
  }
}

/** Changes one of so many files, or deletes it. */
function edit({ random }: Pick<World, 'random'>, folder: string): void {
  const path = join(folder, `file ${random.below(FILES)}`)
  if (random.below(5) === 0) rmSync(path, { force: true })
  else writeFileSync(path, `${random.below(2 ** 30)} `.repeat(1 + random.below(3_000)))
}

/** Names and contents of a folder's files, without what is ours in it. */
function contentOf(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isFile() && !entry.name.startsWith('.') ? [entry.name] : []))
    .map((name) => `${name} ${readFileSync(join(folder, name), 'utf8').slice(0, 40)}`)
    .sort()
    .join('\n')
}

/** What a file of a data folder is, by its path in it. */
function kindOfFile(path: string): string {
  if (/^cache\/repositories\/[^/]+\/[^/]+\/(log|records-\d+)$/.test(path)) return 'repository-log'
  if (path.includes('/')) return path.split('/')[0] ?? ''
  return path.includes('.db') ? 'database' : 'other'
}

/** What a computer holds when it rests: its process, and the files of its data folder by kind. */
async function measure(
  computer: Computer,
): Promise<Held & { readonly bytes: Readonly<Record<string, number>> }> {
  const bytes: Record<string, number> = { temporary: 0 }
  const add = (kind: string, size: number) => {
    bytes[kind] = (bytes[kind] ?? 0) + size
  }
  const walk = (folder: string, kindOf: (path: string) => string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
      if (entry.isFile()) {
        const path = join(entry.parentPath, entry.name)
        add(kindOf(relative(folder, path)), statSync(path, { throwIfNoEntry: false })?.size ?? 0)
      }
  }
  walk(computer.home, kindOfFile)
  walk(join(computer.folder, 'tmp'), () => 'temporary')
  return { ...(await computer.held()), bytes }
}
