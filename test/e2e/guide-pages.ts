import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { freePort, isOpen } from '../ground/port.ts'
import { type Azurite, startAzurite } from '../servers/azurite/index.ts'
import { type GcsServer, startGcsServer } from '../servers/gcs/index.ts'
import { type Cluster, startCluster } from '../servers/postgres/cluster.ts'
import { TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import type { Running } from './cli-run.ts'
import type { GuideWorld, Page } from './guide-world.ts'

const BUCKET = 'ada-backups'

type Variables = Readonly<Record<string, string>>

/** The services that pages speak of. */
export interface Services {
  readonly s3: S3Server
  readonly r2: S3Server
  readonly b2: S3Server
  readonly minio: S3Server
  readonly gcs: GcsServer
  readonly azurite: Azurite
  readonly cluster: Cluster
  close(): Promise<void>
}

/** Starts a service of each kind, with a bucket of the name that pages have. */
export async function startServices(): Promise<Services> {
  const [s3, r2, b2, minio, gcs, azurite, cluster] = await Promise.all([
    startS3Server({ buckets: [BUCKET, 'company-backups'], region: 'eu-central-1' }),
    startS3Server({ buckets: [BUCKET], region: 'auto', flavour: 'r2' }),
    startS3Server({ buckets: [BUCKET], region: 'eu-central-003', flavour: 'b2' }),
    startS3Server({ buckets: [BUCKET] }),
    startGcsServer({ buckets: [BUCKET] }),
    startAzurite(),
    startCluster(),
  ])
  await azurite.createContainer(BUCKET)
  const close = async () => {
    await Promise.all([
      ...[s3, r2, b2, minio, gcs].map((each) => each.close()),
      azurite.stop(),
      cluster.remove(),
    ])
  }
  return { s3, r2, b2, minio, gcs, azurite, cluster, close }
}

/** Pages in the order in which people read them; each goes on where the one before left the computers. */
export async function pagesOf(world: GuideWorld, services: Services): Promise<readonly Page[]> {
  const port = await freePort()
  let daemon: Running | undefined
  let words = ''
  return [
    {
      path: 'README.md',
      person: 'newcomer',
      stands: { 'npx everstow': 'everstow' },
      before: () => withDocuments(world, 'newcomer'),
      cannot: {
        'npm ci && npm start': 'installs the project anew, and opens a window that stays',
        'npm ci && npm test': 'is what runs this test',
      },
    },
    { path: 'docs/guide/first-backup.md', person: 'ada', before: () => withDocuments(world, 'ada') },
    { path: 'docs/guide/restore.md', person: 'ada' },
    {
      path: 'docs/guide/places.md',
      person: 'ada',
      stands: standsOf(services),
      before: () => withKeysOf(world, 'ada', services),
    },
    { path: 'docs/guide/keeping.md', person: 'ada' },
    { path: 'docs/guide/automation.md', person: 'ada' },
    { path: 'docs/guide/read-data.md', person: 'ada', before: () => withOtherPrices(world, 'ada') },
    {
      path: 'docs/guide/mirrors.md',
      person: 'ada',
      before: async () => {
        mkdirSync(world.homeOf('ada', 'Photos'))
        writeFileSync(world.homeOf('ada', 'Photos', 'garden.jpg'), 'not really a picture')
        return {}
      },
    },
    { path: 'docs/guide/keys.md', person: 'ada' },
    {
      path: 'docs/guide/sync.md',
      person: 'ada',
      before: async () => {
        words = await wordsOf(world, 'ada')
        return { EVERSTOW_RECOVERY_WORDS: words }
      },
      elsewhere: { 'everstow place add nas --type local --path /mnt/nas/backups': 'bea' },
    },
    {
      path: 'docs/guide/new-machine.md',
      person: 'cleo',
      before: async () => {
        mkdirSync(world.homeOf('cleo'))
        writeFileSync(world.homeOf('cleo', 'words.txt'), words, { mode: 0o600 })
        return {}
      },
      elsewhere: { 'everstow place add old-disk --type local --path /media/disk/backups': 'dora' },
    },
    {
      path: 'docs/guide/rest-api.md',
      person: 'ada',
      stands: { 'everstow api on': `everstow api on --port ${port}`, '127.0.0.1:7700': `127.0.0.1:${port}` },
      before: async () => {
        await done(world, 'ada', `everstow api on --port ${port}`)
        await done(world, 'ada', 'everstow api data on')
        const { key } = JSON.parse(await done(world, 'ada', 'everstow api-key add page --role admin --json'))
        daemon = world.on('ada', 'exec everstow daemon')
        await expect.poll(() => isOpen(port)).toBe(true)
        return { KEY: key }
      },
      after: async () => {
        daemon?.child.kill('SIGTERM')
        await daemon?.said
      },
    },
    { path: 'docs/guide/troubleshooting.md', person: 'ada' },
    {
      path: 'docs/guide/migration.md',
      person: 'emil',
      before: () => withOlderSystem(world, 'emil', services.s3),
    },
    {
      path: 'docs/guide/databases.md',
      person: 'ada',
      stands: { 'postgres://anna@db.example.com/': services.cluster.tcpUrl('') },
      before: async () => {
        await services.cluster.sql('CREATE DATABASE shop')
        await services.cluster.sql('CREATE TABLE orders AS SELECT generate_series(1, 100) AS i', 'shop')
        mkdirSync(world.homeOf('ada', 'shop-files'))
        writeFileSync(world.homeOf('ada', 'shop-files', 'logo.svg'), '<svg/>')
        return {}
      },
      cannot: {
        'everstow db add shop --source postgres://backup@/postgres --to nas':
          'the server itself has to run the line that this prints: test/e2e/db-protect.test.ts does all of it',
      },
    },
    {
      path: 'docs/guide/servers.md',
      person: 'ada',
      cannot: {
        'npm install --global everstow        # or the file of a release: npm install --global ./everstow-1.2.0.tgz':
          'is not published yet: test/e2e/headless-package.test.ts installs the packed file',
        'sudo cp "$(npm root --global)/everstow/packaging/systemd/everstow@.service" /etc/systemd/system/':
          'changes the system itself: test/packaging/servers.test.ts has systemd check the unit',
        'sudo -u ada env EVERSTOW_HOME=/var/lib/everstow/ada EVERSTOW_KEYCHAIN=off EVERSTOW_PASSPHRASE_FILE=… everstow status':
          'needs another user of the system',
        'docker build --file packaging/docker/Dockerfile --tag everstow .':
          'needs Docker: the workflow of a release builds the image and tries it',
      },
    },
  ]
}

/** Pages that have a test of their own, and which. */
export const FOLLOWED_ELSEWHERE: Readonly<Record<string, string>> = {
  'docs/guide/ai-access.md': 'test/e2e/mcp-guide.test.ts',
}

/** What stands for the services of the world. */
function standsOf({ s3, r2, b2, minio, gcs }: Services): Readonly<Record<string, string>> {
  const at = (written: string, url: string) => [written, `${written} --endpoint ${url}`] as const
  return Object.fromEntries([
    at('--region eu-central-1', s3.url),
    at('--account 0123456789abcdef0123456789abcdef', r2.url),
    at('--region eu-central-003', b2.url),
    at('--type gcs --bucket ada-backups', gcs.endpoint),
    ['https://minio.example:9000', minio.url],
    ['s3://ada-backups', `${s3.url}/ada-backups`],
  ])
}

/** The files with keys that pages name. */
async function withKeysOf(world: GuideWorld, person: string, { gcs, azurite }: Services): Promise<Variables> {
  const keys: Readonly<Record<string, object>> = {
    'aws-key.json': TEST_CREDENTIAL,
    'r2-key.json': TEST_CREDENTIAL,
    'b2-key.json': TEST_CREDENTIAL,
    'minio-key.json': TEST_CREDENTIAL,
    'new-key.json': TEST_CREDENTIAL,
    'service-account.json': gcs.serviceAccount,
    'azure-key.json': { connectionString: azurite.connectionString },
  }
  for (const [name, key] of Object.entries(keys))
    writeFileSync(world.homeOf(person, name), JSON.stringify(key), { mode: 0o600 })
  return {}
}

/** What somebody has in `Documents`. */
async function withDocuments(world: GuideWorld, person: string): Promise<Variables> {
  const files: Readonly<Record<string, string>> = {
    'letters/anna.txt': 'Dear Anna,\n',
    'letters/bank.txt': 'Dear Sir or Madam,\n',
    'budget.csv': 'month,eur\nJanuary,1200\nFebruary,1150\n',
    'prices.json': pricesOf(3.4),
  }
  mkdirSync(world.homeOf(person, 'Documents', 'letters'), { recursive: true })
  for (const [name, text] of Object.entries(files))
    writeFileSync(world.homeOf(person, 'Documents', name), text)
  return {}
}

const pricesOf = (eur: number): string => JSON.stringify({ items: [{ name: 'bread', eur }] })

/** A second backup in which a price has changed. */
async function withOtherPrices(world: GuideWorld, person: string): Promise<Variables> {
  writeFileSync(world.homeOf(person, 'Documents', 'prices.json'), pricesOf(3.6))
  await done(world, person, 'everstow backup documents')
  return {}
}

/** An older system that has made a backup. */
async function withOlderSystem(world: GuideWorld, person: string, s3: S3Server): Promise<Variables> {
  for (const folder of ['app/data', 'app/config', 'old-backups'])
    mkdirSync(world.homeOf(person, folder), { recursive: true })
  writeFileSync(world.homeOf(person, 'app/data', 'users.json'), '[]')
  writeFileSync(world.homeOf(person, 'app/config', 'app.toml'), 'port = 80\n')
  const old = world.path('mnt', 'nas', 'old-backups')
  const name = 'unified_backup_20250102_030405'
  await done(world, person, `mkdir -p ${old} && tar -czf ${old}/${name}.tar.gz app`)
  const archive = readFileSync(join(old, `${name}.tar.gz`))
  const metadata = {
    backup_id: name,
    timestamp: '2025-01-02T03:04:05',
    filename: `${name}.tar.gz`,
    size_bytes: archive.length,
    checksum: createHash('md5').update(archive).digest('hex'),
    format: 'tar.gz',
    files_backed_up: 2,
    cloud_sync_status: 'pending',
    cloud_path: null,
  }
  writeFileSync(join(old, `${name}_metadata.json`), JSON.stringify(metadata))
  writeFileSync(world.homeOf(person, 'old-backups', '.env'), OLDER_SETTINGS.replace('OLD', old))
  return { AWS_ENDPOINT_URL_S3: s3.url }
}

const OLDER_SETTINGS = `CLOUD_PROVIDER=aws
CLOUD_AUTO_SYNC=true
CLOUD_SYNC_INTERVAL=3600
AWS_S3_BUCKET=company-backups
AWS_REGION=eu-central-1
AWS_ACCESS_KEY_ID=${TEST_CREDENTIAL.accessKeyId}
AWS_SECRET_ACCESS_KEY=${TEST_CREDENTIAL.secretAccessKey}
BACKUP_LOCAL_PATH=OLD
DATABASE_URL=postgres://app@localhost/app
`

/** The words of a kit that somebody makes now. */
async function wordsOf(world: GuideWorld, person: string): Promise<string> {
  const kit = JSON.parse(await done(world, person, 'everstow key show-kit --json --words'))
  return kit.words.join(' ')
}

/** Does something on somebody's computer that no page says; what it prints. */
async function done(world: GuideWorld, person: string, command: string): Promise<string> {
  const { out, err, status } = await world.on(person, command).said
  expect(status, `${command}\n${out}${err}`).toBe(0)
  return out
}
