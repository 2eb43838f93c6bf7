import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSeededRandom } from '../crash/seed.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { describeMachine } from './machine.ts'
import { type Command, measure, perform } from './measure.ts'
import { median, pairedRatio, rounded } from './statistics.ts'

/** How syncing is measured against `rclone sync`, which keeps plain objects. */
export interface SyncBench {
  readonly rounds: number
  /** Small files. */
  readonly files: number
  /** Size of one large file. */
  readonly largeMb: number
}

interface Taken {
  readonly wallS: number
  readonly cpuS: number
  readonly peakMb: number
  readonly requests: number
  /** Growth of what lies in the bucket; what replaces something of the same size counts in full. */
  readonly sentMb: number
}

interface Syncer {
  readonly name: string
  readonly folder: string
  readonly command: Command
  readonly server: S3Server
}

const ENTRY = resolve(import.meta.dirname, '../../bin/everstow.mjs')
/** Of a service that is not around the corner. */
const LATENCY_MS = 20
/** Older than that, a file is believed to be finished. */
const REST_MS = 1_500
const STEPS = ['first', 'unchanged', 'one byte of a large file', 'a folder renamed'] as const
type Step = (typeof STEPS)[number]
type Results = Map<Step, (Taken | undefined)[]>

/** Measures in turns, the same folder and a server of the same kind for each, and prints medians and ratios (peer ÷ ours, above 1 means ours needs less). */
export async function benchSync({ rounds, files, largeMb }: SyncBench): Promise<boolean> {
  const results: Record<'rclone' | 'everstow', Results> = { rclone: new Map(), everstow: new Map() }
  const { stdout: version } = await measure({ argv: ['rclone', 'version'] })
  const about = `${files} files, one of ${largeMb} MB, ${LATENCY_MS} ms a request, ${rounds} rounds`
  console.log(`${describeMachine()}, Node ${process.version}, ${version.split('\n')[0]}, ${about}`)
  for (let round = 0; round < rounds; round++)
    for (const who of ['rclone', 'everstow'] as const) {
      const ground = mkdtempSync(join(tmpdir(), 'everstow-bench-sync-'))
      try {
        const server = await startS3Server({ latencyMs: LATENCY_MS })
        try {
          await playRound(await syncerOf(who, ground, server), { files, largeMb, round }, results[who])
        } finally {
          await server.close()
        }
      } finally {
        rmSync(ground, { recursive: true, force: true })
      }
    }
  print(results)
  return true
}

async function playRound(
  syncer: Syncer,
  { files, largeMb, round }: { readonly files: number; readonly largeMb: number; readonly round: number },
  results: Results,
): Promise<void> {
  const { folder } = syncer
  const random = createSeededRandom(round)
  for (let at = 0; at < files; at++) {
    const part = at < files / 2 ? 'one' : `some/${Math.floor(at / 100)}`
    mkdirSync(join(folder, part), { recursive: true })
    writeFileSync(join(folder, part, `file ${at}.txt`), `${random()} `.repeat(150 + (at % 100)))
  }
  const take = async (step: Step): Promise<void> => {
    await sleep(REST_MS)
    const taken = await takeOne(syncer)
    results.set(step, [...(results.get(step) ?? []), taken])
  }
  await take('first')
  await take('unchanged')
  writeLarge(join(folder, 'large'), largeMb, random)
  await takeOne(syncer)
  const fd = openSync(join(folder, 'large'), 'r+')
  writeSync(fd, 'x', (largeMb * 1_000_000) >> 1)
  closeSync(fd)
  await take('one byte of a large file')
  renameSync(join(folder, 'one'), join(folder, 'another'))
  await take('a folder renamed')
}

function writeLarge(path: string, mb: number, random: () => number): void {
  const fd = openSync(path, 'w')
  const piece = Buffer.alloc(1_000_000)
  for (let at = 0; at < mb; at++) {
    for (let word = 0; word < piece.length; word += 4) piece.writeUInt32LE((random() * 2 ** 32) >>> 0, word)
    writeSync(fd, piece)
  }
  closeSync(fd)
}

