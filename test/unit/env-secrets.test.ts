import { createHash } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRecordingLog } from '../../main/engine/env/fake/recording-log.ts'
import { createNodeEnv } from '../../main/engine/env/node/create-node-env.ts'
import { guardKeychain, type Keychain } from '../../main/engine/env/node/secrets/guarded-keychain.ts'
import { homeIdIn } from '../../main/engine/env/node/secrets/home-id.ts'
import { keychainStore } from '../../main/engine/env/node/secrets/keychain-store.ts'
import { openSecretStore } from '../../main/engine/env/node/secrets/open-secret-store.ts'
import { Secret, type SecretStore } from '../../main/engine/env/secrets.ts'
import { type SecretsProcess, startSecretsProcess } from '../servers/secret-service/secrets-process.ts'

let home: string
let log: ReturnType<typeof createRecordingLog>
const at = (name: string) => join(home, name)
const passphrase = new Secret('correct horse')

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'everstow-home-'))
  log = createRecordingLog()
})
afterEach(() => rm(home, { recursive: true }))

const openPlain = () => openSecretStore({ home, log, keychain: 'off' })
const openSealed = (with_ = passphrase) => openSecretStore({ home, log, keychain: 'off', passphrase: with_ })
const read = async (store: SecretStore, name: string) => (await store.get(name))?.reveal()

describe('a Secret', () => {
  it('prints *** wherever it ends up', () => {
    const secret = new Secret('hunter2')
    expect([
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }),
      String(secret),
      `${[secret]}`,
    ]).toEqual(['***', '{"secret":"***"}', '{ secret: *** }', '***', '***'])
    expect(Object.keys(secret)).toEqual([])
    expect(secret.reveal()).toBe('hunter2')
  })
})

describe.each([
  ['plain file', openPlain],
  ['sealed file', openSealed],
] as const)('secrets in a %s', (_name, open) => {
  it('are set, replaced, deleted, and there for the next process', async () => {
    const store = await open()
    expect(await store.get('a')).toBeUndefined()
    await store.set('a', new Secret('one'))
    await store.set('a', new Secret('pässwörd 🔑\n"'))
    await store.set('empty', new Secret(''))
    await store.set('constructor', new Secret('c'))
    const next = await open()
    expect(await read(next, 'a')).toBe('pässwörd 🔑\n"')
    expect(await read(next, 'empty')).toBe('')
    expect(await read(next, 'constructor')).toBe('c')
    expect(await next.get('toString')).toBeUndefined()
    expect(await next.delete('a')).toBe(true)
    expect(await next.delete('a')).toBe(false)
    expect(await store.get('a')).toBeUndefined()
  })

  it('are in a file of their owner alone, with nothing left beside it', async () => {
    const store = await open()
    await store.set('a', new Secret('one'))
    const file = store.kind === 'plain-file' ? 'secrets.json' : 'secrets.sealed'
    expect((await stat(at(file))).mode & 0o777).toBe(0o600)
    expect((await readdir(home)).filter((name) => !name.endsWith('.lock'))).toEqual([file])
  })

  it('do not get lost when many are set at once', async () => {
    const [one, two] = [await open(), await open()]
    const names = Array.from({ length: 12 }, (_, index) => `n${index}`)
    await Promise.all(names.map((name, index) => (index % 2 ? one : two).set(name, new Secret(name))))
    for (const name of names) expect(await read(one, name)).toBe(name)
  })

  it('leave no trace in the log', async () => {
    await (await open()).set('a', new Secret('cAnArY'))
    expect(log.text()).not.toMatch(/cAnArY|correct horse/)
  })
})

describe('secrets of two processes', () => {
  it.each([undefined, 'p'])('do not lose each other (passphrase: %s)', async (passphrase) => {
    const options = { home, env: process.env, keychain: 'off', passphrase } as const
    const processes: SecretsProcess[] = [startSecretsProcess(options), startSecretsProcess(options)]
    try {
      await Promise.all(
        processes.map(async (one, index) => {
          for (let step = 0; step < 8; step++) {
            const reply = await one.call({ call: 'set', name: `${index}.${step}`, value: 'x' })
            expect(reply).not.toHaveProperty('error')
          }
        }),
      )
      for (let step = 0; step < 8; step++) {
        for (const index of [0, 1]) {
          const reply = await processes[1 - index]!.call({ call: 'get', name: `${index}.${step}` })
          expect(reply.value).toBe('x')
        }
      }
    } finally {
      await Promise.all(processes.map((one) => one.stop()))
    }
  })
})

