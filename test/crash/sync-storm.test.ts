import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type StormOptions, syncStorm } from '../ground/sync-storm.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { startS3Server } from '../servers/s3/server.ts'
import { openSlowLine } from '../soak/slow-line.ts'
import { seedOfTest } from './seed.ts'

const MS = 8_000

async function expectCalmAfter(options: Omit<StormOptions, 'seed' | 'ms'>): Promise<void> {
  const seed = seedOfTest()
  const outcome = await syncStorm({ ...options, seed, ms: MS })
  expect(outcome.problems, `SEED=${seed}`).toEqual([])
  expect(outcome.acts).toBeGreaterThan(30)
  expect(outcome.written).toBeGreaterThan(10)
}

test('three devices, killed at random, end equal through a folder, and nothing is lost', async () => {
  const place = mkdtempSync(join(tmpdir(), 'everstow-shared-'))
  try {
    await expectCalmAfter({ place: ['--type', 'local', '--path', place] })
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}, 240_000)

test('and through a bucket on a line that is cut', async () => {
  const server = await startS3Server({})
  const line = await openSlowLine(Number(new URL(server.url).port))
  const folder = mkdtempSync(join(tmpdir(), 'everstow-key-'))
  try {
    const key = join(folder, 'key.json')
    const { accessKeyId, secretAccessKey } = TEST_CREDENTIAL
    writeFileSync(key, JSON.stringify({ accessKeyId, secretAccessKey }))
    await expectCalmAfter({
      place: [
        ...['--type', 's3', '--bucket', TEST_BUCKET, '--region', server.region, '--secret-file', key],
        ...['--endpoint', `http://127.0.0.1:${line.port}`],
      ],
      cut: (isDown) => {
        line.state = isDown ? 'down' : 'good'
      },
    })
  } finally {
    await line.close()
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}, 240_000)
