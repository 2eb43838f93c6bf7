import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { S3ServerOptions } from '../servers/s3/options.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { frameSigned, type RawRequest, sendRaw } from '../servers/s3/raw-client.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { childText, parseXml } from '../servers/s3/xml.ts'

// The strictness of the server itself: what a client gets wrong must be refused as the real service refuses it.
let server: S3Server
const start = async (options: S3ServerOptions = {}) => {
  await server?.close()
  server = await startS3Server(options)
}
beforeEach(() => start())
afterEach(() => server.close())

const at = (key: string, query = '') => `/${TEST_BUCKET}/${key}${query}`
const ask = (raw: RawRequest) => sendRaw(server, raw)
const put = (key: string, body = 'hello', more: Partial<RawRequest> = {}) =>
  ask({ method: 'PUT', target: at(key), body, ...more })
const get = (key: string, more: Partial<RawRequest> = {}) => ask({ method: 'GET', target: at(key), ...more })
const base64 = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('base64')

describe('who asks', () => {
  const wrongSecret = { ...TEST_CREDENTIAL, secretAccessKey: 'other' }
  const minutes = (count: number) => Date.now() + count * 60_000

  it.each<[string, Partial<RawRequest>, number, string]>([
    [
      'an unknown key',
      { credential: { ...TEST_CREDENTIAL, accessKeyId: 'NOBODY' } },
      403,
      'InvalidAccessKeyId',
    ],
    ['a wrong secret', { credential: wrongSecret }, 403, 'SignatureDoesNotMatch'],
    ['no signature', { unsigned: { authorization: '' } }, 400, 'AuthorizationHeaderMalformed'],
    ['a token nobody gave', { credential: { ...TEST_CREDENTIAL, sessionToken: 'x' } }, 400, 'InvalidToken'],
    ['another region', { region: 'eu-west-1' }, 400, 'AuthorizationHeaderMalformed'],
    ['a clock 16 minutes late', { nowMs: minutes(-16) }, 403, 'RequestTimeTooSkewed'],
    ['a clock 16 minutes early', { nowMs: minutes(16) }, 403, 'RequestTimeTooSkewed'],
    ['a header that is not signed', { unsigned: { 'x-amz-acl': 'private' } }, 403, 'AccessDenied'],
    ['a payload hash of another kind', { payloadHash: 'nonsense' }, 400, 'InvalidArgument'],
    ['an operation nobody has', { method: 'GET', target: at('k', '?torrent') }, 501, 'NotImplemented'],
  ])('is refused with %s', async (_, more, status, code) => {
    expect(await put('k', 'hello', more)).toMatchObject({ status, code })
    expect(server.objects().size).toBe(0)
  })

  it('may be 14 minutes off', async () => {
    expect((await put('k', 'hello', { nowMs: minutes(-14) })).status).toBe(200)
  })

  it('needs the token of a temporary key', async () => {
    const credential = { ...TEST_CREDENTIAL, sessionToken: 'token' }
    await start({ credentials: [credential] })
    expect((await put('k', 'hello', { credential })).status).toBe(200)
    expect(await put('k')).toMatchObject({ status: 400, code: 'InvalidToken' })
  })

  it('is held to what was denied', async () => {
    const allow = server.permissions.deny({ action: 's3:PutObject', key: /^secret\// })
    expect(await put('secret/k')).toMatchObject({ status: 403, code: 'AccessDenied' })
    expect((await put('open/k')).status).toBe(200)
    allow()
    expect((await put('secret/k')).status).toBe(200)
  })
})

describe('what is sent', () => {
  it.each<[string, Partial<RawRequest>, string]>([
    ['another body than was signed', { frame: () => 'hellO' }, 'XAmzContentSHA256Mismatch'],
    ['another MD5', { headers: { 'content-md5': base64('md5', 'hellO') } }, 'BadDigest'],
    ['an MD5 that is none', { headers: { 'content-md5': 'short' } }, 'InvalidDigest'],
    ['another SHA-256', { headers: { 'x-amz-checksum-sha256': base64('sha256', 'x') } }, 'BadDigest'],
    [
      'a checksum it cannot verify',
      { headers: { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' } },
      'NotImplemented',
    ],
    ['too much metadata', { headers: { 'x-amz-meta-a': 'x'.repeat(2048) } }, 'MetadataTooLarge'],
    ['an unknown encryption', { headers: { 'x-amz-server-side-encryption': 'rot13' } }, 'InvalidArgument'],
    ['a key of 1,025 bytes', { target: at('k'.repeat(1025)) }, 'KeyTooLongError'],
    ['a bucket that is not there', { target: '/elsewhere/k' }, 'NoSuchBucket'],
  ])('is refused with %s', async (_, more, code) => {
    expect((await put('k', 'hello', more)).code).toBe(code)
    expect(server.objects().size).toBe(0)
  })

  it('is kept with its checksums where they are right', async () => {
    const md5 = base64('md5', 'hello')
    const sha256 = base64('sha256', 'hello')
    const headers = { 'content-md5': md5, 'x-amz-checksum-sha256': sha256, 'x-amz-meta-colour': 'green' }
    expect((await put('k', 'hello', { headers })).status).toBe(200)
    const answer = await get('k', { headers: { 'x-amz-checksum-mode': 'ENABLED' } })
    expect(answer).toMatchObject({
      body: 'hello',
      headers: {
        'x-amz-checksum-sha256': sha256,
        'x-amz-meta-colour': 'green',
        etag: '"5d41402abc4b2a76b9719d911017c592"',
      },
    })
  })

  it('may come in signed chunks with a trailer, and is kept without the framing', async () => {
    const trailers = { 'x-amz-checksum-sha256': base64('sha256', 'hello world') }
    const more: Partial<RawRequest> = {
      payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      headers: { 'x-amz-decoded-content-length': '11', 'x-amz-trailer': 'x-amz-checksum-sha256' },
      frame: (signing) => frameSigned(signing, ['hello ', 'world'], trailers),
    }
    expect((await put('k', '', more)).status).toBe(200)
    expect((await server.objects().get('k')?.bytes())?.toString()).toBe('hello world')
    const wrong = { 'x-amz-checksum-sha256': base64('sha256', 'other') }
    const spoiled = await put('l', '', {
      ...more,
      frame: (signing) => frameSigned(signing, ['hello ', 'world'], wrong),
    })
    expect(spoiled.code).toBe('BadDigest')
    const short = await put('l', '', {
      ...more,
      headers: { ...more.headers, 'x-amz-decoded-content-length': '12' },
    })
    expect(short.code).toBe('IncompleteBody')
    expect(server.objects().has('l')).toBe(false)
  })
})

describe('conditions', () => {
  const onlyIfAbsent = { headers: { 'if-none-match': '*' } }

  it('let exactly one of many writers create', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => put('k', `${index}`, onlyIfAbsent)),
    )
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([200, ...Array(19).fill(412)])
    const winner = answers.findIndex(({ status }) => status === 200)
    expect((await get('k')).body).toBe(String(winner))
  })

  it('protect against lost updates and stale reads', async () => {
    const etag = String((await put('k', 'one')).headers.etag)
    expect((await put('k', 'two', { headers: { 'if-match': etag } })).status).toBe(200)
    expect(await put('k', 'three', { headers: { 'if-match': etag } })).toMatchObject({
      code: 'PreconditionFailed',
    })
    expect(await get('k', { headers: { 'if-match': etag } })).toMatchObject({ status: 412 })
    expect(await put('gone', 'x', { headers: { 'if-match': etag } })).toMatchObject({ status: 404 })
  })

  it('are refused or ignored by services that do so', async () => {
    await start({ flavour: 'b2' })
    expect(await put('k', 'x', onlyIfAbsent)).toMatchObject({ status: 501, code: 'NotImplemented' })
    await start({ conditionalWrites: 'ignored' })
    await put('k', 'one', onlyIfAbsent)
    expect((await put('k', 'two', onlyIfAbsent)).status).toBe(200)
  })
})

describe('reading', () => {
  beforeEach(async () => {
    await put('k', '0123456789')
  })

  it.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['lines=1-2', 200, '0123456789', undefined],
  ])('of %s', async (range, status, body, contentRange) => {
    const answer = await get('k', { headers: { range } })
    expect(answer).toMatchObject({ status, body })
    expect(answer.headers['content-range']).toBe(contentRange)
  })

  it('refuses a range behind the end, a missing key, a missing version', async () => {
    expect(await get('k', { headers: { range: 'bytes=10-' } })).toMatchObject({
      status: 416,
      code: 'InvalidRange',
    })
    expect(await get('none')).toMatchObject({ status: 404, code: 'NoSuchKey' })
    expect(await get('k?versionId=x')).toMatchObject({ status: 404, code: 'NoSuchVersion' })
  })
})

