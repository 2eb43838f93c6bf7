import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type CommandResult, everstow, startEverstow } from '../crash/everstow-command.ts'
import { describeTree, firstDifference, makeNastyTree } from '../ground/nasty-tree.ts'
import { startSealedSecrets } from '../ground/sealed-secrets.ts'
import {
  type CallPoint,
  type KilledCommand,
  type KilledSender,
  killEverstowAt,
  killEverstowAtSend,
} from '../ground/strace.ts'
import type { Findings } from './outcome.ts'

/** What opens the repositories of the soak; errors tell where they come from. */
export const SOAK_ENV = { EVERSTOW_PASSPHRASE: 'seven otters cross the river at dawn', EVERSTOW_DEBUG: '1' }

/** A backup as the command line lists it. */
export interface ListedBackup {
  readonly backup_id: string
  readonly state: string
  readonly copies: readonly { readonly place: string; readonly status: string }[]
}

/**
 * One computer and its places below one folder, with everything that was acknowledged to it. It can be put back to how it was when it was saved:
 * same paths, same bytes.
 */
export interface SoakWorld {
  readonly folder: string
  readonly source: string
  readonly target: string
  readonly places: readonly string[]
  /** What each acknowledged backup has to restore to. */
  readonly acknowledged: Map<string, readonly string[]>
  path(...names: string[]): string
  place(name: string): string
  home(name?: string): string
  /** Changes some files of the source and adds others. */
  edit(random: () => number): void
  /** Runs a command to its end. */
  run(args: readonly string[], home?: string): Promise<CommandResult>
  /** Starts one through another program (strace). */
  start(args: readonly string[], through: readonly string[], home?: string): Promise<CommandResult>
  /** Kills one at a system call. */
  killAt(point: CallPoint, args: readonly string[], home?: string): Promise<KilledCommand>
  /** Kills one at the n-th call that sends to a port; without n it runs to its end. */
  killAtSend(point: { port: number; ordinal?: number }, args: readonly string[]): Promise<KilledSender>
  /** Kills one after this time, if it still runs. */
  killAfter(ms: number, args: readonly string[]): Promise<CommandResult>
  /** Runs one that has to succeed. */
  done(args: readonly string[], home?: string): Promise<CommandResult>
  save(): void
  putBack(): void
  remove(): void
}

/** Makes a world with these local places and a plan `files` that keeps the last three snapshots; three were made. */
export async function createSoakWorld(
  base: string,
  places: readonly string[],
  random: () => number,
): Promise<SoakWorld> {
  const folder = join(base, 'live')
  const saved = join(base, 'saved')
  const path = (...names: string[]) => join(folder, ...names)
  const acknowledged = new Map<string, readonly string[]>()
  let savedBackups: typeof acknowledged = new Map()

  const start: SoakWorld['start'] = (args, through, home = path('home')) =>
    startEverstow(home, [...args, '--yes', '--json'], SOAK_ENV, through).ended
  const world: SoakWorld = {
    folder,
    source: path('source'),
    target: path('target'),
    places,
    acknowledged,
    path,
    place: (name) => path('places', name),
    home: (name = 'home') => path(name),
    edit: (random) => editTree(path('source'), random),
    start,
    killAt: (point, args, home = path('home')) =>
      killEverstowAt(point, home, [...args, '--yes', '--json'], SOAK_ENV),
    killAtSend: (point, args) =>
      killEverstowAtSend(point, path('home'), [...args, '--yes', '--json'], SOAK_ENV),
    async killAfter(ms, args) {
      const command = startEverstow(path('home'), [...args, '--yes', '--json'], SOAK_ENV)
      const timer = setTimeout(() => command.kill(), ms)
      return command.ended.finally(() => clearTimeout(timer))
    },
    run: (args, home = path('home')) => everstow(home, [...args, '--yes', '--json'], SOAK_ENV),
    async done(args, home) {
      const result = await this.run(args, home)
      if (result.status !== 0) throw new Error(`${args.join(' ')}: ${said(result)}`)
      return result
    },
    save() {
      emptyFolder(saved)
      execFileSync('cp', ['-a', `${folder}/.`, saved])
      savedBackups = new Map(acknowledged)
    },
    putBack() {
      emptyFolder(folder)
      execFileSync('cp', ['-a', `${saved}/.`, folder])
      acknowledged.clear()
      for (const [id, lines] of savedBackups) acknowledged.set(id, lines)
    },
    remove: () => removeFolder(base),
  }

  mkdirSync(path('places'), { recursive: true })
  startSealedSecrets(path('home'), SOAK_ENV.EVERSTOW_PASSPHRASE)
  makeNastyTree(world.source)
  for (const name of places)
    await world.done(['place', 'add', name, '--type', 'local', '--path', world.place(name)])
  await world.done(
    [
      'plan',
      'add',
      'files',
      '--source',
      world.source,
      '--format',
      'snapshot',
      '--schedule',
      'manual',
      '--keep',
      'last:3',
    ].concat(places.flatMap((name) => ['--to', name])),
  )
  for (let round = 0; round < 3; round++) {
    world.edit(random)
    acknowledge(world, await world.done(['backup', 'files']))
  }
  world.save()
  return world
}

/** What a command said, for a problem's text. */
export function said({ status, stdout, stderr }: CommandResult): string {
  return `status ${status} ${stderr.trim()} ${stdout.trim()}`
}

/** The JSON document of a command; undefined where it was killed before it said all of it. */
export function documentOf<T>({ stdout }: CommandResult): T | undefined {
  try {
    return JSON.parse(stdout) as T
  } catch {
    // Killed while or before it wrote: nothing was acknowledged.
    return undefined
  }
}

