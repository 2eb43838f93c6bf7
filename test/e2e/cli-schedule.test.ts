import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

interface ScheduleDocument {
  is_kept: boolean
  jobs: {
    id: string
    name: string
    schedule: string
    next_run: string | null
    upcoming: string[]
    why_not_now: string
    note: string | null
    conditions: Record<string, string>
  }[]
}

let world: CliWorld
beforeEach(async () => {
  world = await makeCliWorld()
  await mkdir(world.path('nas'))
  await writeFile(world.path('file.txt'), 'x')
  expect((await world.run('place', 'add', 'nas', '--type', 'local', '--path', 'nas')).status).toBe(0)
})
afterEach(() => world.remove())

const addPlan = (...options: string[]) => world.run('plan', 'add', 'docs', '--source', 'file.txt', ...options)
const schedule = async (...words: string[]) =>
  (await world.run('schedule', ...words, '--json')).json() as unknown as ScheduleDocument
const whyNot = async () => (await schedule()).jobs[0]?.why_not_now
const backups = async () =>
  ((await world.run('list', '--json')).json() as unknown as { backups: unknown[] }).backups.length

/** Sockets on which a process waits for others, by what the kernel of Linux says. */
async function listensOn(pid: number): Promise<string[]> {
  const links = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
  )
  const tables = await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'utf8')))
  const rows = tables.flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)))
  const LISTEN = '0A'
  return rows
    .filter(([, , , state, , , , , , inode]) => state === LISTEN && links.includes(`socket:[${inode}]`))
    .map(([, address = '']) => address)
}

test('what runs by itself is shown with its next times, and can be changed', SLOW, async () => {
  expect((await addPlan('--schedule', 'weekly@mon,fri 18:00', '--wait-for', 'online')).status).toBe(0)
  const before = await schedule()
  expect(before.is_kept).toBe(false)
  expect(before.jobs.map(({ name }) => name)).toEqual([
    'docs',
    'Copies left behind',
    'Checks',
    'Clean-up',
    'Restore drill',
  ])
  const [docs] = before.jobs
  const times = [docs?.next_run ?? '', ...(docs?.upcoming ?? [])].map((time) => new Date(time))
  expect(times.map((time) => [1, 5].includes(time.getUTCDay()) && time.getUTCHours())).toEqual([
    18, 18, 18, 18,
  ])
  expect(docs?.conditions.online).toMatch(/^(met|unmet)$/)
  expect(docs?.why_not_now).toMatch(/daemon/)

  const after = await schedule('set', 'cleanup', 'monthly@last 03:00')
  expect(after.jobs.find(({ id }) => id === 'cleanup')?.schedule).toBe('monthly@last 03:00')
  const people = await world.run('schedule')
  expect(people.out).toMatch(/Clean-up +monthly@last 03:00/)
  expect(people.out).toMatch(/Nothing starts these/)
})

test('what is no schedule and no condition is refused, and nothing changes', SLOW, async () => {
  await addPlan('--schedule', 'daily@02:00')
  const before = await schedule()
  const wrong = [
    ['schedule', 'set', 'cleanup', 'monthly@31 03:00'],
    ['schedule', 'set', 'cleanup', '0 0 30 2 *'],
    ['schedule', 'set', 'everything', 'daily@02:00'],
    ['plan', 'edit', 'docs', '--schedule', 'weekly@someday 18:00'],
    ['plan', 'edit', 'docs', '--wait-for', 'sunshine'],
    ['plan', 'edit', 'docs', '--quiet-hours', '22-7'],
    ['plan', 'edit', 'docs', '--schedule', 'on-change:0m'],
    ['schedule', 'set', 'verify', 'on-change'],
    ['place', 'edit', 'nas', '--wait-for', 'reachable'],
    ['place', 'edit', 'nas', '--quiet-hours', 'never'],
  ]
  for (const words of wrong) {
    const said = await world.run(...words)
    expect([1, 2], words.join(' ')).toContain(said.status)
    expect(said.err, words.join(' ')).not.toBe('')
  }
  const kept = ({ jobs }: ScheduleDocument) => jobs.map((job) => [job.schedule, job.conditions])
  expect(kept(await schedule())).toEqual(kept(before))
})