async function takeOne({ command, server }: Syncer): Promise<Taken> {
  const before = new Map([...server.objects()].map(([key, { etag }]) => [key, etag]))
  const { length: requests } = server.requests
  const { wallS, cpuS, peakMb } = await measure(command)
  let sent = 0
  for (const [key, { etag, sizeBytes }] of server.objects()) if (before.get(key) !== etag) sent += sizeBytes
  return { wallS, cpuS, peakMb, requests: server.requests.length - requests, sentMb: sent / 1e6 }
}

async function syncerOf(name: 'rclone' | 'everstow', ground: string, server: S3Server): Promise<Syncer> {
  const folder = join(ground, 'folder')
  mkdirSync(folder)
  const { accessKeyId, secretAccessKey } = TEST_CREDENTIAL
  const bare = { PATH: process.env.PATH ?? '', HOME: ground, LANG: 'C.UTF-8' }
  if (name === 'rclone') {
    const env = {
      ...bare,
      RCLONE_CONFIG_S_TYPE: 's3',
      RCLONE_CONFIG_S_PROVIDER: 'Other',
      RCLONE_CONFIG_S_ENDPOINT: server.url,
      RCLONE_CONFIG_S_REGION: server.region,
      // The server knows the newer of the two ways to list only.
      RCLONE_CONFIG_S_LIST_VERSION: '2',
      RCLONE_CONFIG_S_ACCESS_KEY_ID: accessKeyId,
      RCLONE_CONFIG_S_SECRET_ACCESS_KEY: secretAccessKey,
    }
    return {
      name,
      folder,
      server,
      command: { argv: ['rclone', 'sync', folder, `s:${TEST_BUCKET}/mirror`], env },
    }
  }
  const secrets = join(ground, 'secrets.json')
  writeFileSync(secrets, JSON.stringify({ accessKeyId, secretAccessKey }), { mode: 0o600 })
  const env = {
    ...bare,
    EVERSTOW_HOME: join(ground, 'home'),
    EVERSTOW_KEYCHAIN: 'off',
    EVERSTOW_PASSPHRASE: 'a passphrase for measuring',
    NODE_COMPILE_CACHE: join(tmpdir(), 'everstow-bench-code'),
  }
  const everstow = (...words: string[]): Command => ({
    argv: [process.execPath, ENTRY, '--quiet', '--yes', ...words],
    env,
  })
  const where = ['--bucket', TEST_BUCKET, '--endpoint', server.url, '--region', server.region]
  await perform(
    everstow('place', 'add', 'cloud', '--type', 's3', ...where, '--path-style', '--secret-file', secrets),
  )
  await perform(everstow('sync', 'add', 'docs', '--folder', folder, '--place', 'cloud'))
  return { name, folder, server, command: everstow('sync', 'run', 'docs') }
}

function print(results: Record<'rclone' | 'everstow', Results>): void {
  const of = (who: 'rclone' | 'everstow', step: Step, key: keyof Taken) =>
    (results[who].get(step) ?? []).map((taken) => taken?.[key])
  const middle = (numbers: readonly (number | undefined)[]): number =>
    rounded(median(numbers.flatMap((number) => number ?? [])), 2)
  for (const step of STEPS) {
    const columns = (key: keyof Taken) => ({
      rclone: middle(of('rclone', step, key)),
      everstow: middle(of('everstow', step, key)),
      'peer ÷ ours': rounded(pairedRatio(of('rclone', step, key), of('everstow', step, key)), 2),
    })
    console.log(`\n${step}`)
    console.table(
      Object.fromEntries(
        (['wallS', 'cpuS', 'peakMb', 'requests', 'sentMb'] as const).map((key) => [key, columns(key)]),
      ),
    )
  }
}
