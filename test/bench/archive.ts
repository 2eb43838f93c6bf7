// Archives against `tar -cf - SRC | gzip -6`: interleaved runs, medians, ratios (peer ÷ ours, above 1 means ours is better).
//   node test/bench/archive.ts [--rounds 5] [--small FOLDER] [--mixed-mb 1000] [--memory-mb 5000]
// `small` is a tree of many small files (default: this checkout's node_modules), `mixed` one file of text, records, noise and zeros.
// `--memory-mb` adds one run over a source of that size and fails when it takes 300 MB or more.
import { execFileSync, spawnSync } from 'node:child_process'
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
import { cpus, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const CHILD = fileURLToPath(new URL('../unit/archive-write-child.ts', import.meta.url))
const MEMORY_LIMIT_MB = 300
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    small: { type: 'string', default: fileURLToPath(new URL('../../node_modules', import.meta.url)) },
    'mixed-mb': { type: 'string', default: '1000' },
    'memory-mb': { type: 'string' },
  },
})

interface Run {
  readonly wallS: number
  readonly cpuS: number
  readonly sizeMb: number
  readonly peakMb: number
}

const ground = mkdtempSync(join(tmpdir(), 'everstow-bench-'))
try {
  const [cpu] = cpus()
  console.log(`${cpus().length} × ${cpu?.model}, Node ${process.version}, ${values.rounds} rounds`)
  const mixed = join(ground, 'mixed')
  mkdirSync(mixed)
  writeMixed(join(mixed, 'file'), Number(values['mixed-mb']))
  compare('small files', values.small)
  compare('one mixed file', mixed)
  if (values['memory-mb']) measureMemory(Number(values['memory-mb']))
} finally {
  rmSync(ground, { recursive: true, force: true })
}

function compare(name: string, source: string): void {
  tarGzip(source)
  const peer: Run[] = []
  const ours: Run[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    peer.push(tarGzip(source))
    ours.push(everstow(source))
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

/** The median of the rounds' own ratios: what disturbs one round disturbs both tools. */
function ratio(peer: readonly Run[], ours: readonly Run[], key: keyof Run): number {
  return round(median(peer.map((run, index) => run[key] / (ours[index]?.[key] ?? Number.NaN))), 3)
}

function summary(runs: readonly Run[]): Run {
  const of = (key: keyof Run): number => round(median(runs.map((run) => run[key])), 2)
  return { wallS: of('wallS'), cpuS: of('cpuS'), sizeMb: of('sizeMb'), peakMb: of('peakMb') }
}

function tarGzip(source: string): Run {
  const out = join(ground, 'peer.tar.gz')
  const { times } = timed('tar -C "$1" -cf - "$2" | gzip -6 > "$3"', [dirname(source), basename(source), out])
  return { ...times, sizeMb: takeSizeMb(out), peakMb: 0 }
}

function everstow(source: string): Run {
  const archivePath = join(ground, 'ours.tar.gz')
  const options = { sources: [source], archivePath, indexPath: join(ground, 'ours.idx'), archiveName: 'ours' }
  const { times, output } = timed('"$1" "$2" "$3"', [process.execPath, CHILD, JSON.stringify(options)])
  const { result, peakMb } = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '')
  if (!result) throw new Error(`no archive: ${output}`)
  return { ...times, sizeMb: takeSizeMb(archivePath), peakMb }
}

/** Wall and CPU time of a command and all it started, from bash's own clock. */
function timed(
  command: string,
  args: readonly string[],
): { times: { wallS: number; cpuS: number }; output: string } {
  const script = `TIMEFORMAT='%R %U %S'; time { ${command}; }`
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script, 'bash', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const [wallS = 0, userS = 0, systemS = 0] = (stderr.trimEnd().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number)
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
  return { times: { wallS, cpuS: userS + systemS }, output: stdout }
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

function measureMemory(sizeMb: number): void {
  const source = join(ground, 'memory')
  mkdirSync(source)
  writeMixed(join(source, 'mixed'), Math.min(sizeMb, 1000))
  if (sizeMb > 1000) execFileSync('truncate', ['-s', `${sizeMb - 1000}MB`, join(source, 'sparse')])
  const run = everstow(source)
  console.log(`\n${sizeMb} MB source: ${run.wallS.toFixed(1)} s, peak memory ${run.peakMb} MB`)
  if (run.peakMb >= MEMORY_LIMIT_MB) process.exitCode = 1
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

function round(number: number, digits: number): number {
  return Number(number.toFixed(digits))
}