describe('the plain file', () => {
  it('is closed to others when it was open to them, and that is told', async () => {
    await (await openPlain()).set('a', new Secret('one'))
    await chmod(at('secrets.json'), 0o644)
    expect(await read(await openPlain(), 'a')).toBe('one')
    expect((await stat(at('secrets.json'))).mode & 0o777).toBe(0o600)
    expect(log.entries).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ mode: '644' }) }),
    )
  })

  it.each(['', '{', '[]', '{"version":2,"secrets":{}}', '{"version":1,"secrets":{"a":5}}'])(
    'that holds %j is refused and left alone',
    async (text) => {
      await writeFile(at('secrets.json'), text, { mode: 0o600 })
      const store = await openPlain()
      await expect(store.get('a')).rejects.toMatchObject({ code: 'settings-invalid' })
      await expect(store.set('a', new Secret('x'))).rejects.toMatchObject({ code: 'settings-invalid' })
      expect(await readFile(at('secrets.json'), 'utf8')).toBe(text)
    },
  )

  it('that is damaged is not quoted in the error', async () => {
    await writeFile(at('secrets.json'), '{"version":1,"secrets":{"a":"cAnArY', { mode: 0o600 })
    const error: unknown = await (await openPlain()).get('a').catch((caught) => caught)
    expect(inspect(error, { depth: 9 })).not.toContain('cAnArY')
  })

  it('moves into the sealed file when there is a passphrase', async () => {
    await (await openPlain()).set('a', new Secret('one'))
    const sealed = await openSealed()
    expect(sealed.kind).toBe('sealed-file')
    expect(await read(sealed, 'a')).toBe('one')
    expect(await readdir(home)).not.toContain('secrets.json')
  })
})

