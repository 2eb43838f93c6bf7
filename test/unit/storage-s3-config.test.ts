import { describe, expect, it } from 'vitest'
import { s3ConfigOf } from '../../main/engine/storage/s3/index.ts'
import { partBytesFor } from '../../main/engine/storage/s3/multipart.ts'

type Input = Parameters<typeof s3ConfigOf>[0]
const aws: Input = { type: 's3', bucket: 'backups' }

describe('the configuration of a destination', () => {
  it.each<[string, Input, object]>([
    ['AWS', aws, { flavour: 'aws', bucket: 'backups', prefix: '' }],
    ['AWS in a region', { ...aws, region: 'eu-west-3' }, { flavour: 'aws', region: 'eu-west-3' }],
    [
      'AWS by its address',
      { ...aws, endpoint: 'https://s3.eu-west-3.amazonaws.com/' },
      { flavour: 'aws', endpoint: 'https://s3.eu-west-3.amazonaws.com', pathStyle: true },
    ],
    [
      'R2',
      { type: 'r2', bucket: 'backups', account: 'abc123' },
      { flavour: 'r2', endpoint: 'https://abc123.r2.cloudflarestorage.com', region: 'auto', pathStyle: true },
    ],
    [
      'R2 by its address',
      { ...aws, endpoint: 'https://abc.eu.r2.cloudflarestorage.com' },
      { flavour: 'r2', region: 'auto' },
    ],
    [
      'B2',
      { type: 'b2', bucket: 'backups', region: 'us-west-004' },
      { flavour: 'b2', endpoint: 'https://s3.us-west-004.backblazeb2.com', region: 'us-west-004' },
    ],
    [
      'B2 by its address',
      { type: 'b2', bucket: 'backups', endpoint: 's3.us-west-004.backblazeb2.com' },
      { flavour: 'b2', endpoint: 'https://s3.us-west-004.backblazeb2.com', region: 'us-west-004' },
    ],
    [
      'another service',
      { ...aws, endpoint: 'http://nas.local:9000/', pathStyle: false, prefix: '/a/b/' },
      {
        flavour: 'generic',
        endpoint: 'http://nas.local:9000',
        region: 'us-east-1',
        pathStyle: false,
        prefix: 'a/b',
      },
    ],
    [
      'encryption, class and profile',
      {
        ...aws,
        encryption: { kind: 'aws:kms', kmsKeyId: 'k' },
        storageClass: 'STANDARD_IA',
        profile: 'backup',
      },
      {
        encryption: { kind: 'aws:kms', kmsKeyId: 'k' },
        storageClass: 'STANDARD_IA',
        profile: 'backup',
      },
    ],
  ])('is found for %s', (_, destination, config) => {
    expect(s3ConfigOf(destination)).toMatchObject(config)
  })

  it.each<[string, Input, object]>([
    ['no bucket', { type: 's3' }, { field: 'bucket', reason: 'missing' }],
    ['a bucket with a slash', { type: 's3', bucket: 'a/b/c' }, { field: 'bucket', reason: 'malformed' }],
    ['R2 without an account', { type: 'r2', bucket: 'backups' }, { field: 'account', reason: 'missing' }],
    [
      'an account that is an address',
      { type: 'r2', bucket: 'backups', account: 'evil.example/' },
      { field: 'account', reason: 'malformed' },
    ],
    ['B2 without a region', { type: 'b2', bucket: 'backups' }, { field: 'region', reason: 'missing' }],
    ['an endpoint of another kind', { ...aws, endpoint: 'ftp://host' }, { field: 'endpoint' }],
    ['an endpoint with a question', { ...aws, endpoint: 'https://host/?a=b' }, { field: 'endpoint' }],
    ['an endpoint that is none', { ...aws, endpoint: 'https://' }, { field: 'endpoint' }],
    ['a prefix that climbs', { ...aws, prefix: 'a/../b' }, { field: 'prefix' }],
    ['another type', { ...aws, type: 'gcs' }, { field: 'type' }],
  ])('is refused with %s', (_, destination, data) => {
    expect(() => s3ConfigOf(destination)).toThrow(
      expect.objectContaining({ code: 'invalid-input', data: expect.objectContaining(data) }),
    )
  })

  it('does not repeat a password that somebody put into the address', () => {
    try {
      s3ConfigOf({ ...aws, endpoint: 'https://user:canary@host' })
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid-input', data: { field: 'endpoint' } })
      expect(`${error} ${JSON.stringify(error)}`).not.toContain('canary')
    }
  })
})

describe('the size of parts', () => {
  const MIB = 1024 ** 2
  it.each([
    [100 * MIB, 16 * MIB],
    [160_000 * MIB, 16 * MIB],
    [160_000 * MIB + 1, 17 * MIB],
    [5 * 1024 ** 4, 525 * MIB],
  ])('of a body of %i bytes is %i', (sizeBytes, partBytes) => {
    expect(partBytesFor(sizeBytes, 16 * MIB)).toBe(partBytes)
    expect(Math.ceil(sizeBytes / partBytes)).toBeLessThanOrEqual(10_000)
  })
})
