import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogLevels } from '../../main/engine/env/log.ts'
import { loggableFields, redactText } from '../../main/engine/env/log-fields.ts'
import { openLogFile } from '../../main/engine/env/node/log-file.ts'
import { createLog, createNodeLog } from '../../main/engine/env/node/node-log.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'

const CANARY = 'cAnArY-7f3e'

/** A log into memory, and what it wrote. */
function memoryLog(levels: LogLevels = { default: 'debug' }) {
  const lines: string[] = []
  const log = createLog(levels, () => ({ write: (line: string) => void lines.push(line) }))
  return { log, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> }
}

describe('log lines', () => {
  it('are JSON with level, time, area, message and fields', () => {
    const { log, lines, last } = memoryLog()
    log.area('storage').info('object put', { key: 'a/b', sizeBytes: 12 })
    expect(last()).toMatchObject({
      level: 'info',
      area: 'storage',
      msg: 'object put',
      key: 'a/b',
      sizeBytes: 12,
    })
    expect(last().time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    expect(lines[0]!.endsWith('}\n')).toBe(true)
    log.error('plain')
    expect(last()).not.toHaveProperty('area')
  })

  it('keep a level for each area', () => {
    const { log, lines } = memoryLog({ default: 'warn', storage: 'debug', noisy: 'silent' })
    log.info('no')
    log.area('delivery').info('no')
    log.area('toString').info('no')
    log.area('noisy').error('no')
    log.area('storage').debug('yes')
    log.area('delivery').area('storage').debug('yes')
    log.warn('yes')
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['yes', 'yes', 'yes'])
  })

  it('have each key once, whatever a field is called', () => {
    const { log, lines, last } = memoryLog()
    log.area('a').info('m', { level: 1, time: 2, area: 3, msg: 4, pid: 5, err: { type: 'x', message: 'y' } })
    expect(last()).toMatchObject({
      level: 'info',
      area: 'a',
      msg: 'm',
      level_: 1,
      time_: 2,
      area_: 3,
      msg_: 4,
      pid_: 5,
    })
    expect(last().err).toEqual({ type: 'x', message: 'y' })
    expect(lines[0]!.match(/"level":/g)).toHaveLength(1)
  })
})