describe('the sealed file', () => {
  it('shows no secret, and another nonce each time', async () => {
    const store = await openSealed()
    await store.set('a', new Secret('cAnArY'))
    const first = await readFile(at('secrets.sealed'), 'utf8')
    expect(first).not.toContain('cAnArY')
    expect(Buffer.from(first.split('\n')[1]!, 'base64').toString('latin1')).not.toContain('cAnArY')
    await store.set('b', new Secret('x'))
    await store.delete('b')
    const third = await readFile(at('secrets.sealed'), 'utf8')
    expect(third.split('\n')[0]).toBe(first.split('\n')[0])
    expect(third.split('\n')[1]!.slice(0, 16)).not.toBe(first.split('\n')[1]!.slice(0, 16))
  })

  it('knows a wrong passphrase, for reading and for writing', async () => {
    await (await openSealed()).set('a', new Secret('one'))
    const before = await readFile(at('secrets.sealed'))
    const wrong = await openSealed(new Secret('correct hors'))
    await expect(wrong.get('a')).rejects.toMatchObject({ code: 'passphrase-wrong' })
    await expect(wrong.set('a', new Secret('two'))).rejects.toMatchObject({ code: 'passphrase-wrong' })
    await expect(wrong.delete('a')).rejects.toMatchObject({ code: 'passphrase-wrong' })
    expect((await readFile(at('secrets.sealed'))).equals(before)).toBe(true)
  })

  it('takes a passphrase composed or decomposed', async () => {
    await (await openSealed(new Secret('caf\u00e9'))).set('a', new Secret('one'))
    expect(await read(await openSealed(new Secret('cafe\u0301')), 'a')).toBe('one')
  })

  it('is not passed over where there is no passphrase, nor is a plain one started beside it', async () => {
    await (await openSealed()).set('a', new Secret('one'))
    const missing = { code: 'secret-missing', data: { name: 'passphrase', path: at('secrets.sealed') } }
    await expect(openPlain()).rejects.toMatchObject(missing)
    await expect(openSealed(new Secret(''))).rejects.toMatchObject(missing)
    const asked = openSecretStore({ home, log, keychain: 'off', passphrase: async () => undefined })
    await expect(asked).rejects.toMatchObject(missing)
    expect(await readdir(home)).not.toContain('secrets.json')
  })

  it('asks for the passphrase once', async () => {
    let asked = 0
    const prompt = async () => {
      asked++
      return passphrase
    }
    const store = await openSecretStore({ home, log, keychain: 'off', passphrase: prompt })
    await store.set('a', new Secret('one'))
    await store.get('a')
    expect(asked).toBe(1)
  })

  it('is refused when one character of it is changed, and is never read wrongly', async () => {
    const store = await openSealed()
    await store.set('a', new Secret('one'))
    const text = await readFile(at('secrets.sealed'), 'utf8')
    const body = text.indexOf('\n') + 1
    for (let index = body; index < text.length - 1; index++) {
      const other = text[index] === 'A' ? 'B' : 'A'
      await writeFile(at('secrets.sealed'), text.slice(0, index) + other + text.slice(index + 1))
      // The last characters of base64 may hold spare bits: the same bytes are no damage.
      const answer = await read(store, 'a').catch((error: { code: string }) => error.code)
      expect(answer === 'settings-invalid' || (answer === 'one' && index > text.length - 5)).toBe(true)
    }
    for (let length = body; length < text.length - 1; length += 3) {
      await writeFile(at('secrets.sealed'), text.slice(0, length))
      await expect(store.get('a')).rejects.toMatchObject({ code: 'settings-invalid' })
    }
  })

  it('is refused when its header is changed, weak or absurd costs before any work', async () => {
    const store = await openSealed()
    await store.set('a', new Secret('one'))
    const [line = '', body] = (await readFile(at('secrets.sealed'), 'utf8')).split('\n')
    const header = JSON.parse(line) as Record<string, unknown>
    const attempt = async (change: Record<string, unknown> | string) => {
      const text = typeof change === 'string' ? change : JSON.stringify({ ...header, ...change })
      await writeFile(at('secrets.sealed'), `${text}\n${body}\n`)
      const start = process.cpuUsage()
      const answer = await read(await openSealed(), 'a').catch((error: { code: string }) => error.code)
      const { user } = process.cpuUsage(start)
      return { answer, cpuMs: user / 1_000 }
    }
    const absurd = [
      { N: 2 ** 30 },
      { N: 1024 },
      { N: 2 ** 17 + 1 },
      { N: -1 },
      { N: '131072' },
      { r: 2 ** 20 },
      { r: 1 },
      { p: 1000 },
      { p: 0 },
      { kdf: 'none' },
      { version: 2 },
      { format: 'other' },
      { salt: 'x'.repeat(5000) },
      { salt: 5 },
      '',
      '{',
      'null',
      '[]',
      line.slice(1),
    ]
    for (const change of absurd) {
      const { answer, cpuMs } = await attempt(change)
      expect([change, answer]).toEqual([change, 'settings-invalid'])
      // No key was derived: that alone takes the processor longer.
      expect(cpuMs).toBeLessThan(200)
    }
    expect((await attempt({ salt: Buffer.alloc(32).toString('base64') })).answer).toBe('passphrase-wrong')
    expect((await attempt({ commit: '' })).answer).toBe('passphrase-wrong')
    // Nothing but the bytes differ: the header is sealed along.
    expect((await attempt(`${line.slice(0, -1)} }`)).answer).toBe('settings-invalid')
    expect((await attempt({})).answer).toBe('one')
  })
})

/** A keychain in memory that counts, and that fails on the call told. */
function memoryKeychain() {
  const entries = new Map<string, string>()
  const state = { entries, calls: 0, failAt: Number.POSITIVE_INFINITY }
  const step = async () => {
    if (++state.calls === state.failAt) throw new Error('gone')
  }
  const keychain: Keychain = {
    async getPassword(service, account) {
      await step()
      return entries.get(`${service}/${account}`) ?? null
    },
    async setPassword(service, account, password) {
      await step()
      if (Buffer.byteLength(password) > 2560 || password === '') throw new Error('Windows would refuse this')
      entries.set(`${service}/${account}`, password)
    },
    async deletePassword(service, account) {
      await step()
      return entries.delete(`${service}/${account}`)
    },
  }
  return { keychain, state }
}

