import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

describe('keys of a cloud place', SLOW, () => {
  let world: CliWorld
  let server: S3Server
  beforeAll(async () => {
    world = await makeCliWorld()
    server = await startS3Server()
    await mkdir(world.path('docs'))
    await writeFile(world.path('docs', 'a'), 'a')
  })
  afterAll(async () => {
    await server.close()
    await world.remove()
  })

  const add = (...more: string[]) => [
    ...['place', 'add', 'cloud', '--type', 'S3', '--bucket', TEST_BUCKET, '--endpoint', server.url],
    ...['--region', server.region, '--json', ...more],
  ]

  test('a wrong key is refused in words; the place is not kept', async () => {
    const keys = { AWS_ACCESS_KEY_ID: TEST_CREDENTIAL.accessKeyId, AWS_SECRET_ACCESS_KEY: 'canary-wrong-77' }
    const said = await world.runWith(keys, ...add())
    expect(said.json().error?.code).toBe('credentials-refused')
    expect(said.status).toBe(1)
    expect(said.out + said.err).not.toContain('canary')
    expect((await world.run('place', 'list', '--json')).json()).toEqual({ places: [] })
  })

  test('an address without https is taken, with a warning', async () => {
    const { accessKeyId, secretAccessKey } = TEST_CREDENTIAL
    const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
    const [, , , ...more] = add('--no-test')
    const said = await world.runWith(
      keys,
      'place',
      'add',
      'open',
      ...more,
      '--endpoint',
      'http://nas.example',
    )
    expect(said.status).toBe(0)
    expect(said.err).toContain('Without https')
    expect(said.json()).toMatchObject({ name: 'open', in_the_clear: true })
    const edited = await world.runWith(keys, 'place', 'edit', 'open', '--endpoint', 'https://nas.example')
    expect(edited.err).not.toContain('https')
    expect((await world.run('place', 'remove', 'open', '--yes')).status).toBe(0)
  })

  test('a mistyped name in the file of keys is told, not taken for no key', async () => {
    await writeFile(world.path('keys.env'), 'AWS_ACCES_KEY_ID=canary-78\n', { mode: 0o600 })
    const said = await world.run(...add('--secret-file', 'keys.env'))
    expect(said.json().error?.message).toContain('AWS_ACCES_KEY_ID')
    expect(said.status).toBe(2)
    expect(said.out + said.err).not.toContain('canary')
  })

  test('the right key, from a file that others can read: taken, with a warning; sealed under the passphrase', async () => {
    const { accessKeyId, secretAccessKey } = TEST_CREDENTIAL
    await writeFile(world.path('keys.json'), JSON.stringify({ accessKeyId, secretAccessKey }), {
      mode: 0o644,
    })
    const sealed = { EVERSTOW_PASSPHRASE: 'canary passphrase 79' }
    const said = await world.runWith(sealed, ...add('--secret-file', 'keys.json'))
    expect(said.status).toBe(0)
    expect(said.err).toContain('chmod 600')
    expect(said.json()).toMatchObject({
      name: 'cloud',
      secrets: ['accessKeyId', 'secretAccessKey'],
      health: 'ok',
    })

    const backup = await world.runWith(sealed, 'backup', '--format', 'archive', 'docs', '--json')
    expect(backup.json()).toMatchObject({ cloud_sync_status: 'synced' })
    expect([...server.objects().keys()].some((key) => key.endsWith('.tar.gz'))).toBe(true)
    expect((await world.runWith(sealed, 'restore', 'latest', '--into', 'back')).status).toBe(0)
    expect(await readFile(world.path('back', 'docs', 'a'), 'utf8')).toBe('a')

    const kept = await Promise.all(
      ['settings.json', 'secrets.sealed', 'logs/everstow.log'].map((name) =>
        readFile(join(world.home, name), 'latin1'),
      ),
    )
    for (const text of kept) {
      expect(text).not.toContain(secretAccessKey)
      expect(text).not.toContain('canary')
    }
  })

  test('without the passphrase the place cannot be used, and says so', async () => {
    const said = await world.run('place', 'test', 'cloud', '--json')
    expect(said.json().error?.code).toBe('secret-missing')
    expect(said.status).toBe(1)
  })
})
