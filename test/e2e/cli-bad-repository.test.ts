import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

const PASSPHRASE = 'canary passphrase 51'

let world: CliWorld
let latest = ''

const files = (folder: string): string[] =>
  readdirSync(world.path(folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(world.path(folder), name))
    .filter((path) => statSync(path).isFile())
    .toSorted()

/** Turns a byte around; by default one in the middle. */
function flip(path: string, at = statSync(path).size >>> 1): void {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ 0xff
  rmSync(path)
  writeFileSync(path, bytes)
}

/** Changes JSON and keeps the form it is written in. */
function edit(path: string, from: string | RegExp, to: (...found: string[]) => string): void {
  const text = readFileSync(path, 'utf8')
  const changed = text.replace(from, to)
  expect(changed).not.toBe(text)
  writeFileSync(path, changed)
}

const slots = () => files('disk/keys')
const repoJson = () => world.path('disk', 'repo.json')
const records = () => files('disk/log')

const VERIFY = ['verify', '--place', 'disk'] as const
const BACKUP = ['backup', 'docs', '--format', 'snapshot'] as const
const ADOPT = ['repo', 'adopt', 'disk'] as const

interface Row {
  readonly what: string
  readonly hurt: () => void
  readonly run: readonly string[]
  /** By another computer that knows the place and this passphrase. */
  readonly as?: string
  readonly status: number
  readonly says: RegExp
  /** Nothing at the place is touched, not even by the command. */
  readonly untouched?: boolean
}

const ROWS: readonly Row[] = [
  {
    what: 'a wrong password',
    hurt: () => {},
    run: ADOPT,
    as: 'guess',
    status: 1,
    says: /passphrase-wrong/,
    untouched: true,
  },
  {
    what: 'damaged slots',
    hurt: () => {
      for (const slot of slots())
        edit(slot, /"sealed":"(.)/, (_, digit) => `"sealed":"${digit === '0' ? 1 : 0}`)
    },
    run: ADOPT,
    as: PASSPHRASE,
    status: 4,
    says: /slot-damaged/,
    untouched: true,
  },
  {
    what: 'an absurd cost of the KDF',
    hurt: () => {
      for (const slot of slots()) edit(slot, '"n":131072', () => '"n":1073741824')
    },
    run: ADOPT,
    as: PASSPHRASE,
    status: 1,
    says: /kdf-refused/,
    untouched: true,
  },
  {
    what: 'another kind of repository',
    hurt: () => edit(repoJson(), 'everstow-repository', () => 'another-repository'),
    run: VERIFY,
    status: 3,
    says: /repository-foreign/,
    untouched: true,
  },
  {
    what: 'a newer repository',
    hurt: () => edit(repoJson(), '"version":1', () => '"version":2'),
    run: VERIFY,
    status: 3,
    says: /repository-newer/,
    untouched: true,
  },
  {
    what: 'a mandatory feature that is not known',
    hurt: () => edit(repoJson(), '"mandatory":[]', () => '"mandatory":["flux"]'),
    run: ADOPT,
    as: PASSPHRASE,
    status: 1,
    says: /repository-newer/,
    untouched: true,
  },
  {
    what: 'missing packs',
    hurt: () => rmSync(files('disk/data')[0] ?? ''),
    run: VERIFY,
    status: 4,
    says: /missing/,
    untouched: true,
  },
  {
    what: 'a flipped byte in a pack',
    hurt: () => flip(files('disk/data')[0] ?? ''),
    run: VERIFY,
    status: 4,
    says: /damaged/,
    untouched: true,
  },
  {
    what: 'a flipped byte in an index segment',
    hurt: () => flip(files('disk/index')[0] ?? ''),
    run: VERIFY,
    status: 4,
    says: /damaged/,
    untouched: true,
  },
  {
    what: 'a flipped byte in a record',
    hurt: () => flip(records()[1] ?? ''),
    run: VERIFY,
    status: 4,
    says: /log\/000000000001/,
    untouched: true,
  },
  {
    what: 'a flipped byte in the last record',
    hurt: () => flip(records().at(-1) ?? ''),
    run: VERIFY,
    status: 4,
    says: /log-damaged/,
    untouched: true,
  },
  {
    what: 'a place that was taken back to an older state',
    hurt: () => {
      rmSync(world.path('disk'), { recursive: true })
      cpSync(world.path('disk-before'), world.path('disk'), { recursive: true })
    },
    run: VERIFY,
    status: 4,
    says: /rollback-detected/,
    untouched: true,
  },
  {
    what: 'a place that was taken back, and a backup to it',
    hurt: () => {
      rmSync(world.path('disk'), { recursive: true })
      cpSync(world.path('disk-before'), world.path('disk'), { recursive: true })
    },
    run: BACKUP,
    status: 1,
    says: /rollback-detected|older history/,
    untouched: true,
  },
]

/** What is wrong with a repository is said in a sentence, with a status that scripts can rely on, and nothing is lost by it. */
describe('repositories that are not as they should be', SLOW, () => {
  beforeAll(async () => {
    world = await makeCliWorld()
    mkdirSync(world.path('docs'))
    writeFileSync(world.path('docs', 'noise.bin'), randomBytes(400_000))
    await world.run('place', 'add', 'disk', '--type', 'local', '--path', 'disk')
    const first = await world.run(...BACKUP, '--json')
    expect(first.status).toBe(0)
    const added = await world.runWith({ EVERSTOW_NEW_PASSPHRASE: PASSPHRASE }, 'key', 'add', 'another')
    expect(added.status).toBe(0)
    cpSync(world.path('disk'), world.path('disk-before'), { recursive: true })
    writeFileSync(world.path('docs', 'more.txt'), 'more\n')
    latest = String(((await world.run(...BACKUP, '--json')).json() as Record<string, unknown>).backup_id)
    const other = { EVERSTOW_HOME: world.path('other') }
    await world.runWith(other, 'place', 'add', 'disk', '--type', 'local', '--path', 'disk')
    for (const name of ['disk', 'home', 'other'])
      cpSync(world.path(name), world.path(`${name}-good`), { recursive: true })
  })
  afterAll(() => world.remove())

  const renew = (...names: string[]) => {
    for (const name of names) {
      rmSync(world.path(name), { recursive: true, force: true })
      cpSync(world.path(`${name}-good`), world.path(name), { recursive: true })
    }
  }
  const expectRestores = async (id: string, into: string) => {
    rmSync(world.path(into), { recursive: true, force: true })
    const { status, err } = await world.run('restore', id, '--into', into)
    expect({ status, err }).toMatchObject({ status: 0 })
    execFileSync('diff', ['-r', world.path('docs'), world.path(into, 'docs')])
  }

  test.each(ROWS)('$what', async ({ hurt, run, as, status, says, untouched }) => {
    renew('disk', 'home', 'other')
    hurt()
    const before = files('disk').map((path) => `${path} ${statSync(path).size}`)
    const environment =
      as === undefined ? {} : { EVERSTOW_HOME: world.path('other'), EVERSTOW_PASSPHRASE: as }
    const said = await world.runWith(environment as Record<string, string>, ...run, '--json')
    expect(said.out + said.err).toMatch(says)
    expect(said.status).toBe(status)
    // Never a stack, and a sentence for people as well.
    expect(said.out + said.err).not.toMatch(/\n\s+at .*\(|node:internal/)
    if (untouched) expect(files('disk').map((path) => `${path} ${statSync(path).size}`)).toEqual(before)
    // With the place as it was, everything is there.
    renew('disk')
    await expectRestores(latest, 'back')
  })

  test('what is damaged in the log and the index heals from what this computer kept', async () => {
    renew('disk', 'home')
    flip(records()[1] ?? '')
    flip(records().at(-1) ?? '')
    flip(files('disk/index')[0] ?? '')
    const healed = await world.run(...VERIFY, '--heal', '--json')
    expect({ status: healed.status, out: healed.out }).toMatchObject({ status: 0 })
    expect((await world.run(...VERIFY)).status).toBe(0)
    await expectRestores(latest, 'back')
  })

  test('a home that was copied to another machine: one device, two computers, and nothing is lost', async () => {
    renew('disk', 'home')
    cpSync(world.path('home'), world.path('clone'), { recursive: true })
    const clone = { EVERSTOW_HOME: world.path('clone') }
    const made = await Promise.all([
      world.runWith(clone, ...BACKUP, '--json'),
      world.run(...BACKUP, '--json'),
    ])
    for (const { status, out } of made) expect({ status, out }).toMatchObject({ status: 0 })
    expect((await world.run(...VERIFY)).status).toBe(0)
    expect((await world.runWith(clone, ...VERIFY)).status).toBe(0)
    for (const said of made)
      expect(said.json() as Record<string, unknown>).toMatchObject({ cloud_sync_status: 'synced' })
    const info = (await world.run('repo', 'info', '--json')).json() as unknown as {
      repositories: { places: { snapshots: number }[] }[]
    }
    expect(info.repositories[0]?.places[0]?.snapshots).toBe(4)
    await expectRestores(latest, 'back')
  })

  test('two machines with one name are two devices', async () => {
    renew('disk', 'home', 'other')
    const other = { EVERSTOW_HOME: world.path('other'), EVERSTOW_PASSPHRASE: PASSPHRASE }
    expect((await world.runWith(other, ...ADOPT, '--json')).status).toBe(0)
    for (const said of [
      await world.runWith(other, ...BACKUP, '--json'),
      await world.run(...BACKUP, '--json'),
    ])
      expect(said.json() as Record<string, unknown>).toMatchObject({ cloud_sync_status: 'synced' })
    expect((await world.run(...VERIFY)).status).toBe(0)
    await expectRestores(latest, 'back')
  })
})
