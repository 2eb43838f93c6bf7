import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFakeRandom, type FakeRandom } from '../../main/engine/env/fake/fake-random.ts'
import { copyOf, killArchivers, type ProtectedCluster, startRecovered } from './protected-cluster.ts'

/** What a drill did and found. */
export interface DrillOutcome {
  readonly restores: number
  readonly rows: number
  readonly faults: number
  readonly problems: readonly string[]
}

/** A moment, and the rows that were committed before it. */
interface Moment {
  readonly to: string
  readonly ids: readonly number[]
}

const STEPS = 14

/**
 * Rows are inserted while server, archiver and places are killed or taken away; then the cluster is restored to moments that chance chooses, and must hold
 * exactly the rows that were committed before.
 */
export async function pitrDrill(
  template: ProtectedCluster,
  seed: number,
  restores: number,
): Promise<DrillOutcome> {
  const random = createFakeRandom(seed)
  const world = await copyOf(template)
  const problems: string[] = []
  let rows = 0
  try {
    const life = await live(world, random)
    const committed = await readCommitted(world)
    rows = committed.length
    const ids = new Set(committed.map(({ id }) => id))
    const lost = life.acknowledged.filter((id) => !ids.has(id))
    if (lost.length > 0) problems.push(`seed ${seed}: the server lost ${lost.length} rows`)
    for (let number = 0; number < restores; number++) {
      const moment = chooseMoment(random, committed, life.marks, number)
      const problem = await restoreTo(world, moment, number)
      if (problem) problems.push(`seed ${seed}, --to ${moment.to}: ${problem}`)
    }
    return { restores, rows, faults: life.faults, problems }
  } catch (error) {
    return { restores: 0, rows, faults: 0, problems: [...problems, `seed ${seed}: ${String(error)}`] }
  } finally {
    await world.remove()
  }
}

interface Mark {
  readonly to: string
  readonly lastId: number
}

async function live(world: ProtectedCluster, random: FakeRandom) {
  const { cluster, places, home } = world
  const acknowledged: number[] = []
  const marks: Mark[] = []
  let faults = 0
  for (let step = 0; step < STEPS; step++) {
    const place = random.pick(places)
    const away = `${place}.away`
    switch (random.integer(9)) {
      case 0:
        await cluster.kill()
        faults++
        break
      case 1:
        if (existsSync(place)) renameSync(place, away)
        faults++
        break
      case 2:
        if (existsSync(away)) renameSync(away, place)
        break
      case 3:
        faults += killArchivers(home)
        break
      case 4:
        await cluster.sql('SELECT pg_switch_wal()').catch(() => undefined)
        break
      case 5:
        await sleep(random.integer(250))
        break
    }
    if (!cluster.isRunning() && random.chance(0.7)) await restart(world)
    if (cluster.isRunning()) await write(step)
  }
  for (const place of places) if (existsSync(`${place}.away`)) renameSync(`${place}.away`, place)
  if (!cluster.isRunning()) await restart(world)
  // What is done after the last moment must not be in any restore but the latest.
  await write(STEPS)
  await world.archiveAll()
  return { acknowledged, marks, faults }

  async function write(step: number): Promise<void> {
    const bytes = 200 + random.integer(6_000)
    const count = 1 + random.integer(12)
    const insert = `INSERT INTO t (x) VALUES (left(repeat(md5(random()::text), 200), ${bytes})) RETURNING i;`
    // A server flushes a point only with a commit that follows it: one made alone is lost when the server is killed within the next 0.2 s.
    const point = random.chance(0.3)
      ? `BEGIN; SELECT 'p' FROM pg_create_restore_point('point ${step}'); SELECT 'xid ' || txid_current(); COMMIT;`
      : ''
    try {
      const said = await cluster.sql(`${insert.repeat(count)}SELECT pg_current_wal_lsn();${point}`)
      const lines = said.split('\n')
      const ids = lines.filter((line) => /^\d+$/.test(line)).map(Number)
      acknowledged.push(...ids)
      const lastId = ids.at(-1) ?? 0
      const lsn = lines.find((line) => line.includes('/'))
      if (lsn) marks.push({ to: lsn, lastId })
      if (lines.includes('p')) marks.push({ to: `point ${step}`, lastId })
    } catch {
      // The server went away: what it did not acknowledge may or may not be there.
    }
  }
}

/** What a killed server left running ends by itself, its archiver with the command that it waits for; until then nobody else may start. */
async function restart({ cluster }: ProtectedCluster): Promise<void> {
  for (const end = Date.now() + 300_000; ; ) {
    try {
      await cluster.start()
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(250)
    }
  }
}

interface Committed {
  readonly id: number
  /** Microseconds since 1970. */
  readonly timeUs: number
}

async function readCommitted({ cluster }: ProtectedCluster): Promise<Committed[]> {
  const said = await cluster.sql(
    "SELECT i || ' ' || (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint FROM t ORDER BY i",
  )
  return said
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id, timeUs] = line.split(' ').map(Number)
      return { id: id!, timeUs: timeUs! }
    })
}

function chooseMoment(
  random: FakeRandom,
  committed: readonly Committed[],
  marks: readonly Mark[],
  number: number,
): Moment {
  const kind = number === 0 ? 0 : random.integer(4)
  const mark = random.pick(marks)
  if (kind === 1 && mark) return { to: mark.to, ids: idsUpTo(mark.lastId) }
  if (kind === 2) return { to: 'latest', ids: committed.map(({ id }) => id) }
  const times = committed.map(({ timeUs }) => timeUs)
  const first = times[0]!
  const timeUs = random.chance(0.3)
    ? random.pick(times)
    : first + random.integer(Math.max(1, times.at(-1)! - first))
  const micros = String(timeUs % 1_000_000).padStart(6, '0')
  const seconds = new Date(Math.floor(timeUs / 1_000_000) * 1000).toISOString().slice(0, 19)
  return {
    to: `${seconds}.${micros}Z`,
    ids: committed.filter((row) => row.timeUs <= timeUs).map(({ id }) => id),
  }

  function idsUpTo(lastId: number): number[] {
    return committed.map(({ id }) => id).filter((id) => id <= lastId)
  }
}

async function restoreTo(
  world: ProtectedCluster,
  { to, ids }: Moment,
  number: number,
): Promise<string | undefined> {
  const into = join(world.folder, `restored-${number}`)
  const told = await world.everstow('db', 'pitr', 'main', '--to', to, '--into', into)
  if (told.status !== 0) return `exit ${told.status}: ${told.err}`
  const recovered = await startRecovered(into)
  try {
    const said = await recovered.sql('SELECT i FROM t ORDER BY i')
    const found = said === '' ? [] : said.split('\n').map(Number)
    if (found.join() === ids.join()) return undefined
    return `${found.length} rows instead of ${ids.length}; first difference ${ids.find((id, at) => found[at] !== id) ?? found[ids.length]}`
  } finally {
    await recovered.remove()
    rmSync(into, { recursive: true, force: true })
  }
}