/** Remembers a backup that the command said lies in its places, whether or not the command lived on. */
export function acknowledge(world: SoakWorld, result: CommandResult): void {
  const made = documentOf<ListedBackup & { cloud_sync_status: string }>(result)
  if (made?.cloud_sync_status === 'synced') acknowledgeAs(world, made.backup_id)
}

function acknowledgeAs(world: SoakWorld, id: string): void {
  world.acknowledged.set(id, describeTree(world.source, { holes: true }))
}

/** What the command line lists, oldest last. */
export async function listed(world: SoakWorld, home?: string): Promise<readonly ListedBackup[]> {
  const result = await world.done(['list', '--limit', '1000'], home)
  return documentOf<{ backups: ListedBackup[] }>(result)?.backups ?? []
}

/** Finds every object of every place sound. */
export async function checkPlaces(
  world: SoakWorld,
  findings: Findings,
  when: string,
  home?: string,
): Promise<void> {
  const result = await world.run(['verify', '--all', '--data', '100'], home)
  const report = documentOf<{
    problems: unknown[]
    repositories: {
      damaged: string[]
      missing: string[]
      affected: unknown[]
      lost_chunks: number
      sound: boolean
      error: unknown
    }[]
  }>(result)
  findings.count('checks')
  const isSound =
    result.status === 0 &&
    report?.problems.length === 0 &&
    report.repositories.length > 0 &&
    report.repositories.every(
      ({ damaged, missing, affected, lost_chunks, sound, error }) =>
        sound && error === null && damaged.length + missing.length + affected.length + lost_chunks === 0,
    )
  if (!isSound) findings.problem(`${when}: verify finds ${said(result)}`)
}

/** Restores backups and compares them with what was acknowledged, bit for bit. */
export async function checkBackups(
  world: SoakWorld,
  ids: readonly string[],
  findings: Findings,
  when: string,
  home?: string,
): Promise<void> {
  for (const id of ids) {
    const into = world.path('check')
    removeFolder(into)
    const result = await world.run(['restore', id, '--into', into], home)
    findings.count('restores')
    const wanted = world.acknowledged.get(id)
    if (result.status !== 0) findings.lose(`${when}: ${id}: ${said(result)}`)
    else if (wanted) {
      const difference = firstDifference(wanted, describeTree(join(into, 'source'), { holes: true }))
      if (difference !== undefined) findings.lose(`${when}: ${id} differs: ${difference}`)
    }
    removeFolder(into)
  }
}

/** Names that a world was found with once, so that each is told once. */
const told = new WeakMap<SoakWorld, Set<string>>()

/**
 * Names below the home, the places and the target that only unfinished work has. Half-written files of the home and of a place's own folder for them
 * are cleared away after a day.
 */
export function leftovers(world: SoakWorld): string[] {
  const found: string[] = []
  const look = (folder: string, isOurs: (path: string) => boolean) => {
    if (!existsSync(folder)) return
    for (const name of readdirSync(folder, { recursive: true, encoding: 'latin1' }))
      if (isOurs(name)) found.push(`${folder}/${name}`)
  }
  look(
    world.home(),
    (name) =>
      /\.next$/.test(name) || /^spool\/(sessions\/)?[^/]+$/.test(name.replace(/^spool\/sessions$/, '')),
  )
  for (const name of world.places)
    look(world.place(name), (path) => /\.tmp/.test(path) && !path.startsWith('.everstow/tmp/'))
  look(world.target, (name) => /^\.everstow-restore-/.test(name))
  const before = told.get(world) ?? new Set()
  told.set(world, new Set([...before, ...found]))
  return found.filter((path) => !before.has(path))
}

/** A folder with nothing in it, whatever was in it before. */
export function emptyFolder(folder: string): void {
  removeFolder(folder)
  mkdirSync(folder, { recursive: true })
}

/** Removes a folder also where its owner closed folders in it. */
export function removeFolder(folder: string): void {
  if (!existsSync(folder)) return
  if (process.getuid?.() !== 0) openFolders(folder)
  rmSync(folder, { recursive: true, force: true })
}

function openFolders(folder: string): void {
  chmodSync(folder, 0o700)
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) openFolders(join(folder, entry.name))
}

function editTree(folder: string, random: () => number): void {
  const large = join(folder, 'large')
  const bytes = readFileSync(large)
  randomBytes(200_000).copy(bytes, Math.floor(random() * (bytes.length - 200_000)))
  writeFileSync(large, bytes)
  writeFileSync(
    join(folder, `note ${Math.floor(random() * 20)}`),
    `${random()}\n`.repeat(1 + random() * 20_000),
  )
  const gone = join(folder, 'many', `f${Math.floor(random() * 300)}`)
  if (existsSync(gone)) rmSync(gone)
  mkdirSync(join(folder, `new ${Math.floor(random() * 1000)}`), { recursive: true })
  writeFileSync(join(folder, 'many', `new ${Math.floor(random() * 1000)}`), randomBytes(random() * 60_000))
}

/** Whether every plain file below one folder has the content that the same path has below another. */
export function isPartOf(folder: string | Buffer, whole: string | Buffer): boolean {
  if (!existsSync(folder)) return true
  return readdirSync(folder, { encoding: 'buffer' }).every((name) => {
    const below = (top: string | Buffer) => Buffer.concat([Buffer.from(top), Buffer.from('/'), name])
    const found = lstatSync(below(folder))
    if (found.isDirectory()) return isPartOf(below(folder), below(whole))
    return !found.isFile() || readFileSync(below(folder)).equals(readFileSync(below(whole)))
  })
}