describe('entries in a keychain', () => {
  const long = (letter: string) => `${letter}é`.repeat(3000)

  it('are cut to what Windows takes and leave nothing behind', async () => {
    const { keychain, state } = memoryKeychain()
    const store = keychainStore(keychain, 'everstow', homeIdIn(home))
    expect(await store.get('a')).toBeUndefined()
    expect(await store.delete('a')).toBe(false)
    expect(state.calls).toBe(0)
    for (const value of [long('x'), 'short', '', long('y'), 'p:not:parts', 'v:x']) {
      await store.set('a', new Secret(value))
      expect(await read(store, 'a')).toBe(value)
    }
    await store.set('a', new Secret(long('z')))
    expect(state.entries.size).toBeGreaterThan(3)
    expect(await store.delete('a')).toBe(true)
    expect(state.entries.size).toBe(0)
    await expect(store.set('a', new Secret('a\0b'))).rejects.toMatchObject({ code: 'invalid-input' })
  })

  it('hold the old value or the new one wherever a change breaks off', async () => {
    for (let failAt = 1; ; failAt++) {
      const { keychain, state } = memoryKeychain()
      const store = keychainStore(keychain, 'everstow', homeIdIn(home))
      await store.set('a', new Secret(long('x')))
      state.failAt = state.calls + failAt
      const failed = await store.set('a', new Secret(long('y'))).then(
        () => false,
        () => true,
      )
      state.failAt = Number.POSITIVE_INFINITY
      expect([long('x'), long('y')]).toContain(await read(store, 'a'))
      if (!failed) {
        expect(failAt).toBeGreaterThan(10)
        return
      }
    }
  })

  it('fail at once while a call hangs, and work again after it', async () => {
    const answers: (() => void)[] = []
    const hanging: Keychain = {
      getPassword: () => new Promise((resolve) => answers.push(() => resolve('v'))),
      setPassword: async () => {},
      deletePassword: async () => true,
    }
    const guarded = guardKeychain(hanging, 60)
    const calls = [
      guarded.getPassword('s', 'a'),
      guarded.getPassword('s', 'b'),
      guarded.setPassword('s', 'c', 'd'),
    ]
    for (const { status, reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[]) {
      expect([status, reason.code, reason.retry]).toEqual(['rejected', 'keychain-unavailable', 'wait'])
    }
    expect(answers).toHaveLength(1)
    await expect(guarded.deletePassword('s', 'a')).rejects.toMatchObject({ code: 'keychain-unavailable' })
    answers[0]!()
    await expect.poll(() => guarded.deletePassword('s', 'a').catch(() => false)).toBe(true)
  })

  it('belong to the id of the home, of which there is one even in a race', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => homeIdIn(home).make()))
    expect(new Set(ids).size).toBe(1)
    expect(ids[0]).toMatch(/^[0-9a-f]{16}$/)
    expect(await homeIdIn(home).find()).toBe(ids[0])
  })
})

describe('createNodeEnv', () => {
  it('makes the home for its owner alone and opens no secrets by itself', async () => {
    const inner = join(home, 'a', 'b')
    let asked = 0
    const env = await createNodeEnv({
      home: inner,
      keychain: 'off',
      logDestination: join(inner, 'logs', 'everstow.log'),
      passphrase: async () => {
        asked++
        return passphrase
      },
    })
    expect((await stat(inner)).mode & 0o777).toBe(0o700)
    expect(asked).toBe(0)
    expect(env.secrets.kind).toBe('sealed-file')
    await env.secrets.set('a', new Secret('one'))
    expect(asked).toBe(1)
    expect((await env.openSecrets()).kind).toBe('sealed-file')
    env.log.area('test').info('hello')
    expect(await readFile(join(inner, 'logs', 'everstow.log'), 'utf8')).toContain('hello')
  })

  it('tells where secrets lie once they are open, and opens again after a failure', async () => {
    await (await openSealed()).set('a', new Secret('one'))
    let given: Secret | undefined
    const env = await createNodeEnv({
      home,
      keychain: 'off',
      logDestination: 'none',
      passphrase: async () => given,
    })
    await expect(env.secrets.get('a')).rejects.toMatchObject({ code: 'secret-missing' })
    given = passphrase
    expect(await read(env.secrets, 'a')).toBe('one')
    expect(env.secrets.kind).toBe('sealed-file')
  })

  it('uses cost that is worth a guess: the sealed file of one passphrase differs each time', async () => {
    const digests = new Set<string>()
    for (let round = 0; round < 2; round++) {
      await (await openSealed()).set('a', new Secret('one'))
      const text = await readFile(at('secrets.sealed'))
      expect(JSON.parse(text.toString().split('\n')[0]!)).toMatchObject({
        kdf: 'scrypt',
        N: 32768,
        r: 8,
        p: 3,
      })
      digests.add(createHash('sha256').update(text).digest('hex'))
      await rm(at('secrets.sealed'))
    }
    expect(digests.size).toBe(2)
  })
})