describe('secrets in log fields', () => {
  it.each<[string, Record<string, unknown>]>([
    ['a Secret', { value: new Secret(CANARY) }],
    ['a Secret deep down', { a: [{ b: new Map([['c', new Set([new Secret(CANARY)])]]) }] }],
    [
      'a Secret in the cause of a cause',
      { error: new Error('x', { cause: new Error('y', { cause: { s: new Secret(CANARY) } }) }) },
    ],
    ['a Secret on an error', { error: Object.assign(new Error('x'), { s: new Secret(CANARY) }) }],
    ['a Secret in a template', { text: `value ${new Secret(CANARY)}` }],
    ['password', { password: CANARY }],
    ['secretAccessKey', { credentials: { secretAccessKey: CANARY } }],
    ['accessKeyId', { accessKeyId: CANARY }],
    ['connection_string', { connection_string: CANARY }],
    ['Authorization', { headers: { Authorization: `AWS4-HMAC ${CANARY}` } }],
    ['x-amz-security-token', { headers: { 'x-amz-security-token': CANARY } }],
    ['set-cookie', { headers: { 'set-cookie': [CANARY] } }],
    ['AccountKey', { 'Account-Key': CANARY }],
    ['sasToken', { sasToken: CANARY }],
    ['serviceAccountJson', { serviceAccountJson: { private_key: CANARY } }],
    ['a URL', { url: `postgres://user:${CANARY}@host:5432/db` }],
    ['a URL object', { url: new URL(`https://user:${CANARY}@host/`) }],
    ['a password with a slash', { url: `postgres://user:a/${CANARY}@host/db` }],
    ['a password with an at', { url: `postgres://user:a@${CANARY}@host/db` }],
    ['a user alone', { url: `https://${CANARY}@host/` }],
    ['an error that quotes a URL', { error: new Error(`connect to postgres://u:${CANARY}@h failed`) }],
    ['a signed URL', { url: `https://a.blob.core.windows.net/c/b?sv=1&sig=${CANARY}&se=2` }],
    ['an S3 signed URL', { url: `https://b.s3.amazonaws.com/k?X-Amz-Signature=${CANARY}&X-Amz-Date=1` }],
    ['a security token in a URL', { url: `https://b.s3.amazonaws.com/k?X-Amz-Security-Token=${CANARY}` }],
    [
      'a connection string',
      { error: new Error(`bad: AccountName=a;AccountKey=${CANARY}==;EndpointSuffix=x`) },
    ],
    ['a libpq string', { text: `host=h password=${CANARY} dbname=d` }],
    ['an environment line', { text: `AWS_SECRET_ACCESS_KEY=${CANARY}` }],
    ['JSON in a message', { error: new Error(`got {"type":"x","client_secret":"${CANARY}"}`) }],
    ['a bearer token', { text: `sent Bearer ${CANARY}.abc` }],
    ['a private key', { text: `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----` }],
    ['half a private key', { text: `-----BEGIN RSA PRIVATE KEY-----\n${CANARY}` }],
    [
      'a socket-like object',
      {
        socket: new (class Client {
          password_ = CANARY
        })(),
      },
    ],
    ['bytes', { body: Buffer.from(CANARY) }],
    ['an aggregate', { error: new AggregateError([new Error(`password=${CANARY}`)], 'all failed') }],
    [
      'our data',
      { error: new EverstowError('internal', { data: { token: CANARY }, message: `token=${CANARY}` }) },
    ],
  ])('%s is masked', (_name, fields) => {
    const { log, lines } = memoryLog()
    log.error('failed', fields)
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toContain(CANARY)
  })

  it('a message is cleaned too', () => {
    const { log, last } = memoryLog()
    log.info(`reading https://u:${CANARY}@h/`)
    expect(last().msg).toBe('reading https://***@h/')
  })

  it('leaves alone what is no secret', () => {
    const fields = {
      url: 'https://127.0.0.1:9000/bucket/a@b.txt',
      s3: 's3://bucket/key@2.txt',
      secretKind: 'keychain',
      secretName: 'accessKeyId',
      credentialsFile: '/etc/key.json',
      tokenCount: 3,
      hasPassword: true,
      key: 'archives/x.tar.gz',
      mail: 'someone@example.org',
    }
    expect(loggableFields(fields)).toEqual(fields)
  })

  it('hides a password of any shape in a URL of any scheme', () => {
    fc.assert(
      fc.property(fc.webFragments(), fc.constantFrom('postgres', 'https', 's3'), (middle, scheme) => {
        const shown = redactText(`failed: ${scheme}://user:${encodeURIComponent(middle)}${CANARY}@host/path`)
        return !shown.includes(CANARY) && shown.endsWith('@host/path')
      }),
    )
  })

  it('shows no half of a secret where a long text is cut, and stays quick', () => {
    const url = `postgres://user:${CANARY}${'x'.repeat(300)}@host/db `
    for (let lead = 8192 - 400; lead < 8192 + 10; lead += 7) {
      expect(redactText(`${'word '.repeat(lead / 5)}${url}${'more '.repeat(200)}`)).not.toContain(CANARY)
    }
    expect(redactText(`postgres://u:${CANARY}${'x'.repeat(9000)}`)).not.toContain(CANARY)
    const start = process.cpuUsage()
    redactText('://a:'.repeat(100_000))
    redactText('password'.repeat(100_000))
    redactText(`-----BEGIN PRIVATE KEY-----${'-----BEGIN PRIVATE KEY----- '.repeat(10_000)}`)
    // Some milliseconds; what is quadratic takes minutes.
    expect(process.cpuUsage(start).user).toBeLessThan(10_000_000)
  })
})

