import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openWorkspace } from '../../main/engine/catalogue/workspace.ts'
import { createPlaces } from '../../main/engine/delivery/places.ts'
import { createRepositories } from '../../main/engine/delivery/snapshot/repositories.ts'
import { createFakeRandom, type FakeRandom } from '../../main/engine/env/fake/fake-random.ts'
import { createNodeEnv } from '../../main/engine/env/node/create-node-env.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { batchesFrom } from '../../main/engine/sync/ports.ts'
import { bytesOfContent } from '../../main/engine/sync/run/content-bytes.ts'
import { openFolder } from '../../main/engine/sync/run/open-folder.ts'
import { everstow, type RunningCommand, startEverstow } from '../crash/everstow-command.ts'
import { actAtRandom, type Writings } from './folder-person.ts'
import { startSealedSecrets } from './sealed-secrets.ts'

const PASSPHRASE = 'a passphrase of the storm'
const ENV = { EVERSTOW_PASSPHRASE: PASSPHRASE }
/** A device that needs more turns than this at the end will never come to rest. */
const MOST_TURNS = 20
/** So much is done and written in a storm, however slow the machine is. */
const LEAST_ACTS = 12

/** A storm over three devices that sync one folder. */
export interface StormOptions {
  readonly seed: number
  readonly ms: number
  /** Words of `place add NAME` for the place that they share. */
  readonly place: readonly string[]
  /** Cuts the line to the place, and mends it. */
  readonly cut?: (isDown: boolean) => void
}

export interface StormOutcome {
  readonly acts: number
  readonly kills: number
  readonly cuts: number
  readonly written: number
  readonly problems: readonly string[]
}

interface Computer {
  readonly home: string
  readonly folder: string
  daemon: RunningCommand | undefined
}

interface Storm {
  readonly computers: readonly Computer[]
  readonly writings: Writings
  readonly problems: string[]
  acts: number
  kills: number
  cuts: number
}

/** People work in three folders while the processes that sync them are killed and the line is cut; then all must be the same, and nothing lost. */
export async function syncStorm(options: StormOptions): Promise<StormOutcome> {
  const base = mkdtempSync(join(tmpdir(), 'everstow-storm-'))
  const random = createFakeRandom(options.seed)
  const computers = ['ada', 'ben', 'eve'].map((name): Computer => {
    const folder = join(base, name, 'folder')
    mkdirSync(folder, { recursive: true })
    return { home: join(base, name, 'home'), folder, daemon: undefined }
  })
  const trace: string[] = []
  const storm: Storm = {
    computers,
    writings: {
      written: new Set(),
      destroyed: new Set(),
      trace: (line) => trace.push(`${new Date().toISOString()} ${line}`),
    },
    problems: [],
    acts: 0,
    kills: 0,
    cuts: 0,
  }
  try {
    await setUp(storm, options.place)
    await rage(storm, random, options)
    await comeToRest(storm)
    if (storm.problems.length === 0) await judge(storm)
    const { acts, kills, cuts, writings, problems } = storm
    return { acts, kills, cuts, written: writings.written.size, problems }
  } finally {
    options.cut?.(false)
    for (const { daemon } of computers) daemon?.kill()
    await Promise.all(computers.map(({ daemon }) => daemon?.ended))
    // What is left says how something could be lost.
    const isKept = process.env.EVERSTOW_KEEP_STORMS !== undefined && storm.problems.length > 0
    if (isKept) writeFileSync(join(base, 'trace'), trace.join('\n'))
    else rmSync(base, { recursive: true, force: true })
  }
}

async function setUp({ computers }: Storm, place: readonly string[]): Promise<void> {
  for (const [number, { home, folder }] of computers.entries()) {
    startSealedSecrets(home, PASSPHRASE)
    await done(home, ['place', 'add', 'shared', ...place])
    if (number > 0) await done(home, ['repo', 'adopt', 'shared'])
    await done(home, ['sync', 'add', 'docs', '--folder', folder, '--place', 'shared'])
  }
}

async function done(home: string, args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await everstow(home, [...args, '--yes', '--json'], ENV)
  if (status !== 0) throw new Error(`${args.join(' ')}: status ${status} ${stderr} ${stdout}`)
  return stdout
}

async function rage(storm: Storm, random: FakeRandom, { ms, cut }: StormOptions): Promise<void> {
  const { computers, writings } = storm
  const startedMs = performance.now()
  let texts = 0
  let mendMs = Number.POSITIVE_INFINITY
  while (
    performance.now() - startedMs < ms ||
    storm.acts < LEAST_ACTS ||
    writings.written.size < LEAST_ACTS
  ) {
    for (const computer of computers) computer.daemon ??= startDaemon(computer)
    actAtRandom(random.pick(computers).folder, random, writings, () => textOf(random, ++texts))
    storm.acts++
    if (random.chance(0.02)) {
      storm.kills++
      writings.trace?.('kill')
      await kill(random.pick(computers))
    }
    if (cut && mendMs === Number.POSITIVE_INFINITY && random.chance(0.01)) {
      storm.cuts++
      cut(true)
      mendMs = performance.now() + random.integer(3_000)
    }
    if (performance.now() > mendMs) {
      cut?.(false)
      mendMs = Number.POSITIVE_INFINITY
    }
    await sleep(random.integer(random.chance(0.1) ? 1_500 : 60))
  }
  cut?.(false)
}

