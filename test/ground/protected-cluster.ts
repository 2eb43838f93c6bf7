import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, giveToServer, startCluster, unprivileged } from '../servers/postgres/cluster.ts'
import { startSealedSecrets } from './sealed-secrets.ts'

const COMMAND = resolve(import.meta.dirname, '../../bin/everstow.mjs')
const PASSPHRASE = 'a passphrase of this test'
/** Only for what never comes. */
const PATIENCE_MS = 600_000

/** What a command said. */
export interface Told {
  readonly status: number
  readonly out: string
  readonly err: string
  json<T>(): T
}

/** A cluster whose log goes to two folders through the real command, run by the server itself. */
export interface ProtectedCluster {
  readonly folder: string
  readonly home: string
  /** Folders of the places `a` and `b`. */
  readonly places: readonly [string, string]
  readonly cluster: Cluster
  /** Runs the command as the user that the server runs as. */
  everstow(...args: string[]): Promise<Told>
  everstowAt(home: string, ...args: string[]): Promise<Told>
  /** Ends the current segment and waits until it is archived, with all that ended meanwhile; its name. */
  archiveAll(): Promise<string>
  remove(): Promise<void>
}

/** Environment of the command, as words for `env`. */
const environmentOf = (folder: string): string[] => [
  'EVERSTOW_KEYCHAIN=off',
  `EVERSTOW_PASSPHRASE=${PASSPHRASE}`,
  `HOME=${folder}`,
  'LANG=C.UTF-8',
  'TZ=UTC',
  `NODE_COMPILE_CACHE=/tmp/everstow-pg-code`,
]

/** The command as the user that servers run as, ready to be started: it is the process that is started. */
export const everstowWords = (folder: string, home: string, args: readonly string[]): [string, string[]] =>
  unprivileged('env', [...environmentOf(folder), process.execPath, COMMAND, '--home', home, ...args])

/** Runs the command as the user that servers run as. */
export function runEverstow(folder: string, home: string, args: readonly string[]): Promise<Told> {
  const [program, words] = everstowWords(folder, home, args)
  return new Promise((done) => {
    execFile(program, words, { cwd: folder, maxBuffer: 1 << 26 }, (error, out, err) => {
      const status = error ? (typeof error.code === 'number' ? error.code : 1) : 0
      done({ status, out, err, json: () => JSON.parse(out) })
    })
  })
}

const settingsFor = (folder: string, home: string) => ({
  wal_level: 'replica',
  archive_mode: 'on',
  archive_command: [
    'env',
    ...environmentOf(folder).map((word) => `'${word}'`),
    process.execPath,
    COMMAND,
    '--quiet',
    '--home',
    home,
    'db archive-wal %p main',
  ].join(' '),
  track_commit_timestamp: 'on',
  // Processes are killed, computers are not: what the system has been given stays.
  synchronous_commit: 'on',
  full_page_writes: 'on',
  checkpoint_timeout: '30s',
  max_wal_size: '16MB',
  min_wal_size: '2MB',
  // What a test looks into is still there, whenever a checkpoint comes.
  wal_keep_size: '128MB',
})

/** A folder that the user that servers run as can reach. */
export function newFolder(): string {
  const folder = mkdtempSync('/tmp/everstow-protected-')
  chmodSync(folder, 0o755)
  return folder
}

