import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { describeTree } from '../../ground/nasty-tree.ts'
import type { CommandResult } from '../everstow-command.ts'
import { type BatteryWorld, type Owner, textOf } from './world.ts'

/** What was said to be safe, and how it was. */
export interface Acknowledged {
  /** Backups that lie in all their places, by id. */
  readonly backups: Map<string, { readonly plan: string; readonly tree: readonly string[] }>
  /** The rule that a change of settings said is set. */
  keep: number
  /** What a synced folder of each computer held when its sync said it was done. */
  readonly synced: Map<Owner, readonly string[]>
}

/** A command that is killed again and again, with what has to hold right after. */
export interface Scenario {
  readonly name: string
  readonly owner: Owner
  /** Kills at system calls, and at moments. */
  readonly atCalls: number
  readonly atMoments: number
  /** Statuses of a run that nobody killed. */
  readonly statuses: readonly number[]
  /** Gives the command something to do. `isFresh`: the last run ended by itself, so nothing is left of it. */
  prepare(world: BatteryWorld, isFresh: boolean): Promise<void>
  args(world: BatteryWorld): readonly string[]
  /** Looks at what a killed run, or one that ended by itself, left and said. */
  look(world: BatteryWorld, result: CommandResult, said: Acknowledged): void
}

const settings: Scenario = {
  name: 'settings',
  owner: 'ada',
  atCalls: 96,
  atMoments: 0,
  statuses: [0],
  prepare: async () => {},
  args: (world) => ['plan', 'edit', 'portable', '--keep', `${keepOf(world) + 1}d`],
  look(world, result, said) {
    const keep = keepOf(world)
    // Either as it was or as it is to be, and never less than what was acknowledged.
    expect(keep - said.keep, 'the settings').toBeGreaterThanOrEqual(0)
    if (result.status === 0) said.keep = keep
  },
}

const backup = (plan: 'files' | 'portable', atCalls: number, atMoments: number): Scenario => ({
  name: `backup ${plan}`,
  owner: 'ada',
  atCalls,
  atMoments,
  statuses: [0],
  prepare: async (world) => world.edit(world.source),
  args: () => ['backup', plan],
  look: acknowledgeBackup,
})

const push: Scenario = {
  name: 'push',
  owner: 'ada',
  atCalls: 54,
  atMoments: 5,
  statuses: [0],
  async prepare(world, isFresh) {
    if (!isFresh) return
    world.unplug(true)
    const made = await world.run('ada', ['backup', 'portable'])
    expect(made.status, made.stderr + made.stdout).toBe(3)
    world.unplug(false)
  },
  args: () => ['push'],
  look() {},
}

const restore: Scenario = {
  name: 'restore',
  owner: 'ada',
  atCalls: 58,
  atMoments: 8,
  statuses: [0],
  prepare: async (world) => rmSync(world.target, { recursive: true, force: true }),
  args: (world) => ['restore', 'latest', '--into', world.target, '--existing', 'replace'],
  look(world, result) {
    const folder = join(world.target, 'source')
    const names = existsSync(folder) ? readdirSync(folder) : []
    for (const name of names) expectWhole(readFileSync(join(folder, name), 'utf8'), name)
    // A restore that was killed is finished first; what that brought and is not the newest is kept aside.
    const left = result.status === 0 ? readdirSync(world.target) : []
    expect(left.filter((each) => each !== 'source' && !each.startsWith('.everstow-replaced-'))).toEqual([])
  },
}

const prune: Scenario = {
  name: 'prune',
  owner: 'ada',
  atCalls: 16,
  atMoments: 1,
  statuses: [0],
  async prepare(world, isFresh) {
    if (!isFresh) return
    world.edit(world.source)
    await world.done('ada', ['backup', 'files'])
  },
  args: () => ['prune', '--grace', '0'],
  look() {},
}

const sync = (owner: Owner): Scenario => ({
  name: `sync of ${owner}`,
  owner,
  atCalls: 15,
  atMoments: 2,
  statuses: [0, 3],
  prepare: async () => {},
  args: () => ['sync', 'run', 'docs'],
  look(world, result, said) {
    for (const part of ['ada', 'ben'])
      for (const name of readdirSync(join(world.docs(owner), part)))
        expectWhole(readFileSync(join(world.docs(owner), part, name), 'utf8'), `${part}/${name}`)
    if (result.status === 0) said.synced.set(owner, describeTexts(world, owner))
    // Files are believed when they have been left alone for some seconds: these are for the next time.
    world.edit(join(world.docs(owner), owner))
  },
})

export const SCENARIOS: readonly Scenario[] = [
  settings,
  backup('files', 14, 3),
  backup('portable', 7, 4),
  push,
  restore,
  prune,
  sync('ada'),
  sync('ben'),
]

/** What a computer holds of its own part of the synced folder. */
export function describeTexts(world: BatteryWorld, owner: Owner, at: Owner = owner): string[] {
  const folder = join(world.docs(at), owner)
  return readdirSync(folder)
    .sort()
    .map((name) => `${name}: ${readFileSync(join(folder, name), 'utf8')}`)
}

/** Remembers a backup that the command said lies in its places, whether or not the command lived on. */
function acknowledgeBackup(world: BatteryWorld, { stdout }: CommandResult, said: Acknowledged): void {
  if (!stdout.endsWith('}\n')) return
  const made = JSON.parse(stdout) as { backup_id: string; plan: string; cloud_sync_status: string }
  if (made.cloud_sync_status !== 'synced') return
  said.backups.set(made.backup_id, { plan: made.plan, tree: describeTree(world.source) })
}

/** For how many days the archives are kept, as the settings have it. */
function keepOf(world: BatteryWorld): number {
  const text = readFileSync(join(world.home('ada'), 'settings.json'), 'utf8')
  const { plans } = JSON.parse(text) as { plans: { name: string; keepDays?: number }[] }
  return plans.find(({ name }) => name === 'portable')?.keepDays ?? 0
}

function expectWhole(text: string, name: string): void {
  const [, number = '', times] = /^(\d+) (\d+)\n/.exec(text) ?? []
  expect(text === textOf(number, Number(times)), `${name} is not whole`).toBe(true)
}