/** Each is another one; some are large enough to be cut into chunks. */
function textOf(random: FakeRandom, number: number): string {
  return random.chance(0.03) ? `text ${number} `.repeat(60_000) : `text ${number}`
}

function startDaemon({ home }: Computer): RunningCommand {
  return startEverstow(home, ['daemon'], ENV)
}

async function kill(computer: Computer): Promise<void> {
  computer.daemon?.kill()
  await computer.daemon?.ended
  computer.daemon = undefined
}

interface Report {
  readonly folders: readonly {
    readonly uploaded: number
    readonly downloaded: number
    readonly moved: number
    readonly deleted: number
    readonly problems: readonly unknown[]
    readonly unfinished: boolean
    readonly held: { readonly id: string } | null
    readonly error: unknown
  }[]
}

/** Nobody does anything any more: one after the other syncs until none has anything left to do. */
async function comeToRest({ computers, problems }: Storm): Promise<void> {
  for (const computer of computers) await kill(computer)
  await sleep(2_500)
  for (let turn = 0, calm = 0; calm < computers.length; turn++) {
    if (turn > MOST_TURNS * computers.length) {
      problems.push('not at rest')
      return
    }
    const { home } = computers[turn % computers.length] as Computer
    const { stdout, stderr } = await everstow(home, ['sync', 'run', 'docs', '--json'], ENV)
    let report: Report['folders'][number] | undefined
    try {
      report = (JSON.parse(stdout) as Report).folders[0]
    } catch {
      problems.push(`sync run: ${stderr} ${stdout}`)
      return
    }
    if (!report || report.error || report.unfinished || report.problems.length > 0) {
      problems.push(`sync run: ${JSON.stringify(report)}`)
      return
    }
    if (report.held) await everstow(home, ['sync', 'decide', 'docs', 'approve', '--json'], ENV)
    const { uploaded, downloaded, moved, deleted, held } = report
    calm = uploaded + downloaded + moved + deleted === 0 && !held ? calm + 1 : 0
  }
}

/** Equal folders; and whatever anybody wrote and nobody overwrote is in them, in the history of the space, or among the versions of a device. */
async function judge({ computers, writings, problems }: Storm): Promise<void> {
  const [first = '', ...others] = computers.map(({ folder }) => listing(folder).join('\n'))
  for (const other of others)
    if (other !== first) problems.push(`folders differ:\n${first}\n-- and\n${other}`)
  const kept = new Set<string>()
  for (const { folder } of computers) {
    collect(folder, '', kept)
    collect(join(folder, '.everstow', 'versions'), '', kept)
    const staged = readdirSync(join(folder, '.everstow', 'stage'))
    if (staged.length > 0) problems.push(`left in the stage: ${staged.join(', ')}`)
  }
  for (const text of await history(computers[0] as Computer)) kept.add(text)
  for (const text of writings.written)
    if (!writings.destroyed.has(text) && !kept.has(text)) problems.push(`LOST ${text.slice(0, 40)}`)
}

/** What lies where, with the right to run it. */
function listing(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => !name.startsWith('.everstow'))
    .sort()
    .flatMap((name) => {
      const path = folder ? `${folder}/${name}` : name
      const stat = lstatSync(join(root, path))
      if (stat.isDirectory()) return [`${path}/`, ...listing(root, path)]
      if (stat.isSymbolicLink()) return [`${path} -> ${readlinkSync(join(root, path))}`]
      const isRun = (stat.mode & 0o100) !== 0
      return [`${path}${isRun ? '*' : ''} = ${readFileSync(join(root, path), 'utf8').slice(0, 40)}`]
    })
}

function collect(root: string, folder: string, into: Set<string>): void {
  for (const name of readdirSync(join(root, folder))) {
    const path = join(folder, name)
    if (path === '.everstow') continue
    const stat = lstatSync(join(root, path))
    if (stat.isDirectory()) collect(root, path, into)
    else
      into.add(
        stat.isSymbolicLink() ? readlinkSync(join(root, path)) : readFileSync(join(root, path), 'utf8'),
      )
  }
}

/** Every content that any batch of the space names. */
async function history({ home }: Computer): Promise<Set<string>> {
  const passphrase = async () => new Secret(PASSPHRASE)
  const env = await createNodeEnv({ home, passphrase, keychain: 'off', logDestination: 'none' })
  const workspace = await openWorkspace(home, env)
  const places = createPlaces(workspace)
  const repositories = createRepositories(workspace, places, passphrase)
  const [folder] = (await workspace.configuration.read()).syncedFolders
  if (!folder) throw new Error('nothing is synced')
  const open = await openFolder({ workspace, places, repositories }, folder)
  const texts = new Set<string>()
  try {
    const batches = await batchesFrom(open.space.journal, 1)
    const contents = new Set(
      batches.flatMap(({ operations }) =>
        operations.flatMap((operation) =>
          'content' in operation && operation.content !== undefined ? [operation.content] : [],
        ),
      ),
    )
    const { signal } = new AbortController()
    for (const content of contents) {
      const bytes = await bytesOfContent(open.space.contents, content, join(home, 'scratch'), signal)
      texts.add(Buffer.from(bytes).toString('utf8'))
    }
  } finally {
    await open.close()
    await repositories.close()
    await places.close()
    workspace.close()
  }
  return texts
}
