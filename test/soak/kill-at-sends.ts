import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSeededRandom } from '../crash/seed.ts'
import { whyNoStrace } from '../ground/strace.ts'
import { startS3Server } from '../servers/s3/server.ts'
import { addBucket } from './busy-storm.ts'
import type { KillOptions } from './kill-at-calls.ts'
import { createFindings, type SoakOutcome } from './outcome.ts'
import { acknowledge, checkBackups, checkPlaces, createSoakWorld, type SoakWorld, said } from './world.ts'

const MIB = 1024 * 1024
/** What is new in each backup besides small files: some packs, some of them in parts. */
const FILM_BYTES = 40 * MIB

/**
 * Kills the real command line while it sends to a bucket: backups, and pushes of what they left. The same command then goes well, every object of the
 * bucket is sound, and whatever was acknowledged restores.
 */
export async function killAtSends({
  kills,
  seed,
  checkEvery,
  untilMs = Infinity,
}: KillOptions): Promise<SoakOutcome> {
  const findings = createFindings('kill-at-sends', seed)
  const skipped = whyNoStrace()
  if (skipped !== undefined) return { ...findings.outcome(), skipped }
  const random = createSeededRandom(seed)
  const base = mkdtempSync(join(tmpdir(), 'everstow-sends-'))
  const server = await startS3Server({ seed })
  const port = Number(new URL(server.url).port)
  const world = await createSoakWorld(base, ['disk'], random)
  try {
    await addBucket(world, server, join(base, 'key.json'))
    edit(world, random)
    const watched = await world.killAtSend({ port }, ['backup', 'files'])
    acknowledge(world, watched.result)
    const { sends } = watched
    findings.count('sends of a backup', sends)
    if (watched.result.status !== 0 || sends === 0)
      findings.problem(`seed ${seed}, ${sends} sends, only watched: ${said(watched.result)}`)
    let killed = 0
    for (let round = 1; killed < kills && sends > 0 && performance.now() < untilMs; round++) {
      const when = `seed ${seed}, round ${round}`
      edit(world, random)
      for (const args of [['backup', 'files'], ['push']]) {
        const ordinal = 1 + Math.floor(random() * sends)
        const { result } = await world.killAtSend({ port, ordinal }, args)
        acknowledge(world, result)
        if (result.status === null) killed++
        else if (result.status !== 0) findings.problem(`${when}: ${args.join(' ')}: ${said(result)}`)
        findings.count(result.status === null ? `${args[0]} kills` : 'sends that were not reached')
      }
      for (const args of [['backup', 'files'], ['push']]) {
        const result = await world.run(args)
        acknowledge(world, result)
        if (result.status !== 0) findings.problem(`${when}: the next ${args.join(' ')} says ${said(result)}`)
      }
      if (round % checkEvery === 0) await checkPlaces(world, findings, when)
    }
    findings.count('kills', killed)
    await checkPlaces(world, findings, `seed ${seed}, at the end`)
    await checkBackups(world, [...world.acknowledged.keys()], findings, `seed ${seed}, at the end`)
    return findings.outcome()
  } finally {
    await server.close()
    world.remove()
  }
}

function edit(world: SoakWorld, random: () => number): void {
  world.edit(random)
  writeFileSync(join(world.source, 'film'), randomBytes(FILM_BYTES))
}
