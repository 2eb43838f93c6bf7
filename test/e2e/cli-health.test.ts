import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startHookServer } from '../servers/hooks/index.ts'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

const CANARY = 'CANARY-77aa'

interface HealthDocument {
  verdict: string
  damage: boolean
  findings: { kind: string; level: string; sentence: string; todo: string }[]
  plans: { copies: { recovery: object; stale: boolean }[]; stale_after_ms: number | null }[]
  places: { stored_bytes: number | null; cost: { state: string } }[]
}

let world: CliWorld
beforeEach(async () => {
  world = await makeCliWorld()
  await mkdir(world.path('docs'))
  // Enough to judge a restore by.
  await writeFile(world.path('docs', 'big'), Buffer.alloc(20_000_000, 'everstow'))
  expect((await world.run('place', 'add', 'nas', '--type', 'local', '--path', 'nas')).status).toBe(0)
})
afterEach(() => world.remove())

const addPlan = () =>
  world.run(
    'plan',
    'add',
    'docs',
    '--source',
    'docs',
    '--format',
    'archive',
    '--stale-after',
    '36h',
    '--schedule',
    'every:24h',
  )

const today = () => new Date().toISOString().slice(0, 10)

async function health(status: number): Promise<HealthDocument> {
  const said = await world.run('health', '--json')
  expect(said.status, said.out).toBe(status)
  return said.json() as unknown as HealthDocument
}

test('health follows what was proven; its exit status is for monitoring', SLOW, async () => {
  // Nothing has run: somebody should look.
  expect((await addPlan()).status).toBe(0)
  expect((await health(3)).findings).toMatchObject([{ kind: 'never', sentence: 'docs has no backup yet.' }])

  expect((await world.run('backup', 'docs')).status).toBe(0)
  const well = await health(0)
  expect(well).toMatchObject({ verdict: 'healthy', damage: false, findings: [] })
  expect(well.plans[0]).toMatchObject({
    stale_after_ms: 36 * 3_600_000,
    copies: [{ stale: false, recovery: { unknown: 'never-tried' } }],
  })
  expect(well.places[0]).toMatchObject({ cost: { state: 'free' } })
  expect(well.places[0]?.stored_bytes).toBeGreaterThan(0)

  expect((await world.run('restore', 'latest', '--into', 'back')).status).toBe(0)
  expect((await health(0)).plans[0]?.copies[0]?.recovery).toMatchObject({
    basis: 'restore',
    size_bytes: 20_000_000,
    measured_bytes: 20_000_000,
  })
  const people = await world.run('health')
  expect(people.out).toMatch(/^All is well/)
  expect(people.out).toMatch(/nas +healthy .*free/)

  const days = [today()]
  await world.run('place', 'edit', 'nas', '--price-storage', '0.02', '--price-currency', 'eur')
  days.push(today())
  expect((await health(0)).places[0]?.cost).toMatchObject({
    state: 'estimated',
    currency: 'EUR',
    own_prices: true,
    price_date: expect.toBeOneOf(days),
  })
  const metrics = await world.run('health', '--prometheus')
  expect(metrics.status).toBe(0)
  expect(metrics.out).toMatch(/^everstow_health_verdict\{verdict="healthy"\} 1$/m)

  // A source that is gone: the run fails, the copies stay.
  await rm(world.path('docs'), { recursive: true })
  await world.run('backup', 'docs')
  expect((await health(1)).findings.map(({ kind }) => kind)).toContain('run-failed')
})

test('damage is its own exit status, and what is typed wrong is refused', SLOW, async () => {
  await addPlan()
  const backup = (await world.run('backup', 'docs', '--json')).json() as unknown as { filename: string }
  const archive = world.path('nas', 'archives', backup.filename)
  const bytes = await readFile(archive)
  bytes.writeUInt8(bytes.readUInt8(1_000) ^ 0xff, 1_000)
  await writeFile(archive, bytes)
  expect((await world.run('verify')).status).toBe(4)
  const report = await health(4)
  expect(report).toMatchObject({ verdict: 'failing', damage: true, findings: [{ kind: 'damage' }, {}] })
  for (const words of [
    ['place', 'edit', 'nas', '--price-storage', 'cheap'],
    ['place', 'edit', 'nas', '--price-put', '1'],
    ['plan', 'edit', 'docs', '--stale-after', 'soon'],
    ['alert', 'add', 'webhook', 'x', '--url', 'http://hooks.example/'],
    ['alert', 'add', 'webhook', 'x'],
  ]) {
    const said = await world.run(...words)
    expect([1, 2], words.join(' ')).toContain(said.status)
    expect(said.err, words.join(' ')).not.toMatch(/\{\{|errors\./)
  }
})

test(
  'a channel is added with its secret from outside, tried, and used by the daemon, also for what a command did',
  SLOW,
  async () => {
    const hooks = await startHookServer()
    try {
      await addPlan()
      const url = `${hooks.url}/ping/${CANARY}`
      const added = await world.runWith(
        { EVERSTOW_ALERT_URL: url },
        'alert',
        'add',
        'ping',
        'watch',
        '--plan',
        'docs',
        '--json',
      )
      expect(added.json()).toMatchObject({ name: 'watch', address: hooks.url, state: 'unused' })
      expect((await world.run('alert', 'test', 'watch')).status).toBe(0)
      expect(hooks.heard).toMatchObject([{ path: `/ping/${CANARY}` }])

      const daemon = world.start(['daemon', '--json'])
      await heard(2)
      expect((await world.run('alert', 'list', '--json')).json()).toMatchObject({
        is_kept: true,
        channels: [{ state: 'ok' }],
      })
      daemon.child.kill('SIGTERM')
      expect((await daemon.said).status).toBe(0)

      const removed = await world.run('alert', 'remove', 'watch', '--yes')
      expect(removed.status).toBe(0)
      expect(await readFile(`${world.home}/settings.json`, 'utf8')).not.toContain(CANARY)
      expect(await readFile(`${world.home}/logs/everstow.log`, 'utf8')).not.toContain(CANARY)
      expect(await readFile(`${world.home}/secrets.json`, 'utf8')).not.toContain(CANARY)
    } finally {
      await hooks.close()
    }

    async function heard(count: number): Promise<void> {
      // The daemon backs up at its first look, and tells of it at the next, twenty seconds later.
      await expect.poll(() => hooks.heard.length).toBe(count)
    }
  },
)
