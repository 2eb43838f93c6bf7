import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { describeMachine } from './machine.ts'
import { type Measured, measure } from './measure.ts'
import { median, pairedRatio, rounded } from './statistics.ts'

const CHILD = resolve(import.meta.dirname, '../unit/archive-write-child.ts')
const MEMORY_LIMIT_MB = 300

/** How archives are measured against `tar -cf - SOURCE | gzip -6`. */
export interface ArchiveBench {
  readonly rounds: number
  /** A tree of many small files; this checkout's node_modules when absent. */
  readonly small?: string
  /** Size of one file of text, records, noise and zeros. */
  readonly mixedMb: number
  /** Adds one run over a source of this size, which must take less than 300 MB of memory. */
  readonly memoryMb?: number
}

interface Run extends Omit<Measured, 'stdout'> {
  readonly sizeMb: number
}

/** Measures in turns and prints medians and ratios (peer ÷ ours, above 1 means ours is better). False where too much memory was taken. */
export async function benchArchives({ rounds, small, mixedMb, memoryMb }: ArchiveBench): Promise<boolean> {
  const ground = mkdtempSync(join(tmpdir(), 'everstow-bench-archives-'))
  try {
    console.log(`${describeMachine()}, Node ${process.version}, ${rounds} rounds`)
    const mixed = join(ground, 'mixed')
    mkdirSync(mixed)
    writeMixed(join(mixed, 'file'), mixedMb)
    await compare(
      'small files',
      resolve(small ?? join(import.meta.dirname, '../../node_modules')),
      ground,
      rounds,
    )
    await compare('one mixed file', mixed, ground, rounds)
    return memoryMb === undefined || (await measureMemory(memoryMb, ground))
  } finally {
    rmSync(ground, { recursive: true, force: true })
  }
}

async function compare(name: string, source: string, ground: string, rounds: number): Promise<void> {
  await tarGzip(source, ground)
  const peer: Run[] = []
  const ours: Run[] = []
  for (let round = 0; round < rounds; round++) {
    peer.push(await tarGzip(source, ground))
    ours.push(await everstow(source, ground))
  }
  console.log(`\n${name} (${source})`)
  console.table({
    'tar | gzip -6': summary(peer),
    everstow: summary(ours),
    'peer ÷ ours': {
      wallS: ratio(peer, ours, 'wallS'),
      cpuS: ratio(peer, ours, 'cpuS'),
      sizeMb: ratio(peer, ours, 'sizeMb'),
    },
  })
}

function ratio(peer: readonly Run[], ours: readonly Run[], key: keyof Run): number {
  const ratioOfRounds = pairedRatio(
    peer.map((run) => run[key]),
    ours.map((run) => run[key]),
  )
  return rounded(ratioOfRounds, 3)
}

function summary(runs: readonly Run[]): Run {
  const of = (key: keyof Run): number => rounded(median(runs.map((run) => run[key])), 2)
  return { wallS: of('wallS'), cpuS: of('cpuS'), sizeMb: of('sizeMb'), peakMb: of('peakMb') }
}

async function tarGzip(source: string, ground: string): Promise<Run> {
  const out = join(ground, 'peer.tar.gz')
  const script = 'tar -C "$1" -cf - "$2" | gzip -6 > "$3"'
  const { wallS, cpuS, peakMb } = await measure({
    argv: ['bash', '-c', script, 'bash', dirname(source), basename(source), out],
  })
  return { wallS, cpuS, peakMb, sizeMb: takeSizeMb(out) }
}

async function everstow(source: string, ground: string): Promise<Run> {
  const archivePath = join(ground, 'ours.tar.gz')
  const options = { sources: [source], archivePath, indexPath: join(ground, 'ours.idx'), archiveName: 'ours' }
  const { wallS, cpuS, peakMb, stdout } = await measure({
    argv: [process.execPath, CHILD, JSON.stringify(options)],
  })
  const { result } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as { result?: object }
  if (!result) throw new Error(`no archive: ${stdout}`)
  return { wallS, cpuS, peakMb, sizeMb: takeSizeMb(archivePath) }
}

function takeSizeMb(path: string): number {
  const { size } = statSync(path)
  rmSync(path)
  return size / 1e6
}

/** Equal parts of prose-like text, JSON records, noise and zeros, in stretches of a few megabytes. */
function writeMixed(path: string, sizeMb: number): void {
  const words = Array.from({ length: 4000 }, () =>
    randomBytes(2 + Math.floor(Math.random() * 4)).toString('hex'),
  )
  const word = (): string => words[Math.floor(Math.random() ** 3 * words.length)] ?? ''
  const record = (): string =>
    JSON.stringify({
      id: Math.floor(Math.random() * 1e9),
      name: word(),
      tags: [word(), word()],
      at: Date.now(),
    })
  const part = 4_000_000
  const fill = (make: () => string, between: string): Buffer => {
    const pieces: string[] = []
    for (let length = 0; length < part; length += pieces.at(-1)?.length ?? 0) pieces.push(make() + between)
    return Buffer.from(pieces.join('')).subarray(0, part)
  }
  const file = openSync(path, 'w')
  for (let written = 0; written < sizeMb * 1e6; written += 4 * part) {
    writeSync(file, fill(word, ' '))
    writeSync(file, fill(record, '\n'))
    writeSync(file, randomBytes(part))
    writeSync(file, Buffer.alloc(part))
  }
  closeSync(file)
  truncateSync(path, sizeMb * 1e6)
}

async function measureMemory(sizeMb: number, ground: string): Promise<boolean> {
  const source = join(ground, 'memory')
  mkdirSync(source)
  writeMixed(join(source, 'mixed'), Math.min(sizeMb, 1000))
  if (sizeMb > 1000) execFileSync('truncate', ['-s', `${sizeMb - 1000}MB`, join(source, 'sparse')])
  const { wallS, peakMb } = await everstow(source, ground)
  console.log(`\n${sizeMb} MB source: ${wallS.toFixed(1)} s, peak memory ${Math.round(peakMb)} MB`)
  return peakMb < MEMORY_LIMIT_MB
}
