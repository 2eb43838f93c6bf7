import { describe, expect, it } from 'vitest'
import { archiveNames, namesOf } from '../../main/engine/archive/archive-name.ts'
import { buildMetadata, METADATA_LIMIT_BYTES, parseMetadata } from '../../main/engine/archive/metadata.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'

const date = new Date(2026, 10, 21, 3, 4, 5)

describe('archive names', () => {
  it('are the local time, with zeros', () => {
    expect(archiveNames(date, () => false)).toEqual({
      id: 'unified_backup_20261121_030405',
      filename: 'unified_backup_20261121_030405.tar.gz',
      metadataName: 'unified_backup_20261121_030405_metadata.json',
      indexName: 'unified_backup_20261121_030405_index.ndjson.gz',
    })
  })

  it('stay apart within one second', () => {
    const taken = new Set<string>()
    for (let i = 0; i < 12; i++) taken.add(archiveNames(date, (name) => taken.has(name)).filename)
    expect([...taken].map((name) => name.slice(30))).toEqual([
      '.tar.gz',
      ...Array.from({ length: 11 }, (_, i) => `_${i + 2}.tar.gz`),
    ])
  })

  it('belong together', () => {
    const { id } = archiveNames(date, () => false)
    expect(namesOf(`${id}_2`).indexName).toBe(`${id}_2_index.ndjson.gz`)
  })
})

const full = {
  backup_id: 'unified_backup_20261121_030405',
  timestamp: '2026-11-21T02:04:05.000Z',
  filename: 'unified_backup_20261121_030405.tar.gz',
  size_bytes: 12345,
  checksum: 'd41d8cd98f00b204e9800998ecf8427e',
  format: 'tar.gz',
  files_backed_up: 7,
  cloud_sync_status: 'synced' as const,
  cloud_path: 's3://bucket/archives/unified_backup_20261121_030405.tar.gz',
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  schema_version: 2,
  copies: [
    {
      destination: 'p_1234567890',
      name: 'Cloud',
      type: 's3',
      status: 'synced' as const,
      cloud_path: 's3://bucket/archives/unified_backup_20261121_030405.tar.gz',
      synced_at: '2026-11-21T02:05:00.000Z',
    },
  ],
  hostname: 'box',
  tool: 'everstow',
  sources: [{ path: '/home/u/docs', prefix: 'docs' }],
  directories: 2,
  bytes_read: 99999,
  incomplete: false,
  skipped_count: 0,
  index: 'unified_backup_20261121_030405_index.ndjson.gz',
  plan: 'Documents',
  tags: ['before the move'],
}

const read = (value: unknown) =>
  parseMetadata(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))

function refusal(value: unknown): EverstowError {
  try {
    read(value)
  } catch (error) {
    if (error instanceof EverstowError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('metadata', () => {
  it('survives writing and reading', () => {
    expect(parseMetadata(buildMetadata(full))).toEqual(full)
  })

  it('has the keys of the older systems first, under their names', () => {
    expect(Object.keys(JSON.parse(Buffer.from(buildMetadata(full)).toString()))).toEqual(
      expect.arrayContaining([
        'backup_id',
        'timestamp',
        'filename',
        'size_bytes',
        'checksum',
        'format',
        'files_backed_up',
        'cloud_sync_status',
        'cloud_path',
      ]),
    )
    const { cloud_path: _, ...unsent } = full
    expect(JSON.parse(Buffer.from(buildMetadata(unsent)).toString())).toHaveProperty('cloud_path', null)
  })

  it('accepts files of the older systems', () => {
    const old = {
      backup_id: 'unified_backup_20240102_030405',
      timestamp: '2024-01-02T03:04:05.123456',
      filename: 'unified_backup_20240102_030405.tar.gz',
      size_bytes: 10,
      checksum: 'D41D8CD98F00B204E9800998ECF8427E',
      format: 'tar.gz',
      files_backed_up: ['a.json', 'b.json'],
      cloud_sync_status: 'pending',
      cloud_path: null,
    }
    expect(read(old)).toEqual({ ...old, files_backed_up: 2, cloud_path: undefined })
    expect(read(`\uFEFF${JSON.stringify(old)}`).backup_id).toBe(old.backup_id)
  })

  it('keeps what a newer version added', () => {
    const newer = { ...full, schema_version: 9, signed_by: { device: 'x' } }
    expect(parseMetadata(buildMetadata(read(newer)))).toEqual(newer)
  })

  it('is not moved by prototypes', () => {
    const text = JSON.stringify(full).replace('{', '{"__proto__":{"polluted":1},"constructor":{"x":1},')
    const metadata = read(text)
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype)
    expect((metadata as Record<string, unknown>).polluted).toBeUndefined()
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it.each([
    ['not JSON', '{', undefined],
    ['another shape', [], ''],
    ['null', null, ''],
    ['no size', { ...full, size_bytes: undefined }, 'size_bytes'],
    ['a negative size', { ...full, size_bytes: -1 }, 'size_bytes'],
    ['a name that leaves the folder', { ...full, filename: '../../etc/passwd' }, 'filename'],
    ['a name with a backslash', { ...full, filename: 'a\\b' }, 'filename'],
    ['an id that is a path', { ...full, backup_id: '/x' }, 'backup_id'],
    ['an index elsewhere', { ...full, index: 'a/b' }, 'index'],
    ['a checksum of the wrong kind', { ...full, checksum: 'abc' }, 'checksum'],
    ['a time that is none', { ...full, timestamp: 'yesterday' }, 'timestamp'],
    ['a status nobody knows', { ...full, cloud_sync_status: 'done' }, 'cloud_sync_status'],
  ])('refuses %s', (_, value, field) => {
    const error = refusal(value)
    expect(error.code).toBe('archive-damaged')
    expect(error.data.field).toBe(field)
  })

  it('refuses bytes that are not text', () => {
    const bytes = Buffer.from(buildMetadata({ ...full, plan: 'caf\u00e9' }))
    bytes[bytes.indexOf(0xc3)] = 0xff
    expect(() => parseMetadata(bytes)).toThrow('not JSON')
  })

  it('refuses more than 4 MiB without parsing it', () => {
    expect(() => parseMetadata(new Uint8Array(METADATA_LIMIT_BYTES + 1))).toThrow('too large')
  })
})
