import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startSealedSecrets } from '../../ground/sealed-secrets.ts'
import { type CommandResult, everstow, startEverstow } from '../everstow-command.ts'

const PASSPHRASE = 'seven otters cross the river at dawn'
export const BATTERY_ENV = { EVERSTOW_PASSPHRASE: PASSPHRASE }
export const OWNERS = ['ada', 'ben'] as const
export type Owner = (typeof OWNERS)[number]
/** How many snapshots the rule keeps. */
export const KEPT = 3
/** For how many days archives are kept at first. */
export const KEPT_DAYS = 1_000

/** Two computers that share a place and sync a folder through it; the first also backs up, there and to a second place. */
export interface BatteryWorld {
  readonly base: string
  readonly random: () => number
  readonly source: string
  readonly target: string
  home(owner: Owner): string
  /** The synced folder of a computer. Each works in a part of its own, which has its name. */
  docs(owner: Owner): string
  place(name: 'nas' | 'disk'): string
  /** Takes the second place away, or brings it back. */
  unplug(isAway: boolean): void
  /** Writes another text to one of a few files. */
  edit(folder: string): void
  run(owner: Owner, args: readonly string[]): Promise<CommandResult>
  /** Runs a command that has to succeed. */
  done(owner: Owner, args: readonly string[]): Promise<CommandResult>
  /** Runs one, with the words as they are, and kills it after this time if it is still alive then. */
  killAfter(owner: Owner, args: readonly string[], ms: number): Promise<CommandResult>
  remove(): void
}

/** A text that tells whether it is whole. */
export const textOf = (number: number | string, times: number) =>
  `${number} ${times}\n${`text ${number} `.repeat(times)}`

/** Small on purpose: what a kill can hurt is in how things are written, not in how much of them there is. */
export async function createBatteryWorld(random: () => number): Promise<BatteryWorld> {
  const base = mkdtempSync(join(tmpdir(), 'everstow-battery-'))
  const disk = join(base, 'places', 'disk')
  const away = join(base, 'places', 'disk.away')
  let isAway = false
  let texts = 0
  const withSwitches = (args: readonly string[]) => [...args, '--yes', '--json']
  const world: BatteryWorld = {
    base,
    random,
    source: join(base, 'source'),
    target: join(base, 'target'),
    home: (owner) => join(base, owner, 'home'),
    docs: (owner) => join(base, owner, 'docs'),
    place: (name) => join(base, 'places', name),
    unplug(toBeAway) {
      if (toBeAway === isAway) return
      renameSync(...((toBeAway ? [disk, away] : [away, disk]) as [string, string]))
      isAway = toBeAway
    },
    edit(folder) {
      const text = textOf(++texts, 1 + Math.floor(random() ** 4 * 4_000))
      writeFileSync(join(folder, `file ${Math.floor(random() * 12)}`), text)
    },
    run: (owner, args) => everstow(world.home(owner), withSwitches(args), BATTERY_ENV),
    async done(owner, args) {
      const result = await world.run(owner, args)
      expect(result.status, `${args.join(' ')}: ${result.stderr}${result.stdout}`).toBe(0)
      return result
    },
    async killAfter(owner, args, ms) {
      const command = startEverstow(world.home(owner), args, BATTERY_ENV)
      const timer = setTimeout(() => command.kill(), ms)
      const result = await command.ended
      clearTimeout(timer)
      return result
    },
    remove: () => rmSync(base, { recursive: true, force: true }),
  }
  await setUp(world)
  return world
}

async function setUp(world: BatteryWorld): Promise<void> {
  for (const owner of OWNERS) {
    startSealedSecrets(world.home(owner), PASSPHRASE)
    for (const part of OWNERS) mkdirSync(join(world.docs(owner), part), { recursive: true })
    for (let at = 0; at < 8; at++) world.edit(join(world.docs(owner), owner))
  }
  mkdirSync(world.source)
  for (let at = 0; at < 20; at++) world.edit(world.source)
  const place = (name: 'nas' | 'disk') => [
    'place',
    'add',
    name,
    '--type',
    'local',
    '--path',
    world.place(name),
  ]
  const plan = (name: string, format: string, ...places: readonly string[]) => [
    ...['plan', 'add', name, '--source', world.source, '--format', format, '--schedule', 'manual'],
    ...places.flatMap((each) => ['--to', each]),
  ]
  const syncing = (owner: Owner) => ['sync', 'add', 'docs', '--folder', world.docs(owner), '--place', 'nas']
  for (const name of ['nas', 'disk'] as const) await world.done('ada', place(name))
  await world.done('ada', [...plan('files', 'snapshot', 'nas'), '--keep', `last:${KEPT}`])
  await world.done('ada', [...plan('portable', 'archive', 'nas', 'disk'), '--keep', `${KEPT_DAYS}d`])
  await world.done('ada', syncing('ada'))
  await world.done('ben', place('nas'))
  await world.done('ben', ['repo', 'adopt', 'nas'])
  await world.done('ben', syncing('ben'))
  for (const plan of ['files', 'portable']) await world.done('ada', ['backup', plan])
}
