import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createChecksum } from '../servers/s3/checksums.ts'
import { decodeChunked } from '../servers/s3/chunked.ts'
import { TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { frameSigned } from '../servers/s3/raw-client.ts'
import {
  canonicalRequest,
  parseAuthorization,
  signChunk,
  signRequest,
  signTrailer,
} from '../servers/s3/signature.ts'
import { childText, element, parseXml } from '../servers/s3/xml.ts'

// The examples of "Authenticating Requests (AWS Signature Version 4)" in the S3 API reference, with their published keys, dates and signatures.
const TIMESTAMP = '20130524T000000Z'
const EMPTY = createHash('sha256').update('').digest('hex')
const scope = (signedHeaders: readonly string[]) => ({
  date: '20130524',
  region: 'us-east-1',
  service: 's3',
  signedHeaders,
})
const sign = (request: Parameters<typeof signRequest>[0], payloadHash: string) =>
  signRequest(
    request,
    scope(Object.keys(request.headers).sort()),
    TEST_CREDENTIAL.secretAccessKey,
    TIMESTAMP,
    payloadHash,
  )
const headers = (more: Record<string, string>) => ({
  host: 'examplebucket.s3.amazonaws.com',
  'x-amz-date': TIMESTAMP,
  ...more,
})

describe('signature version 4, the published examples', () => {
  it('GET of an object with a range', () => {
    const request = {
      method: 'GET',
      target: '/test.txt',
      headers: headers({ range: 'bytes=0-9', 'x-amz-content-sha256': EMPTY }),
    }
    expect(sign(request, EMPTY).seedSignature).toBe(
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    )
  })

  it('PUT of an object whose name needs encoding', () => {
    const payloadHash = createHash('sha256').update('Welcome to Amazon S3.').digest('hex')
    const request = {
      method: 'PUT',
      target: '/test%24file.text',
      headers: headers({
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-content-sha256': payloadHash,
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      }),
    }
    const published = '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd'
    expect(sign(request, payloadHash).seedSignature).toBe(published)
    expect(sign({ ...request, target: '/test$file.text' }, payloadHash).seedSignature).toBe(published)
  })

  it('GET of a setting, whose query has no value', () => {
    const request = {
      method: 'GET',
      target: '/?lifecycle',
      headers: headers({ 'x-amz-content-sha256': EMPTY }),
    }
    expect(sign(request, EMPTY).seedSignature).toBe(
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    )
  })

  it('GET of a listing, whatever the order of the query', () => {
    const published = '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'
    for (const target of ['/?max-keys=2&prefix=J', '/?prefix=J&max-keys=2']) {
      const request = { method: 'GET', target, headers: headers({ 'x-amz-content-sha256': EMPTY }) }
      expect(sign(request, EMPTY).seedSignature).toBe(published)
    }
  })

  it('PUT in signed chunks', () => {
    const payloadHash = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
    const request = {
      method: 'PUT',
      target: '/examplebucket/chunkObject.txt',
      headers: {
        host: 's3.amazonaws.com',
        'x-amz-date': TIMESTAMP,
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-content-sha256': payloadHash,
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': '66560',
        'content-length': '66824',
      },
    }
    const signing = sign(request, payloadHash)
    const hashes = ['a'.repeat(65536), 'a'.repeat(1024), ''].map((chunk) =>
      createHash('sha256').update(chunk).digest('hex'),
    )
    const chain = [signing.seedSignature]
    for (const hash of hashes) chain.push(signChunk(signing, chain.at(-1) ?? '', hash))
    expect(chain).toEqual([
      '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ])
  })

  it('PUT in signed chunks with a signed trailer', () => {
    const payloadHash = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
    const request = {
      method: 'PUT',
      target: '/examplebucket/chunkObject.txt',
      headers: {
        host: 's3.amazonaws.com',
        'x-amz-date': TIMESTAMP,
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-content-sha256': payloadHash,
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': '66560',
        'x-amz-trailer': 'x-amz-checksum-crc32c',
      },
    }
    const signing = sign(request, payloadHash)
    const hashes = ['a'.repeat(65536), 'a'.repeat(1024), ''].map((chunk) =>
      createHash('sha256').update(chunk).digest('hex'),
    )
    const last = hashes.reduce((previous, hash) => signChunk(signing, previous, hash), signing.seedSignature)
    const crc32c = createChecksum('crc32c')
    crc32c.update(Buffer.alloc(66560, 'a'))
    const checksum = crc32c.digest().toString('base64')
    expect({
      seed: signing.seedSignature,
      last,
      checksum,
      trailer: signTrailer(signing, last, `x-amz-checksum-crc32c:${checksum}\n`),
    }).toEqual({
      seed: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
      last: '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
      checksum: 'sOO8/Q==',
      trailer: 'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
    })
  })

  it('collapses spaces in header values and joins nothing else', () => {
    const request = { method: 'GET', target: '/', headers: { host: 'h', 'x-amz-meta-a': '  b   c ' } }
    expect(canonicalRequest(request, ['host', 'x-amz-meta-a'], EMPTY)).toBe(
      `GET\n/\n\nhost:h\nx-amz-meta-a:b c\n\nhost;x-amz-meta-a\n${EMPTY}`,
    )
  })
})

describe('the authorization header', () => {
  it('is read into its parts', () => {
    const signature = 'f'.repeat(64)
    const header = `AWS4-HMAC-SHA256 Credential=AKID/20130524/eu-west-1/s3/aws4_request, SignedHeaders=host;range, Signature=${signature}`
    expect(parseAuthorization(header)).toEqual({
      accessKeyId: 'AKID',
      date: '20130524',
      region: 'eu-west-1',
      service: 's3',
      signedHeaders: ['host', 'range'],
      signature,
    })
  })

  it.each([
    [undefined, 'AccessDenied'],
    ['AWS AKID:signature', 'AuthorizationHeaderMalformed'],
    [
      'AWS4-HMAC-SHA256 Credential=AKID/2013/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00',
      'AuthorizationHeaderMalformed',
    ],
  ])('is refused as %s', (header, code) => {
    expect(() => parseAuthorization(header)).toThrow(expect.objectContaining({ code }))
  })
})

describe('chunked bodies', () => {
  const payloadHash = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
  const signing = sign({ method: 'PUT', target: '/b/k', headers: headers({}) }, payloadHash)
  const trailers = { 'x-amz-checksum-crc32': 'NSRBwg==' }

  async function decode(framed: string, pieceBytes: number, rules: Parameters<typeof decodeChunked>[1]) {
    const bytes = Buffer.from(framed)
    const pieces = Array.from({ length: Math.ceil(bytes.byteLength / pieceBytes) }, (_, index) =>
      bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
    )
    const found = new Map<string, string>()
    const decoded = await Array.fromAsync(decodeChunked(Readable.from(pieces), rules, found))
    return { text: Buffer.concat(decoded).toString(), trailers: Object.fromEntries(found) }
  }

  it.each([1, 7, 64, 10_000])('are decoded from pieces of %i bytes', async (pieceBytes) => {
    const framed = frameSigned(signing, ['hello ', 'world'], trailers)
    expect(await decode(framed, pieceBytes, { signing, trailer: true })).toEqual({
      text: 'hello world',
      trailers,
    })
  })

  it('are decoded without signatures', async () => {
    const framed = '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n'
    expect(await decode(framed, 3, { trailer: true })).toEqual({
      text: 'hello',
      trailers: { 'x-amz-checksum-crc32': 'NhCmhg==' },
    })
  })

  it.each([
    ['a changed byte', (framed: string) => framed.replace('hello', 'hellO'), 'SignatureDoesNotMatch'],
    ['a changed trailer', (framed: string) => framed.replace('NSRB', 'NSRA'), 'SignatureDoesNotMatch'],
    [
      'a dropped chunk',
      (framed: string) => framed.slice(framed.indexOf('world') - 84),
      'SignatureDoesNotMatch',
    ],
    ['an early end', (framed: string) => framed.slice(0, 96), 'IncompleteBody'],
    ['a chunk size that is no number', (framed: string) => `zz${framed}`, 'InvalidRequest'],
    ['bytes after the end', (framed: string) => `${framed}more`, 'InvalidRequest'],
  ])('are refused with %s', async (_, spoil, code) => {
    const framed = spoil(frameSigned(signing, ['hello ', 'world'], trailers))
    await expect(decode(framed, 50, { signing, trailer: true })).rejects.toMatchObject({ code })
  })
})

describe('checksums', () => {
  it.each([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['sha256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ])('%s of the check string "123456789"', (algorithm, hex) => {
    const running = createChecksum(algorithm)
    running.update(Buffer.from('12345'))
    running.update(Buffer.from('6789'))
    expect(running.digest().toString('hex')).toBe(hex)
  })

  it('are not pretended', () => {
    expect(() => createChecksum('crc64nvme')).toThrow(expect.objectContaining({ code: 'NotImplemented' }))
  })
})

describe('XML', () => {
  it('comes back as it went', () => {
    const text = `<a & 'b' "c">\r\n é 😀`
    const root = parseXml(`<?xml version="1.0"?><Root xmlns="x"><Empty/>${element('Key', text)}</Root>`)
    expect(childText(root, 'Key')).toBe(text)
    expect(childText(root, 'Empty')).toBe('')
  })

  it.each(['', 'text', '<a>', '<a></b>', '<a/><b/>', '<a>&nope;</a>'])(
    'is refused when malformed: %s',
    (source) => {
      expect(() => parseXml(source)).toThrow(expect.objectContaining({ code: 'MalformedXML' }))
    },
  )
})
