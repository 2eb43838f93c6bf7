import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../../ground/port.ts'

const run = promisify(execFile)

export interface ClusterOptions {
  /** Lines for postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>
  /** Then connections over TCP need it; the socket never does. */
  readonly password?: string
  readonly segmentMiB?: number
  /** A data directory that is there already, e.g. one that was restored; it is not removed. */
  readonly dataFolder?: string
  /** Survives a power cut, at the price of time. */
  readonly durable?: boolean
}

/** A PostgreSQL server of one test's own, as an unprivileged user: with a socket and a port on loopback. */
export interface Cluster {
  readonly folder: string
  readonly dataFolder: string
  readonly socketFolder: string
  readonly port: number
  /** Over the socket, as its superuser `tester`. */
  url(database?: string): string
  /** Over TCP. */
  tcpUrl(database?: string): string
  /** Runs SQL over the socket; values without decoration, a row a line. */
  sql(text: string, database?: string): Promise<string>
  start(): Promise<void>
  stop(): Promise<void>
  /** kill -9 of the whole server. */
  kill(): Promise<void>
  isRunning(): boolean
  /** What the server wrote. */
  log(): string
  remove(): Promise<void>
}

const SUPERUSER = 'tester'
const NOBODY = 65_534

/** The folder of the newest server that is installed. */
export function postgresBin(): string {
  const root = '/usr/lib/postgresql'
  const newest = readdirSync(root)
    .filter((name) => /^\d+$/.test(name))
    .sort((one, other) => Number(other) - Number(one))[0]
  if (newest === undefined) throw new Error('no PostgreSQL server here: test/provision installs one')
  return join(root, newest, 'bin')
}

/** What a server may not be: root. Tests that are drop to nobody. */
const dropped = process.getuid?.() === 0
export const unprivileged = (program: string, args: readonly string[]): [string, string[]] =>
  dropped
    ? ['setpriv', [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', program, ...args]]
    : [program, [...args]]

/** Gives a folder and all in it to the user that servers run as. */
export function giveToServer(folder: string): void {
  if (dropped) execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, folder])
}

/** Makes a cluster and starts it. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const folder = mkdtempSync('/tmp/everstow-pg-')
  chmodSync(folder, 0o755)
  const dataFolder = options.dataFolder ?? join(folder, 'data')
  const socketFolder = join(folder, 'run')
  mkdirSync(socketFolder)
  if (options.dataFolder === undefined) await initialise(dataFolder, options)
  if (dropped) chownSync(folder, NOBODY, NOBODY)
  giveToServer(socketFolder)
  giveToServer(dataFolder)
  const port = await freePort()
  const cluster = clusterAt({ folder, dataFolder, socketFolder, port }, options)
  await cluster.start()
  return cluster
}

const templates = new Map<string, string>()

/** The first of a kind is made, the others are copies of it: the same system, in a fifth of the time. */
async function initialise(dataFolder: string, { password, segmentMiB = 16 }: ClusterOptions): Promise<void> {
  const kind = `${password ?? ''} ${segmentMiB}`
  let template = templates.get(kind)
  if (template === undefined) {
    const folder = mkdtempSync('/tmp/everstow-pg-template-')
    if (dropped) chownSync(folder, NOBODY, NOBODY)
    template = join(folder, 'data')
    const secret = join(folder, 'password')
    writeFileSync(secret, `${password ?? ''}\n`, { mode: 0o644 })
    const [program, args] = unprivileged(join(postgresBin(), 'initdb'), [
      `--pgdata=${template}`,
      `--username=${SUPERUSER}`,
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      '--auth-local=trust',
      `--auth-host=${password === undefined ? 'trust' : 'scram-sha-256'}`,
      ...(password === undefined ? [] : [`--pwfile=${secret}`]),
      `--wal-segsize=${segmentMiB}`,
      '--no-sync',
    ])
    await run(program, args)
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
    templates.set(kind, template)
  }
  cpSync(template, dataFolder, { recursive: true, preserveTimestamps: true })
  chmodSync(dataFolder, 0o700)
}

function clusterAt(
  at: Pick<Cluster, 'folder' | 'dataFolder' | 'socketFolder' | 'port'>,
  options: ClusterOptions,
): Cluster {
  let server: ChildProcess | undefined
  let said = ''
  const isRunning = (): boolean =>
    server !== undefined && server.exitCode === null && server.signalCode === null
  const url = (database = 'postgres'): string =>
    `postgres://${SUPERUSER}@:${at.port}/${encodeURIComponent(database)}?host=${at.socketFolder}`

  async function sql(text: string, database = 'postgres'): Promise<string> {
    const conninfo = `host='${at.socketFolder}' port=${at.port} user=${SUPERUSER} dbname='${database.replaceAll(/[\\']/g, '\\$&')}'`
    const psql = run('psql', ['-XAtq', '--set=ON_ERROR_STOP=1', `--dbname=${conninfo}`, '--file=-'], {
      env: { ...process.env, LC_ALL: 'C', PGCLIENTENCODING: 'UTF8' },
      maxBuffer: 1 << 28,
    })
    psql.child.stdin?.end(text)
    return (await psql).stdout.trimEnd()
  }

  async function ended(signal: NodeJS.Signals): Promise<void> {
    if (!server || !isRunning()) return
    const exited = once(server, 'exit')
    server.kill(signal)
    await exited
  }

  const cluster: Cluster = {
    ...at,
    url,
    tcpUrl: (database = 'postgres') =>
      `postgres://${SUPERUSER}@127.0.0.1:${at.port}/${encodeURIComponent(database)}`,
    sql,
    isRunning,
    log: () => said,
    async start() {
      const settings = {
        listen_addresses: '127.0.0.1',
        port: String(at.port),
        unix_socket_directories: at.socketFolder,
        max_connections: '20',
        shared_buffers: '16MB',
        ...(options.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
        ...options.settings,
      }
      const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      const [program, args] = unprivileged(join(postgresBin(), 'postgres'), ['-D', at.dataFolder, ...words])
      server = spawn(program, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, LC_ALL: 'C' },
      })
      for (const stream of [server.stdout, server.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => {
          said = (said + text).slice(-200_000)
        })
      for (let tries = 0; ; tries++) {
        if (!isRunning()) throw new Error(`PostgreSQL did not start:\n${said}`)
        if (
          await sql('SELECT 1').then(
            () => true,
            () => false,
          )
        )
          return
        if (tries > 6_000) throw new Error(`PostgreSQL does not answer:\n${said}`)
        await sleep(50)
      }
    },
    // Fast shutdown: whoever is connected is sent away.
    stop: () => ended('SIGINT'),
    async kill() {
      if (!server || !isRunning()) return
      const exited = once(server, 'exit')
      // Its children end by themselves once the first is gone; the socket and the lock stay as a crash leaves them.
      server.kill('SIGKILL')
      await exited
      await sleep(50)
    },
    async remove() {
      // Immediate: nothing of it is wanted any more.
      await ended('SIGQUIT')
      rmSync(at.folder, { recursive: true, force: true })
    },
  }
  return cluster
}
