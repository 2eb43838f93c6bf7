import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { startS3Server } from '../servers/s3/server.ts'
import { createFindings, type SoakOutcome } from './outcome.ts'

const MIB = 1024 * 1024
const CHILD = resolve(import.meta.dirname, 'loop-delay-child.ts')

export interface LoopDelayOptions {
  readonly files: number
  readonly largeMib: number
  /** The most that 99 of 100 turns may be late. */
  readonly p99Ms: number
}

/** How late the event loop of the process that shows the window is while a first backup of many files and a large one goes to a folder and a bucket. */
export async function measureLoopDelay({ files, largeMib, p99Ms }: LoopDelayOptions): Promise<SoakOutcome> {
  const findings = createFindings('loop-delay')
  const base = mkdtempSync(join(tmpdir(), 'everstow-loop-'))
  const server = await startS3Server()
  try {
    const source = join(base, 'source')
    writeTree(source, files, largeMib)
    const { accessKeyId, secretAccessKey } = TEST_CREDENTIAL
    const bucket = {
      bucket: TEST_BUCKET,
      endpoint: server.url,
      region: server.region,
      secrets: { accessKeyId, secretAccessKey },
    }
    const order = JSON.stringify({ folder: base, source, bucket })
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      CHILD,
      order,
    ])
    const found = JSON.parse(stdout) as { state: string; p50Ms: number; p99Ms: number; maxMs: number }
    for (const name of ['p50Ms', 'p99Ms', 'maxMs'] as const) findings.count(name, found[name])
    if (found.state !== 'done') findings.problem(`the backup ended as ${found.state}`)
    if (found.p99Ms > p99Ms)
      findings.problem(`99 of 100 turns were late by up to ${found.p99Ms} ms, not ${p99Ms} ms`)
    return findings.outcome()
  } finally {
    await server.close()
    rmSync(base, { recursive: true, force: true })
  }
}

/** Many small files and large ones of random bytes. */
export function writeTree(folder: string, files: number, largeMib: number): void {
  for (let number = 0; number < files; number++) {
    const below = join(folder, `folder ${Math.floor(number / 100)}`)
    if (number % 100 === 0) mkdirSync(below, { recursive: true })
    writeFileSync(join(below, `file ${number}`), `${number} `.repeat(1 + (number % 500)))
  }
  for (let piece = 0; piece < largeMib; piece += 10)
    writeFileSync(join(folder, 'large'), randomBytes(Math.min(10, largeMib - piece) * MIB), { flag: 'a' })
}
