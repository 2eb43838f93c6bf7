import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSeededRandom } from '../crash/seed.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { createFindings, type Findings, type SoakOutcome } from './outcome.ts'
import { openSlowLine, type SlowLine } from './slow-line.ts'
import {
  acknowledge,
  checkBackups,
  checkPlaces,
  createSoakWorld,
  documentOf,
  type ListedBackup,
  said,
} from './world.ts'

const MIB = 1024 * 1024
/** A pack may be tried eight times, and nothing is begun anew after ten minutes; the last try may stall for a minute and a half. */
const LONGEST_MS = 15 * 60_000
/** Which of the two it is told as hangs on whether the last call had been answered in part. */
const GIVEN_UP = /^cloud waiting (timed-out|connection-lost),disk synced$/

interface Made extends Pick<ListedBackup, 'backup_id'> {
  readonly copies: readonly { place: string; status: string; error: { code: string } | null }[]
}

/**
 * A line that stalls, and one that passes a byte a second, in the middle of a backup to a folder and a bucket: the folder has it, the bucket waits, the
 * command ends by itself, and on a good line the rest is sent, nothing twice. Takes as long as the real timeouts take: some ten minutes.
 */
export async function crawl(seed: number): Promise<SoakOutcome> {
  const findings = createFindings('slow-network', seed)
  await Promise.all([onLine('stalled', seed, findings), onLine('crawling', seed + 1, findings)])
  return findings.outcome()
}

async function onLine(state: 'stalled' | 'crawling', seed: number, findings: Findings): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'everstow-line-'))
  const world = await createSoakWorld(base, ['disk'], createSeededRandom(seed))
  const server = await startS3Server({ seed })
  const line = await openSlowLine(Number(new URL(server.url).port))
  const when = `a ${state} line`
  try {
    const key = join(base, 'key.json')
    const { accessKeyId, secretAccessKey } = TEST_CREDENTIAL
    writeFileSync(key, JSON.stringify({ accessKeyId, secretAccessKey }))
    const endpoint = `http://127.0.0.1:${line.port}`
    const where = [
      '--bucket',
      TEST_BUCKET,
      '--endpoint',
      endpoint,
      '--region',
      server.region,
      '--secret-file',
      key,
    ]
    await world.done(['place', 'add', 'cloud', '--type', 's3', ...where])
    await world.done(['plan', 'edit', 'files', '--to', 'disk', 'cloud'])
    acknowledge(world, await world.done(['backup', 'files']))

    writeFileSync(join(world.source, 'film'), randomBytes(80 * MIB))
    const sent = server.count('PutObject')
    const ended = new AbortController()
    const slowed = slowDownAfter(line, server, sent, state, ended.signal)
    const startedMs = performance.now()
    const result = await world.run(['backup', 'files'])
    ended.abort()
    await slowed
    const tookMs = performance.now() - startedMs
    findings.count(`${state} minutes`, Math.round(tookMs / 6_000) / 10)
    const made = documentOf<Made>(result)
    const copies = made?.copies.map(({ place, status, error }) =>
      `${place} ${status} ${error?.code ?? ''}`.trim(),
    )
    if (result.status !== 3 || !GIVEN_UP.test(copies?.toSorted().join() ?? ''))
      findings.problem(`${when}: the backup says ${said(result)}`)
    if (tookMs > LONGEST_MS) findings.problem(`${when}: the backup took ${Math.round(tookMs / 1000)} s`)

    line.state = 'good'
    const pushed = await world.run(['push'])
    if (pushed.status !== 0) findings.problem(`${when}, good again: push says ${said(pushed)}`)
    for (const name of server.objects().keys()) {
      if (!name.startsWith('data/')) continue
      const times = server.requests.filter(
        ({ operation, key, status }) => operation === 'PutObject' && key === name && status === 200,
      ).length
      findings.count('packs', 1)
      if (times > 1) findings.problem(`${when}: ${name} was sent ${times} times`)
    }
    if (made)
      acknowledge(world, { ...result, stdout: JSON.stringify({ ...made, cloud_sync_status: 'synced' }) })
    await checkPlaces(world, findings, when)
    await checkBackups(world, made ? [made.backup_id] : [], findings, when)
  } finally {
    await line.close()
    await server.close()
    world.remove()
  }
}

/** Slows the line down as soon as one object more has arrived: some packs are there, others on their way. */
async function slowDownAfter(
  line: SlowLine,
  server: S3Server,
  objects: number,
  state: 'stalled' | 'crawling',
  signal: AbortSignal,
): Promise<void> {
  while (server.count('PutObject') <= objects && !signal.aborted) await sleep(5)
  line.state = state
}