async function opened(folder: string): Promise<ProtectedCluster> {
  const home = join(folder, 'home')
  const dataFolder = join(folder, 'data')
  const cluster = await startCluster({
    segmentMiB: 1,
    settings: settingsFor(folder, home),
    ...(existsSync(dataFolder) ? { dataFolder } : {}),
  })
  return {
    folder,
    home,
    places: [join(folder, 'a'), join(folder, 'b')],
    cluster,
    everstow: (...args) => runEverstow(folder, home, args),
    everstowAt: (other, ...args) => runEverstow(folder, other, args),
    archiveAll: () => archiveAll(cluster),
    async remove() {
      await cluster.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Makes a protected cluster with a table `t` and a first base backup. */
export async function protectCluster(): Promise<ProtectedCluster> {
  const folder = newFolder()
  for (const name of ['a', 'b']) mkdirSync(join(folder, name))
  mkdirSync('/tmp/everstow-pg-code', { recursive: true })
  giveToServer('/tmp/everstow-pg-code')
  startSealedSecrets(join(folder, 'home'), PASSPHRASE)
  giveToServer(folder)
  const world = await opened(folder)
  for (const [at, name] of ['a', 'b'].entries())
    must(await world.everstow('place', 'add', name, '--type', 'local', '--path', world.places[at]!))
  must(await world.everstow('db', 'add', 'main', '--source', world.cluster.url(), '--to', 'a', 'b'))
  await world.cluster.sql('CREATE TABLE t (i serial PRIMARY KEY, x text)')
  must(await world.everstow('db', 'base', 'main'))
  return world
}

/** A copy of a protected cluster whose server was stopped, with a life of its own from here on. */
export async function copyOf(template: ProtectedCluster): Promise<ProtectedCluster> {
  const folder = newFolder()
  for (const name of ['a', 'b', 'home'])
    cpSync(join(template.folder, name), join(folder, name), { recursive: true, preserveTimestamps: true })
  cpSync(template.cluster.dataFolder, join(folder, 'data'), { recursive: true, preserveTimestamps: true })
  chmodSync(join(folder, 'data'), 0o700)
  rmSync(join(folder, 'data', 'postmaster.pid'), { force: true })
  const settings = join(folder, 'home', 'settings.json')
  writeFileSync(settings, readFileSync(settings, 'utf8').replaceAll(template.folder, folder))
  giveToServer(folder)
  return opened(folder)
}

async function archiveAll(cluster: Cluster): Promise<string> {
  const name = await cluster.sql('SELECT pg_walfile_name(pg_current_wal_lsn())')
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    // Each end of a segment wakes the archiver, which rests for a minute after three refusals.
    await cluster.sql('SELECT txid_current(); SELECT pg_switch_wal()')
    for (let looks = 0; looks < 5; looks++) {
      const last = await cluster.sql("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")
      if (last.slice(0, 24) >= name) {
        await handedOver(cluster)
        return name
      }
      await sleep(200)
    }
  }
  throw new Error(`never archived: ${name}\n${cluster.log().slice(-3000)}`)
}

/** What a server has to say of each file of its log that has ended: `.ready`, and `.done` once it was handed over. */
export const archiveStatus = ({ dataFolder }: Pick<Cluster, 'dataFolder'>): string[] =>
  readdirSync(join(dataFolder, 'pg_wal', 'archive_status'))

/** Waits until a server has nothing left to hand over: segments that end while others are waited for follow on their own. */
export async function handedOver(cluster: Pick<Cluster, 'dataFolder'>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(100))
    if (!archiveStatus(cluster).some((name) => name.endsWith('.ready'))) return
  throw new Error('the server does not get rid of its log')
}

/** Starts a cluster that was recovered into a folder and waits until it takes writes. */
export async function startRecovered(into: string): Promise<Cluster> {
  const cluster = await startCluster({ dataFolder: into, settings: { track_commit_timestamp: 'on' } })
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(50))
    if ((await cluster.sql('SELECT pg_is_in_recovery()')) === 'f') return cluster
  throw new Error(`still recovering:\n${cluster.log().slice(-3000)}`)
}

/** Kills every archiver that works for this home now; how many. */
export function killArchivers(home: string): number {
  let killed = 0
  for (const pid of execFileSync('ls', ['/proc'], { encoding: 'utf8' }).split('\n')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      if (!words.includes('archive-wal') || !words.includes(home)) continue
      process.kill(Number(pid), 'SIGKILL')
      killed++
    } catch {
      // It ended meanwhile.
    }
  }
  return killed
}

/** Fails with what a command said where it did not end well. */
export function must(told: Told): void {
  if (told.status !== 0) throw new Error(`${told.status}: ${told.out}${told.err}`)
}
