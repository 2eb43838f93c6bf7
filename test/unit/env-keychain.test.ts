import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type SecretsProcess,
  type SecretsProcessOptions,
  startSecretsProcess,
} from '../servers/secret-service/secrets-process.ts'
import { type SecretService, startSecretService } from '../servers/secret-service/start-secret-service.ts'

const present = ['dbus-daemon', 'dbus-send', 'gnome-keyring-daemon'].every(
  (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0,
)

describe.skipIf(!present)('secrets in a real Secret Service', () => {
  let service: SecretService
  let home: string
  let processes: SecretsProcess[] = []

  const start = (options: Partial<SecretsProcessOptions> = {}): SecretsProcess => {
    const started = startSecretsProcess({ home, env: service.env, ...options })
    processes.push(started)
    return started
  }

  beforeEach(async () => {
    service = await startSecretService()
    home = await mkdtemp(join(tmpdir(), 'everstow-home-'))
  })
  afterEach(async () => {
    await Promise.all(processes.map((one) => one.stop()))
    processes = []
    await service.stop()
    await rm(home, { recursive: true })
  })

  it('are set, read by another process, replaced and deleted, and no file holds them', async () => {
    await service.startKeyring('unlocked')
    const [one, two] = [start(), start()]
    expect(await one.call({ call: 'open' })).toMatchObject({ value: 'keychain' })
    await one.call({ call: 'set', name: 'place.secretAccessKey', value: 'pässwörd 🔑' })
    expect((await two.call({ call: 'get', name: 'place.secretAccessKey' })).value).toBe('pässwörd 🔑')
    await two.call({ call: 'set', name: 'place.secretAccessKey', value: '' })
    expect((await one.call({ call: 'get', name: 'place.secretAccessKey' })).value).toBe('')
    expect((await one.call({ call: 'delete', name: 'place.secretAccessKey' })).value).toBe(true)
    expect((await one.call({ call: 'delete', name: 'place.secretAccessKey' })).value).toBe(false)
    expect((await two.call({ call: 'get', name: 'place.secretAccessKey' })).value).toBeUndefined()
    expect(existsSync(join(home, 'secrets.json')) || existsSync(join(home, 'secrets.sealed'))).toBe(false)
  })

  it('survive a restart of the keyring, long ones too', async () => {
    await service.startKeyring('unlocked')
    const long = `{"private_key":"${'ö☃'.repeat(3000)}"}`
    const before = start()
    await before.call({ call: 'set', name: 'short', value: 'kept' })
    await before.call({ call: 'set', name: 'long', value: 'short first' })
    await before.call({ call: 'set', name: 'long', value: long })
    await service.stopKeyring()
    await service.startKeyring('unlocked')
    const after = start()
    expect((await after.call({ call: 'get', name: 'short' })).value).toBe('kept')
    expect((await after.call({ call: 'get', name: 'long' })).value).toBe(long)
    expect((await after.call({ call: 'delete', name: 'long' })).value).toBe(true)
    expect((await after.call({ call: 'get', name: 'long' })).value).toBeUndefined()
  })

  it('of two homes do not mix', async () => {
    await service.startKeyring('unlocked')
    const otherHome = await mkdtemp(join(tmpdir(), 'everstow-home-'))
    try {
      const [one, other] = [start(), start({ home: otherHome })]
      await one.call({ call: 'set', name: 'key', value: 'one' })
      expect((await other.call({ call: 'get', name: 'key' })).value).toBeUndefined()
      await other.call({ call: 'set', name: 'key', value: 'other' })
      await other.call({ call: 'delete', name: 'key' })
      expect((await one.call({ call: 'get', name: 'key' })).value).toBe('one')
    } finally {
      await rm(otherHome, { recursive: true })
    }
  })

  /** For a keyring that does not answer. */
  const LIMIT_MS = 5_000

  it.each(['absent', 'locked'] as const)('fall back at once where the keyring is %s', async (state) => {
    if (state === 'locked') {
      await service.startKeyring('unlocked')
      await service.stopKeyring()
      await service.startKeyring('locked')
    }
    const plain = start({ keychainTimeoutMs: 300_000 })
    const opened = await plain.call({ call: 'open' })
    expect(opened).toMatchObject({ value: 'plain-file' })
    expect(opened.tookMs).toBeLessThan(150_000)
    await plain.call({ call: 'set', name: 'key', value: 'here' })
    expect(await readFile(join(home, 'secrets.json'), 'utf8')).toContain('here')
  })

  it('fall back within the time limit where the keyring is frozen', async () => {
    await service.startKeyring('unlocked')
    service.freezeKeyring()
    const frozen = start({ keychainTimeoutMs: 400 })
    const opened = await frozen.call({ call: 'open' })
    expect(opened).toMatchObject({ value: 'plain-file' })
    expect(opened.tookMs).toBeGreaterThan(350)
    // The bus itself gives up after 25 seconds.
    expect(opened.tookMs).toBeLessThan(20_000)
  })

  it('fail within the time limit when the keyring freezes, leave the file system free, and come back with it', async () => {
    await service.startKeyring('unlocked')
    const one = start({ keychainTimeoutMs: LIMIT_MS })
    await one.call({ call: 'set', name: 'key', value: 'x' })
    service.freezeKeyring()
    const pending = Array.from({ length: 12 }, () => one.call({ call: 'get', name: 'key' }))
    const files = await one.call({ call: 'read-files' })
    expect(files).not.toHaveProperty('error')
    expect(files.tookMs).toBeLessThan(LIMIT_MS)
    const calls = await Promise.all(pending)
    for (const { error, tookMs } of calls) {
      expect(error).toBe('keychain-unavailable')
      expect(tookMs).toBeLessThan(LIMIT_MS + 15_000)
    }
    const refused = await one.call({ call: 'set', name: 'key', value: 'y' })
    expect(refused.error).toBe('keychain-unavailable')
    // At once: nobody waits for it again.
    expect(refused.tookMs).toBeLessThan(LIMIT_MS)
    service.thawKeyring()
    await expect.poll(async () => (await one.call({ call: 'get', name: 'key' })).value).toBe('x')
  })

  it('are never called absent while the keychain that holds them is away', async () => {
    await service.startKeyring('unlocked')
    await start().call({ call: 'set', name: 'repository', value: 'key' })
    await service.stopKeyring()
    const plain = start()
    expect(await plain.call({ call: 'open' })).toMatchObject({ value: 'plain-file' })
    expect(await plain.call({ call: 'get', name: 'repository' })).toMatchObject({
      error: 'keychain-unavailable',
    })
    const sealed = start({ passphrase: 'p' })
    expect(await sealed.call({ call: 'get', name: 'repository' })).toMatchObject({
      error: 'keychain-unavailable',
    })
  })

  it('move out of the plain file when the keychain appears', async () => {
    await service.startKeyring('unlocked')
    await start().call({ call: 'set', name: 'a', value: 'old' })
    await service.stopKeyring()
    const away = start()
    await away.call({ call: 'set', name: 'a', value: 'newer' })
    await away.call({ call: 'set', name: 'b', value: 'b' })
    await service.startKeyring('unlocked')
    const back = start()
    expect(await back.call({ call: 'open' })).toMatchObject({ value: 'keychain' })
    expect(existsSync(join(home, 'secrets.json'))).toBe(false)
    expect((await back.call({ call: 'get', name: 'a' })).value).toBe('newer')
    expect((await back.call({ call: 'get', name: 'b' })).value).toBe('b')
  })

  it('stay in the plain file when it cannot be read, and the others work', async () => {
    await service.startKeyring('unlocked')
    await writeFile(join(home, 'secrets.json'), '{"half', { mode: 0o600 })
    const one = start()
    expect(await one.call({ call: 'open' })).toMatchObject({ value: 'keychain' })
    await one.call({ call: 'set', name: 'a', value: 'x' })
    expect((await one.call({ call: 'get', name: 'a' })).value).toBe('x')
    expect(await one.call({ call: 'get', name: 'b' })).toMatchObject({ error: 'settings-invalid' })
    expect(await readFile(join(home, 'secrets.json'), 'utf8')).toBe('{"half')
  })

  it('of a sealed file stay readable beside the keychain with its passphrase, and are told of without', async () => {
    const cron = start({ passphrase: 'p' })
    await cron.call({ call: 'set', name: 'a', value: 'sealed' })
    await service.startKeyring('unlocked')
    const desktop = start()
    expect(await desktop.call({ call: 'open' })).toMatchObject({ value: 'keychain' })
    expect(await desktop.call({ call: 'get', name: 'a' })).toMatchObject({
      error: 'secret-missing',
      data: { name: 'passphrase' },
    })
    const both = start({ passphrase: 'p' })
    expect(await both.call({ call: 'open' })).toMatchObject({ value: 'keychain' })
    expect((await both.call({ call: 'get', name: 'a' })).value).toBe('sealed')
    await both.call({ call: 'set', name: 'a', value: 'new' })
    expect((await desktop.call({ call: 'get', name: 'a' })).value).toBe('new')
    const later = start({ passphrase: 'p', keychain: 'off' })
    expect(await later.call({ call: 'get', name: 'a' })).toMatchObject({ error: 'keychain-unavailable' })
  })
})

// Where tests must be complete, a machine without these programs shall not pass by testing nothing.
it.runIf(process.platform === 'linux' && process.env.CI)('the programs of a Secret Service are there', () => {
  expect(present).toBe(true)
})