describe('listing', () => {
  const list = async (query: string) =>
    parseXml((await ask({ method: 'GET', target: `/${TEST_BUCKET}?list-type=2${query}` })).body)
  const keysOf = (root: ReturnType<typeof parseXml>, parent = 'Contents', name = 'Key') =>
    root.children.filter((child) => child.name === parent).map((child) => childText(child, name))

  it('goes by the bytes of the keys, page by page', async () => {
    const keys = ['a', 'a/b', 'a b', 'é', '\u{ffff}', '😀', 'z+']
    for (const key of keys) await put(encodeURIComponent(key))
    const found: (string | undefined)[] = []
    let token = ''
    do {
      const page = await list(`&max-keys=3${token && `&continuation-token=${token}`}`)
      found.push(...keysOf(page))
      token = childText(page, 'NextContinuationToken') ?? ''
    } while (token)
    expect(found).toEqual(keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
    expect(keysOf(await list('&encoding-type=url&prefix=a%20'))).toEqual(['a+b'])
    expect(keysOf(await list('&encoding-type=url&prefix=z'))).toEqual(['z%2B'])
    expect(keysOf(await list('&start-after=a%2Fb&max-keys=1'))).toEqual(['z+'])
  })

  it('folds keys at a delimiter', async () => {
    for (const key of ['a/1', 'a/2', 'b', 'c/1']) await put(key)
    const first = await list('&delimiter=%2F&max-keys=2')
    expect(keysOf(first, 'CommonPrefixes', 'Prefix')).toEqual(['a/'])
    expect(keysOf(first)).toEqual(['b'])
    const rest = await list(`&delimiter=%2F&continuation-token=${childText(first, 'NextContinuationToken')}`)
    expect(keysOf(rest, 'CommonPrefixes', 'Prefix')).toEqual(['c/'])
  })

  it('refuses tokens that are made up, and the first version of listings', async () => {
    const target = `/${TEST_BUCKET}?list-type=2&continuation-token=abc`
    expect(await ask({ method: 'GET', target })).toMatchObject({ status: 400, code: 'InvalidArgument' })
    expect(await ask({ method: 'GET', target: `/${TEST_BUCKET}` })).toMatchObject({ status: 501 })
  })
})

describe('deleting', () => {
  const body = '<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>'
  const target = `/${TEST_BUCKET}?delete`

  it('of many keys needs a digest', async () => {
    for (const key of ['a', 'b', 'c']) await put(key)
    expect(await ask({ method: 'POST', target, body })).toMatchObject({ status: 400, code: 'InvalidRequest' })
    const headers = { 'content-md5': base64('md5', body) }
    expect((await ask({ method: 'POST', target, body, headers })).status).toBe(200)
    expect([...server.objects().keys()]).toEqual(['c'])
    expect((await ask({ method: 'DELETE', target: at('none') })).status).toBe(204)
  })

  it('leaves a marker in a versioned bucket, which can be taken away again', async () => {
    await start({ versioning: 'Enabled' })
    const first = String((await put('k', 'one')).headers['x-amz-version-id'])
    await put('k', 'two')
    const marker = (await ask({ method: 'DELETE', target: at('k') })).headers['x-amz-version-id']
    expect(await get('k')).toMatchObject({ status: 404 })
    expect((await get(`k?versionId=${first}`)).body).toBe('one')
    expect(server.versionCount()).toBe(3)
    await ask({ method: 'DELETE', target: at('k', `?versionId=${marker}`) })
    expect((await get('k')).body).toBe('two')
  })
})

describe('uploads in parts', () => {
  const begin = async (key: string) => {
    const { body } = await ask({ method: 'POST', target: at(key, '?uploads') })
    return childText(parseXml(body), 'UploadId') ?? ''
  }
  const part = (id: string, number: number, body: string) =>
    ask({ method: 'PUT', target: at('k', `?partNumber=${number}&uploadId=${id}`), body })
  const complete = (id: string, parts: readonly [number, string][]) => {
    const inner = parts.map(([n, tag]) => `<Part><PartNumber>${n}</PartNumber><ETag>${tag}</ETag></Part>`)
    const body = `<CompleteMultipartUpload>${inner.join('')}</CompleteMultipartUpload>`
    return ask({ method: 'POST', target: at('k', `?uploadId=${id}`), body })
  }
  const tag = (text: string) => `&quot;${createHash('md5').update(text).digest('hex')}&quot;`

  it('become one object with the tag of their tags', async () => {
    await start({ minPartBytes: 3 })
    const id = await begin('k')
    await part(id, 2, 'def')
    await part(id, 1, 'abc')
    await part(id, 3, 'g')
    const done = await complete(id, [
      [1, tag('abc')],
      [2, tag('def')],
      [3, tag('g')],
    ])
    const md5s = ['abc', 'def', 'g'].map((text) => createHash('md5').update(text).digest())
    const expected = `"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-3"`
    expect(childText(parseXml(done.body), 'ETag')).toBe(expected)
    expect((await get('k', { headers: { range: 'bytes=2-5' } })).body).toBe('cdef')
    expect(server.openUploads()).toEqual([])
  })

  it.each<[string, [number, string][], string]>([
    ['a tag that differs', [[1, tag('other')]], 'InvalidPart'],
    ['a part that never came', [[3, tag('abc')]], 'InvalidPart'],
    [
      'parts out of order',
      [
        [2, tag('def')],
        [1, tag('abc')],
      ],
      'InvalidPartOrder',
    ],
    [
      'a small part that is not the last',
      [
        [1, tag('abc')],
        [2, tag('def')],
      ],
      'EntityTooSmall',
    ],
    ['no parts', [], 'MalformedXML'],
  ])('are refused with %s', async (_, parts, code) => {
    const id = await begin('k')
    await part(id, 1, 'abc')
    await part(id, 2, 'def')
    expect((await complete(id, parts)).code).toBe(code)
    expect(server.objects().size).toBe(0)
  })

  it('are listed, and gone once aborted', async () => {
    const id = await begin('k')
    await part(id, 1, 'abc')
    expect(await part(id, 0, 'abc')).toMatchObject({ code: 'InvalidArgument' })
    const listed = parseXml((await get(`k?uploadId=${id}`)).body)
    expect(listed.children.filter(({ name }) => name === 'Part')).toHaveLength(1)
    expect((await ask({ method: 'DELETE', target: at('k', `?uploadId=${id}`) })).status).toBe(204)
    expect(await part(id, 1, 'abc')).toMatchObject({ status: 404, code: 'NoSuchUpload' })
  })
})

describe('faults', () => {
  it('strike as often as they are told, and only what matches', async () => {
    const fault = server.faults.add({
      match: { operation: 'PutObject', key: /^k/ },
      kind: 'status',
      status: 503,
      retryAfter: '7',
      times: 1,
    })
    expect(await put('other')).toMatchObject({ status: 200 })
    expect(await put('k')).toMatchObject({ status: 503, code: 'SlowDown', headers: { 'retry-after': '7' } })
    expect(await put('k')).toMatchObject({ status: 200 })
    expect(fault.strikes()).toBe(1)
  })

  it('cut before the work, midway, or after it', async () => {
    const applied = { 'reset-before': false, 'reset-midway': false, 'reset-after': true }
    for (const [kind, there] of Object.entries(applied)) {
      server.faults.add({ kind: kind as keyof typeof applied, times: 1 })
      await expect(put(kind)).rejects.toMatchObject({ code: 'ECONNRESET' })
      expect([kind, server.objects().has(kind)]).toEqual([kind, there])
    }
  })

  it('strike by seeded chance, the same way for the same seed', async () => {
    const run = async () => {
      await start({ seed: 7 })
      server.faults.add({ kind: 'status', status: 500, probability: 0.5 })
      const statuses: number[] = []
      for (let index = 0; index < 20; index++) statuses.push((await put('k')).status)
      return statuses
    }
    const first = await run()
    expect(new Set(first)).toEqual(new Set([200, 500]))
    expect(await run()).toEqual(first)
  })

  it('are told in the log of requests', async () => {
    await put('k')
    await get('none')
    expect(server.requests.map(({ operation, status, code }) => [operation, status, code])).toEqual([
      ['PutObject', 200, undefined],
      ['GetObject', 404, 'NoSuchKey'],
    ])
    expect(server.count('PutObject')).toBe(1)
  })
})

describe('buckets', () => {
  it('are made, asked about and removed', async () => {
    const bucket = (method: string, name: string, query = '') => ask({ method, target: `/${name}${query}` })
    expect((await bucket('PUT', 'new-bucket')).status).toBe(200)
    expect(await bucket('PUT', 'new-bucket')).toMatchObject({ code: 'BucketAlreadyOwnedByYou' })
    expect(await bucket('PUT', 'No')).toMatchObject({ code: 'InvalidBucketName' })
    expect((await bucket('HEAD', 'new-bucket')).status).toBe(200)
    expect(await bucket('GET', 'new-bucket', '?object-lock')).toMatchObject({
      status: 404,
      code: 'ObjectLockConfigurationNotFoundError',
    })
    await ask({ method: 'PUT', target: '/new-bucket/k', body: 'x' })
    expect(await bucket('DELETE', 'new-bucket')).toMatchObject({ status: 409, code: 'BucketNotEmpty' })
    await ask({ method: 'DELETE', target: '/new-bucket/k' })
    expect((await bucket('DELETE', 'new-bucket')).status).toBe(204)
    expect((await bucket('HEAD', 'new-bucket')).status).toBe(404)
  })
})
