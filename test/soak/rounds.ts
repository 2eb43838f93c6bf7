import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createFindings, type SoakOutcome } from './outcome.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** Tests that other numbers make longer, or otherwise each time. */
export interface Rounds {
  readonly part: string
  readonly path: string
  /** The environment of a round; each has a seed of its own. `seconds`: how long all may take, Infinity without end. */
  readonly env: (seed: number, seconds: number) => Readonly<Record<string, string>>
  /** What one round is worth. */
  readonly counts: (env: Readonly<Record<string, string>>) => Readonly<Record<string, number>>
  /** Rounds of a long run. */
  readonly rounds: number
}

/** Runs tests again and again, each time with another seed, until the time is up or it was often enough. */
export async function playRounds(
  { part, path, env, counts, rounds }: Rounds,
  { seed, untilMs }: { readonly seed: number; readonly untilMs: number },
): Promise<SoakOutcome> {
  const findings = createFindings(part, seed)
  for (let round = 0; round < rounds && (round === 0 || performance.now() < untilMs); round++) {
    const own = env(seed + round, Math.max(1, (untilMs - performance.now()) / 1_000))
    const { status, output } = await runTests(path, own)
    for (const [name, count] of Object.entries(counts(own))) findings.count(name, count)
    if (status === 0) continue
    const words = Object.entries(own).map(([name, value]) => `${name}=${value}`)
    findings.lose(output.slice(-2_000), `${words.join(' ')} npx vitest run ${path}`)
    break
  }
  return findings.outcome()
}

function runTests(path: string, env: Readonly<Record<string, string>>) {
  const vitest = resolve(ROOT, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', path], {
    cwd: ROOT,
    env: { ...process.env, ...env, CI: '1', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  return new Promise<{ readonly status: number | null; readonly output: string }>((settle, reject) => {
    child.on('error', reject)
    child.on('close', (status) => settle({ status, output }))
  })
}
