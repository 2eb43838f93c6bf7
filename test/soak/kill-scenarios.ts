import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandResult } from '../crash/everstow-command.ts'
import { describeTree, firstDifference } from '../ground/nasty-tree.ts'
import { deleteSome, filesBelow, flipBits } from '../ground/rot.ts'
import type { Findings } from './outcome.ts'
import { acknowledge, checkBackups, isPartOf, listed, removeFolder, type SoakWorld } from './world.ts'

/** A command that is killed, and what has to hold after that. */
export interface KillScenario {
  readonly name: string
  /** Another home than the usual one. */
  readonly home?: string
  /** Brings the world to where the command has something to do. */
  prepare(world: SoakWorld, random: () => number): Promise<void>
  args(world: SoakWorld): readonly string[]
  /** Right after the kill, before anything else runs. */
  killed?(world: SoakWorld, result: CommandResult, findings: Findings, when: string): void
  /** After the same command ran to its end. */
  done(world: SoakWorld, result: CommandResult, findings: Findings, when: string): Promise<void>
}

/** The newest backup that was acknowledged. */
export const newestOf = (world: SoakWorld) => [...world.acknowledged.keys()].toSorted().at(-1) ?? ''

export const KILL_SCENARIOS: readonly KillScenario[] = [
  {
    name: 'backup',
    prepare: async (world, random) => world.edit(random),
    args: () => ['backup', 'files'],
    killed: (world, result) => acknowledge(world, result),
    done: async (world, result) => acknowledge(world, result),
  },
  {
    name: 'restore',
    prepare: async (world) => removeFolder(world.target),
    args: (world) => ['restore', newestOf(world), '--into', world.target, '--existing', 'replace'],
    killed(world, _, findings, when) {
      // Nothing half-written: what is visible of the newest backup is what the source still is.
      if (!isPartOf(join(world.target, 'source'), world.source))
        findings.problem(`${when}: a visible file is not whole`)
    },
    async done(world, _, findings, when) {
      const got = describeTree(join(world.target, 'source'), { holes: true })
      const difference = firstDifference(world.acknowledged.get(newestOf(world)) ?? [], got)
      if (difference !== undefined) findings.lose(`${when}: the restored folder differs: ${difference}`)
      const others = readdirSync(world.target).filter((name) => name !== 'source')
      if (others.length > 0) findings.problem(`${when}: beside what was restored lies ${others}`)
    },
  },
  {
    name: 'prune',
    async prepare(world, random) {
      world.edit(random)
      acknowledge(world, await world.done(['backup', 'files']))
    },
    args: () => ['prune', '--grace', '0'],
    async done(world, _, findings, when) {
      const there = new Set((await listed(world)).map(({ backup_id }) => backup_id))
      // Those that were made and killed before they could say so count as well.
      const newest = [...new Set([...there, ...world.acknowledged.keys()])].toSorted().slice(-3)
      for (const id of newest)
        if (!there.has(id)) findings.lose(`${when}: ${id} is gone though the rule keeps it`)
      for (const id of world.acknowledged.keys())
        if (!there.has(id) && !newest.includes(id)) world.acknowledged.delete(id)
    },
  },
  {
    name: 'heal',
    async prepare(world, random) {
      const [victim = ''] = world.places
      flipBits(filesBelow(world.place(victim), ['data/']), 2, random)
      deleteSome(filesBelow(world.place(victim), ['data/', 'index/', 'snap/']), 0.1, random)
    },
    args: () => ['verify', '--heal', '--data', '100'],
    async done() {},
  },
  {
    name: 'adopt',
    home: 'other',
    async prepare(world) {
      const [place = ''] = world.places
      removeFolder(world.home('other'))
      await world.done(
        ['place', 'add', place, '--type', 'local', '--path', world.place(place)],
        world.home('other'),
      )
    },
    args: (world) => ['repo', 'adopt', world.places[0] ?? ''],
    async done(world, _, findings, when) {
      const there = (await listed(world, world.home('other'))).map(({ backup_id }) => backup_id)
      for (const id of world.acknowledged.keys())
        if (!there.includes(id)) findings.lose(`${when}: ${id} is not seen from the new computer`)
      await checkBackups(world, [newestOf(world)], findings, when, world.home('other'))
      removeFolder(world.home('other'))
    },
  },
]
