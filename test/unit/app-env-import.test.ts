import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseEnv } from '../../main/app/env-import/parse-env.ts'
import { type Ground, layGround } from './app-ground.ts'

const FULL = `\uFEFF# settings of the older system\r
CLOUD_PROVIDER=aws\r
CLOUD_COMPRESS=true
CLOUD_AUTO_SYNC=false
CLOUD_SYNC_INTERVAL=1800
export AWS_S3_BUCKET="my-bucket"
AWS_REGION=eu-west-3
AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
AWS_SECRET_ACCESS_KEY='canary-aws-secret'
GCP_BUCKET=gcp-bucket
GCP_PROJECT_ID=project
AZURE_CONTAINER=container
AZURE_STORAGE_CONNECTION_STRING="DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Y2FuYXJ5;EndpointSuffix=core.windows.net"
BACKUP_LOCAL_PATH=backups   # below the home
R2_ACCOUNT_ID=account
R2_BUCKET_NAME=r2-bucket
R2_ACCESS_KEY_ID=r2-key
R2_SECRET_ACCESS_KEY=canary-r2-secret
B2_BUCKET_NAME=b2-bucket
B2_REGION=eu-central-003
B2_ACCESS_KEY_ID=b2-key
B2_SECRET_ACCESS_KEY=canary-b2-secret
DATABASE_URL=postgres://nobody
`

let ground: Ground
beforeEach(async () => {
  ground = await layGround()
})
afterEach(() => ground.close())

describe('settings of the older systems', () => {
  test('a dry look keeps nothing; applied, every place is there, secrets are in the store of secrets only', async () => {
    const look = await ground.client.call('env.import', { text: FULL })
    expect(look.applied).toBe(false)
    expect(look.places.map(({ type }) => type)).toEqual(['local', 's3', 'r2', 'b2', 'gcs', 'azure'])
    expect(look.ignored).toEqual(['DATABASE_URL'])
    expect(await ground.client.call('place.list', {})).toEqual([])

    const applied = await ground.client.call('env.import', { text: FULL, apply: true })
    expect(JSON.stringify(applied)).not.toContain('canary')
    const places = await ground.client.call('place.list', {})
    expect(places.map(({ name, secretNames }) => [name, secretNames])).toEqual([
      ['Local folder', []],
      ['Amazon S3', ['accessKeyId', 'secretAccessKey']],
      ['Cloudflare R2', ['accessKeyId', 'secretAccessKey']],
      ['Backblaze B2', ['accessKeyId', 'secretAccessKey']],
      ['Google Cloud Storage', []],
      ['Azure Blob', ['connectionString']],
    ])
    expect(await ground.client.call('settings.get', {})).toMatchObject({
      autoSync: false,
      pushIntervalSeconds: 1800,
    })
    expect(readFileSync(join(ground.home, 'settings.json'), 'utf8')).not.toMatch(/canary|Y2FuYXJ5/)
  })

  test('twice is once', async () => {
    await ground.client.call('env.import', { text: FULL, apply: true })
    const again = await ground.client.call('env.import', { text: FULL, apply: true })
    expect(again.places.every(({ existed }) => existed)).toBe(true)
    expect(await ground.client.call('place.list', {})).toHaveLength(6)
  })

  test('empty AWS keys mean the default credential chain', async () => {
    await ground.client.call('env.import', {
      text: 'AWS_S3_BUCKET=b\nAWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY=\n',
      apply: true,
    })
    const [place] = await ground.client.call('place.list', {})
    expect(place?.secretNames).toEqual([])
  })

  test.each([
    ['an unclosed quote', 'A=1\nB="open\n', 2],
    ['no name', 'A=1\n\n=value\n', 3],
    ['words without a sign', 'just words\n', 1],
    ['a provider nobody has', 'CLOUD_PROVIDER=dropbox\n', 1],
    ['an interval that is no number', '# x\nCLOUD_SYNC_INTERVAL=soon\n', 2],
    ['a switch that is neither on nor off', 'CLOUD_AUTO_SYNC=maybe\n', 1],
    ['a line of 100 KB', `A=1\nB=${'x'.repeat(100_000)}\n`, 2],
  ])('%s: the error names the line and nothing is kept', async (_, text, line) => {
    await expect(ground.client.call('env.import', { text, apply: true })).rejects.toMatchObject({
      code: 'env-file-invalid',
      data: { line },
    })
    expect(await ground.client.call('place.list', {})).toEqual([])
  })

  test('quotes, escapes and comments', () => {
    const values = parseEnv(
      `A=plain # comment\nB="two\\nlines \\"q\\"" # c\nC='$LITERAL\\n'\nD=a#b\nE=\nA=later`,
    )
    expect(Object.fromEntries(values.map(({ name, value }) => [name, value]))).toEqual({
      A: 'later',
      B: 'two\nlines "q"',
      C: '$LITERAL\\n',
      D: 'a#b',
      E: '',
    })
  })
})