test('the daemon starts what is due, opens no port, and ends cleanly when it is told to', SLOW, async () => {
  await addPlan('--schedule', 'every:24h')
  const daemon = world.start(['daemon', '--json'])
  await expect.poll(backups).toBe(1)
  expect((await schedule()).is_kept).toBe(true)
  await expect.poll(whyNot).toMatch(/due/)
  expect(await listensOn(daemon.child.pid ?? 0)).toEqual([])
  daemon.child.kill('SIGTERM')
  const said = await daemon.said
  expect(said.status).toBe(0)
  expect(said.json()).toMatchObject({ home: world.home })
  expect((await schedule()).is_kept).toBe(false)
  // Started again, it has nothing to make up for.
  const again = world.start(['daemon', '--json'])
  await expect.poll(async () => (await schedule()).is_kept).toBe(true)
  await sleep(3_000)
  again.child.kill('SIGINT')
  expect((await again.said).status).toBe(0)
  expect(await backups()).toBe(1)
})

test('a plan that nobody gave a schedule runs at night', SLOW, async () => {
  expect((await addPlan('--json')).json()).toMatchObject({ schedule: 'daily@03:00' })
})

test('the daemon backs up what changes, and only that', SLOW, async () => {
  await mkdir(world.path('notes'))
  await writeFile(world.path('notes/a.txt'), 'first')
  const added = await world.run(
    ...['plan', 'add', 'notes', '--source', 'notes', '--exclude', '*.log'],
    ...['--schedule', 'on-change:1m', '--wait-for', 'reachable'],
  )
  expect(added.status).toBe(0)
  const daemon = world.start(['daemon', '--json'])
  await expect.poll(backups).toBe(1)
  await expect.poll(whyNot).toMatch(/^(Nothing|Files) changed/)
  const [before] = (await schedule()).jobs
  expect(before).toMatchObject({ schedule: 'on-change:1m', note: null, conditions: { reachable: 'met' } })
  await writeFile(world.path('notes/trace.log'), 'left out')
  await writeFile(world.path('notes/a.txt'), 'second')
  await expect.poll(whyNot).toMatch(/^Files changed\. It is due once they rest/)
  daemon.child.kill('SIGTERM')
  expect((await daemon.said).status).toBe(0)
})

test('copies for a place wait for its quiet hours; other places have theirs', SLOW, async () => {
  await mkdir(world.path('usb'))
  // All day but for a minute that is not now.
  const minute = (at: number) => new Date(Date.now() + at * 60_000).toISOString().slice(11, 16)
  const hours = `${minute(-5)}-${minute(-6)}`
  const place = await world.run(
    ...['place', 'add', 'usb', '--type', 'local', '--path', 'usb'],
    ...['--wait-for', 'online,unmetered', '--quiet-hours', hours, '--json'],
  )
  expect(place.json()).toMatchObject({ wait_for: ['online', 'unmetered'], quiet_hours: hours })
  const made = await world.run('backup', 'file.txt', '--json')
  expect(made.status).toBe(3)
  expect(made.json()).toMatchObject({
    copies: [
      { place: 'nas', status: 'synced' },
      { place: 'usb', status: 'waiting', error: { code: 'place-paused', data: { reason: 'quiet' } } },
    ],
  })
  expect((await world.run('outbox')).out).toMatch(/usb takes no copies in its quiet hours/)
  const edited = await world.run(
    ...['place', 'edit', 'usb', '--wait-for', 'none', '--quiet-hours', 'none', '--json'],
  )
  expect(edited.json()).toMatchObject({ wait_for: [], quiet_hours: null })
  expect((await world.run('push')).status).toBe(0)
})
