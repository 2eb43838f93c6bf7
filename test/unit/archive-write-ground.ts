import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach } from 'vitest'
import type { ArchiveOptions, ArchiveResult } from '../../main/engine/archive/write/create-archive.ts'

/** The script that makes an archive in a process of its own. */
export const CHILD = fileURLToPath(new URL('./archive-write-child.ts', import.meta.url))
export const isRoot = process.getuid?.() === 0
export const linux = process.platform === 'linux'

export let ground: string
/** Where archives go. */
export let spool: string
/** What is archived. */
export let source: string
export const inSource = (...names: string[]): string => join(source, ...names)

beforeEach(() => {
  ground = realpathSync(mkdtempSync(join(tmpdir(), 'everstow-archive-')))
  spool = join(ground, 'spool')
  source = join(ground, 'source')
  mkdirSync(spool)
  mkdirSync(source)
})
afterEach(() => rmSync(ground, { recursive: true, force: true }))

export const options = (more: Partial<ArchiveOptions> = {}): ArchiveOptions => ({
  sources: [source],
  archivePath: join(spool, 'a.tar.gz'),
  indexPath: join(spool, 'a_index.ndjson.gz'),
  archiveName: 'a.tar.gz',
  ...more,
})

export interface IndexLine {
  readonly p: string
  readonly t: string
  readonly s?: number
  readonly l?: string
  readonly o: number
  readonly d?: number
  readonly h?: string
}

/** The index as its text says it; `blocks` are pairs of offsets in tar and gzip. */
export function readIndex(): {
  first: object
  entries: IndexLine[]
  blocks: [number, number][]
  sums: Buffer
  last: { [key: string]: unknown }
} {
  const text = gunzipSync(readFileSync(join(spool, 'a_index.ndjson.gz'))).toString()
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const tables = lines.filter(({ k }) => k !== undefined)
  return {
    first: lines[0],
    entries: lines.slice(1, -1).filter(({ k }) => k === undefined),
    blocks: tables.flatMap(({ g }) => g).map((gzipOffset, at) => [at * 2 ** 20, gzipOffset]),
    sums: Buffer.concat(tables.map(({ c }) => Buffer.from(c, 'base64'))),
    last: lines.at(-1),
  }
}

export const listTar = (): string[] =>
  execFileSync('tar', ['-tzf', join(spool, 'a.tar.gz')], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .trimEnd()
    .split('\n')

export const hex = (algorithm: string, bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex')

export function runChild(more: Partial<ArchiveOptions> & { uid?: number }): {
  result?: ArchiveResult
  code?: string
  peakMb: number
} {
  const output = execFileSync(process.execPath, [CHILD, JSON.stringify({ ...options(), ...more })], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '')
}

/** Text that takes its time to compress. */
export const slowText = (bytes: number): Buffer =>
  Buffer.from(randomBytes(Math.ceil((bytes * 3) / 4)).toString('base64')).subarray(0, bytes)
