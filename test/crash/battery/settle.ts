import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { describeTree, firstDifference } from '../../ground/nasty-tree.ts'
import { type Acknowledged, describeTexts } from './scenarios.ts'
import { type BatteryWorld, KEPT, OWNERS } from './world.ts'

/** What a file has to be left alone for until a sync believes it, and a little more. */
const QUIET_MS = 2_500

interface Listed {
  readonly backup_id: string
  readonly plan: string
  readonly state: string
  readonly copies: readonly { readonly status: string }[]
}

/** Ordinary commands later everything that was acknowledged is there, whole, and nothing unfinished lies about. */
export async function settle(world: BatteryWorld, said: Acknowledged): Promise<void> {
  // What was cut off is gone on with where the same is wanted again.
  for (const plan of ['files', 'portable']) await world.done('ada', ['backup', plan])
  await world.done('ada', ['prune', '--grace', '0'])
  await world.done('ada', ['push'])
  const backups = await expectListed(world)
  await expectVerified(world, backups)
  for (const plan of ['files', 'portable']) {
    const own = backups.filter((backup) => backup.plan === plan).map(({ backup_id: id }) => id)
    const acknowledged = [...said.backups.keys()].filter((id) => said.backups.get(id)?.plan === plan)
    const kept = acknowledged.toSorted().slice(plan === 'files' ? -KEPT : 0)
    for (const id of kept) if (!own.includes(id)) expectReplaced(id, own)
    for (const id of kept.filter((each) => own.includes(each)).slice(-1))
      await expectRestored(world, said, id)
  }
  await expectSynced(world)
  expectTidy(world, backups)
}

async function expectListed(world: BatteryWorld): Promise<readonly Listed[]> {
  const { stdout } = await world.done('ada', ['list', '--limit', '1000'])
  const { backups } = JSON.parse(stdout) as { backups: Listed[] }
  expect(backups.length).toBeGreaterThan(KEPT)
  for (const { backup_id: id, state, copies } of backups) {
    expect(state, id).toBe('complete')
    expect(new Set(copies.map(({ status }) => status)), id).toEqual(new Set(['synced']))
  }
  return backups
}

/** Snapshots that were made and killed before they could say so count for the rule as well. */
function expectReplaced(id: string, there: readonly string[]): void {
  expect(there.filter((other) => other > id).length, `${id} is gone`).toBeGreaterThanOrEqual(KEPT)
}

async function expectVerified(world: BatteryWorld, backups: readonly Listed[]): Promise<void> {
  const report = JSON.parse((await world.done('ada', ['verify', '--all'])).stdout)
  const copies = 2 * backups.filter(({ plan }) => plan === 'portable').length
  expect(report).toMatchObject({
    checked: copies,
    ok: copies,
    problems: [],
    repositories: [{ damaged: [], missing: [], affected: [], lost_chunks: 0, sound: true, error: null }],
  })
}

async function expectRestored(world: BatteryWorld, said: Acknowledged, id: string): Promise<void> {
  const into = join(world.base, 'restored')
  await world.done('ada', ['restore', id, '--into', into])
  const got = describeTree(join(into, 'source'))
  expect(firstDifference(said.backups.get(id)?.tree ?? [], got), id).toBe(undefined)
  rmSync(into, { recursive: true })
}

/** Each gets what the other has of its own part. */
async function expectSynced(world: BatteryWorld): Promise<void> {
  await sleep(QUIET_MS)
  for (const owner of [...OWNERS, ...OWNERS]) await world.done(owner, ['sync', 'run', 'docs'])
  expect(describeTexts(world, 'ada', 'ben')).toEqual(describeTexts(world, 'ada'))
  expect(describeTexts(world, 'ben', 'ada')).toEqual(describeTexts(world, 'ben'))
  for (const owner of OWNERS)
    expect(readdirSync(join(world.docs(owner), '.everstow', 'stage')), owner).toEqual([])
}

function expectTidy(world: BatteryWorld, backups: readonly Listed[]): void {
  const spool = readdirSync(join(world.home('ada'), 'spool'), { recursive: true })
  expect(spool.filter((name) => name !== 'sessions')).toEqual([])
  const ids = backups.filter(({ plan }) => plan === 'portable').map(({ backup_id: id }) => id)
  for (const name of ['nas', 'disk'] as const) {
    const archives = readdirSync(join(world.place(name), 'archives'))
    const made = archives
      .filter((each) => each.endsWith('.tar.gz'))
      .map((each) => each.replace('.tar.gz', ''))
    expect(made.sort(), name).toEqual(ids.toSorted())
    expect(archives, name).toHaveLength(ids.length * 3)
  }
  const indexes = join(world.home('ada'), 'cache', 'indexes')
  expect(readdirSync(indexes).filter((name) => name.endsWith('.tmp'))).toEqual([])
}
