import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSeededRandom } from '../crash/seed.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { createFindings, type Findings, type SoakOutcome } from './outcome.ts'
import { acknowledge, checkBackups, checkPlaces, createSoakWorld, type SoakWorld, said } from './world.ts'

export interface BusyStormOptions {
  readonly storms: number
  readonly seed: number
  readonly untilMs?: number
}

const MIB = 1024 * 1024
/** So many requests say something about how often a place is asked. */
const TELLING = 8

/**
 * Backs up to a bucket that answers 503 to everything for a while, again and again: it is asked less and less often, and when it works again all
 * arrives and is whole.
 */
export async function rideOutStorms({
  storms,
  seed,
  untilMs = Infinity,
}: BusyStormOptions): Promise<SoakOutcome> {
  const findings = createFindings('busy-storm', seed)
  const random = createSeededRandom(seed)
  const base = mkdtempSync(join(tmpdir(), 'everstow-busy-'))
  const world = await createSoakWorld(base, ['disk'], random)
  const server = await startS3Server({ seed })
  try {
    await addBucket(world, server, join(base, 'key.json'))
    for (let storm = 0; storm < storms && performance.now() < untilMs; storm++)
      await rideOut(world, server, random, findings, `seed ${seed}, storm ${storm}`)
    await checkBackups(world, [...world.acknowledged.keys()], findings, `seed ${seed}, at the end`)
    return findings.outcome()
  } finally {
    await server.close()
    world.remove()
  }
}

/** Adds a bucket to the places of the plan, and backs up there. */
export async function addBucket(world: SoakWorld, server: S3Server, keyFile: string): Promise<void> {
  const { accessKeyId, secretAccessKey } = TEST_CREDENTIAL
  writeFileSync(keyFile, JSON.stringify({ accessKeyId, secretAccessKey }))
  const where = ['--bucket', TEST_BUCKET, '--endpoint', server.url, '--region', server.region]
  await world.done(['place', 'add', 'cloud', '--type', 's3', ...where, '--secret-file', keyFile])
  await world.done(['plan', 'edit', 'files', '--to', 'disk', 'cloud'])
  acknowledge(world, await world.done(['backup', 'files']))
}

async function rideOut(
  world: SoakWorld,
  server: S3Server,
  random: () => number,
  findings: Findings,
  when: string,
): Promise<void> {
  world.edit(random)
  writeFileSync(join(world.source, 'film'), randomBytes(64 * MIB))
  const ended = new AbortController()
  const raging = rage(server, 18_000 + random() * 12_000, ended.signal)
  const result = await world.run(['backup', 'files'])
  ended.abort()
  const { early, late, strikes } = await raging
  findings.count('storms')
  findings.count('faults', strikes)
  // Where nearly nothing was asked, there is no rate that could fall.
  if (early >= TELLING) {
    findings.count('storms with a rate')
    if (late >= early)
      findings.problem(`${when}: ${early} requests in the first third of a storm, ${late} in the last`)
  }
  // What waits for the bucket goes with the next push.
  if (result.status !== 0 && result.status !== 3) findings.problem(`${when}: the backup says ${said(result)}`)
  const pushed = await world.run(['push'])
  if (pushed.status !== 0) findings.problem(`${when}: push says ${said(pushed)}`)
  acknowledge(world, result)
  await checkPlaces(world, findings, when)
}

interface Raged {
  /** Requests in the first third of the storm, and in the last. */
  readonly early: number
  readonly late: number
  readonly strikes: number
}

/** Lets the bucket refuse everything for a while, from a moment on at which the backup sends. */
async function rage(server: S3Server, ms: number, signal: AbortSignal): Promise<Raged> {
  const before = server.count('PutObject')
  while (server.count('PutObject') <= before && !signal.aborted) await sleep(5)
  const fault = server.faults.add({ kind: 'status', status: 503 })
  const asked: number[] = []
  for (let third = 0; third < 3; third++) {
    const from = server.requests.length
    await sleep(ms / 3)
    asked.push(server.requests.length - from)
  }
  fault.remove()
  return { early: asked[0] ?? 0, late: asked[2] ?? 0, strikes: fault.strikes() }
}