describe('shapes of log fields', () => {
  it('show our errors as code, data and retry, and causes to the end', () => {
    const system = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', errno: -28, path: '/x' })
    const error = new EverstowError('disk-full', { data: { path: '/x' }, cause: system })
    expect(loggableFields({ error }).error).toMatchObject({
      code: 'disk-full',
      data: { path: '/x' },
      retry: 'never',
      cause: { type: 'Error', message: 'ENOSPC: no space', code: 'ENOSPC', errno: -28, path: '/x' },
    })
    expect(loggableFields({ error }).error).not.toHaveProperty('stack')
    const unforeseen = loggableFields({ error: new EverstowError('internal') }).error
    expect(unforeseen).toMatchObject({ stack: expect.stringContaining('env-log.test') })
  })

  it('bear cycles, depth, size and odd values', () => {
    const ring: Record<string, unknown> = { name: 'ring' }
    ring.self = ring
    const looped = new Error('loop')
    looped.cause = looped
    let deep: unknown = 'bottom'
    for (let level = 0; level < 1000; level++) deep = { deep }
    const twice = { a: 1 }
    const shown = loggableFields({
      ring,
      looped,
      deep,
      many: new Array(5000).fill(1),
      long: 'word '.repeat(10_000),
      big: 10n ** 20n,
      nothing: null,
      absent: undefined,
      date: new Date(0),
      bad: new Date(Number.NaN),
      run: () => 1,
      sign: Symbol('s'),
      both: [twice, twice],
    })
    expect(JSON.stringify(shown).length).toBeLessThan(12_000)
    expect(shown).toMatchObject({
      ring: { name: 'ring', self: '<circular>' },
      looped: { message: 'loop', cause: '<circular>' },
      big: '100000000000000000000',
      nothing: null,
      date: '1970-01-01T00:00:00.000Z',
      bad: 'Invalid Date',
      both: [{ a: 1 }, { a: 1 }],
    })
    expect(shown).not.toHaveProperty('absent')
    expect(shown).not.toHaveProperty('run')
  })

  it('bear anything at all', () => {
    const { log, lines } = memoryLog()
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string(),
          fc.anything({
            withMap: true,
            withSet: true,
            withNullPrototype: true,
            withBigInt: true,
            withDate: true,
            withTypedArray: true,
          }),
        ),
        (fields) => {
          log.info('anything', fields)
          return JSON.parse(lines.at(-1)!).msg === 'anything'
        },
      ),
    )
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('bear a getter that throws', () => {
    const { log, last } = memoryLog()
    const fields = Object.defineProperty({}, 'trap', {
      enumerable: true,
      get() {
        throw new Error('sprung')
      },
    })
    log.info('still written', { fields })
    expect(last().msg).toBe('still written')
  })
})

describe('log file', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everstow-log-'))
    path = join(folder, 'logs', 'everstow.log')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is made for its owner alone, and is appended to', async () => {
    for (const word of ['one', 'two']) createNodeLog({ default: 'info' }, { path }).info(word)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const lines = (await readFile(path, 'utf8')).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['one', 'two'])
  })

  it('is rotated by size and keeps so many files', async () => {
    const file = openLogFile(path, 100, 3)
    for (let number = 0; number < 50; number++)
      file.write(`line ${String(number).padStart(3, '0')} ${'.'.repeat(11)}\n`)
    file.close()
    expect((await readdir(join(folder, 'logs'))).sort()).toEqual([
      'everstow.log',
      'everstow.log.1',
      'everstow.log.2',
    ])
    const kept: string[] = []
    for (const name of ['everstow.log.2', 'everstow.log.1', 'everstow.log']) {
      const text = await readFile(join(folder, 'logs', name), 'utf8')
      expect(text.length).toBeLessThanOrEqual(100)
      kept.push(...text.trim().split('\n'))
    }
    const numbers = kept.map((line) => Number(line.slice(5, 8)))
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => 50 - numbers.length + index))
    expect(numbers.length).toBeGreaterThanOrEqual(9)
  })

  it('follows when another process has rotated it', async () => {
    const [ours, theirs] = [openLogFile(path, 60, 3), openLogFile(path, 60, 3)]
    for (let round = 0; round < 3; round++) {
      ours.write(`ours ${round} ${'.'.repeat(20)}\n`)
      theirs.write(`theirs ${round} ${'.'.repeat(18)}\n`)
    }
    ours.close()
    theirs.close()
    const texts = await Promise.all(['.2', '.1', ''].map((end) => readFile(path + end, 'utf8')))
    expect(texts.join('').match(/(ours|theirs) \d/g)).toEqual([
      'ours 0',
      'theirs 0',
      'ours 1',
      'theirs 1',
      'ours 2',
      'theirs 2',
    ])
  })

  it('never fails its caller, and tells what was lost', async () => {
    const file = openLogFile(path, 1000, 3)
    file.write('first\n')
    file.close()
    await rename(join(folder, 'logs'), join(folder, 'away'))
    await writeFile(join(folder, 'logs'), 'a file where the folder should be')
    file.write('lost\n')
    file.write('lost\n')
    await rm(join(folder, 'logs'))
    file.write('back\n')
    file.close()
    expect(await readFile(path, 'utf8')).toBe(
      '{"level":"warn","msg":"log lines were lost","count":2}\nback\n',
    )
  })
})
