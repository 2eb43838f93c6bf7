import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { openS3Store, PART_BYTES } from './storage-s3-bench.ts'

const run = promisify(execFile)
const trusted = getCACertificates()
let server: S3Server
let cert: string

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'everstow-s3-tls-'))
  try {
    const [keyPath, certPath] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1']
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyPath]
    await run('openssl', ['req', '-x509', ...key, '-out', certPath, '-days', '2', ...subject])
    cert = await readFile(certPath, 'utf8')
    const tls = { key: await readFile(keyPath, 'utf8'), cert }
    server = await startS3Server({ minPartBytes: PART_BYTES, tls })
  } finally {
    await rm(folder, { recursive: true })
  }
})
afterAll(async () => {
  setDefaultCACertificates(trusted)
  await server.close()
})

describe('through TLS', () => {
  it('a certificate that nobody vouches for is refused, and nothing is sent', async () => {
    const store = openS3Store(server.url)
    await expect(store.put('k', bodyOfBytes(randomBytes(10)))).rejects.toMatchObject({
      code: 'place-refused',
      retry: 'never',
      data: { reason: 'certificate', detail: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    })
    expect(server.requests).toEqual([])
    await store.close()
  })

  it('small and large bodies arrive, and damage on the way is found by the MD5', async () => {
    setDefaultCACertificates([...trusted, cert])
    const store = openS3Store(server.url)
    const large = randomBytes(4 * PART_BYTES)
    const match = { operation: 'UploadPart' }
    const flipped = server.faults.add({ kind: 'flip', times: 2, match })
    await store.put('small', bodyOfBytes(large.subarray(0, 10)))
    await store.put('large', bodyOfBytes(large))
    expect(flipped.strikes()).toBe(2)
    expect(server.requests.filter(({ code }) => code === 'BadDigest')).toHaveLength(2)
    expect(await server.objects().get('backups/large')?.bytes()).toEqual(large)
    await store.close()
  })
})
