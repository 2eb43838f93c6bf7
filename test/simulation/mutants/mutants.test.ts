import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KnownKiller, MUTANTS, type Mutant, SUITES } from './mutants.ts'

// Each mutant is a copy of the project with one mistake in it; the tests that are to notice it run there, in a process of their own.

const root = resolve(import.meta.dirname, '../../..')
const PARTS = ['main', 'test', 'package.json', 'vitest.config.ts', 'tsconfig.json', 'tsconfig.base.json']
/** Fewer histories than usual: a mistake that only one in thousands shows is for the soak. */
const SIZES = { HISTORIES: '400', SCHEDULES: '1500', SEEDS: '300' }
/** Without a mistake all of these seeds pass in the suites themselves; what is asked here is whether the copy can run them. */
const FEW = { HISTORIES: '20', SCHEDULES: '50', SEEDS: '10' }

interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly output: string
}

let copy: string
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'everstow-mutants-'))
  for (const part of PARTS) cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

test('without a mutant the suites pass', { timeout: 600_000 }, async () => {
  const { passed, failed, output } = await runSuite(Object.values(SUITES).flat(), { env: FEW })
  expect(failed, output).toBe(0)
  expect(passed).toBeGreaterThan(50)
})

describe('mutants die', () => {
  test.each(MUTANTS)('$name', { timeout: 300_000 }, async (mutant) => {
    const { failed, output } = await runMutant(mutant)
    expect(failed, `it lives\n${output}`).toBeGreaterThan(0)
  })
})

/** What killed it before is tried first; if that does no more, the whole suite is asked. */
async function runMutant({ file, from, to, added = '', killedBy, known }: Mutant): Promise<Outcome> {
  const path = join(copy, 'main/engine', file)
  const source = readFileSync(path, 'utf8')
  expect(source.split(from), `“${from}” must stand in ${file} once`).toHaveLength(2)
  writeFileSync(path, source.replace(from, () => to) + added)
  try {
    const soon = known && (await runKiller(SUITES[killedBy], known))
    return soon && soon.failed > 0 ? soon : await runSuite(SUITES[killedBy])
  } finally {
    writeFileSync(path, source)
  }
}

interface TestResult {
  readonly status: string
  readonly fullName: string
  readonly failureMessages: readonly string[]
}

interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly args?: readonly string[]
}

function runKiller(paths: readonly string[], known: KnownKiller): Promise<Outcome> {
  if ('seed' in known) return runSuite(paths, { env: { SEED: String(known.seed) } })
  return runSuite(known.file ? [known.file] : paths, { args: ['--testNamePattern', known.test] })
}

/** Runs tests in the copy until the first fails; a copy that cannot even be loaded proves nothing. */
async function runSuite(
  paths: readonly string[],
  { env, args: more = [] }: RunOptions = {},
): Promise<Outcome> {
  const report = join(copy, 'report.json')
  rmSync(report, { force: true })
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = ['run', '--bail=1', '--reporter=json', `--outputFile=${report}`, ...more, ...paths]
  const output = await new Promise<string>((settle, reject) => {
    const child = spawn(process.execPath, [vitest, ...args], {
      cwd: copy,
      env: {
        ...process.env,
        CI: '1',
        SEED: undefined,
        NODE_COMPILE_CACHE: join(copy, 'code'),
        ...SIZES,
        ...env,
      },
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (some) => {
        text += some
      })
    child.on('error', reject)
    child.on('close', () => settle(text))
  })
  const {
    numPassedTests: passed,
    numFailedTests: failed,
    testResults,
  } = JSON.parse(readFileSync(report, 'utf8'))
  const broken = (testResults as { name: string; message: string }[]).filter(({ message }) => message !== '')
  if (broken.length > 0) throw new Error(`cannot be loaded: ${broken[0]?.name}: ${broken[0]?.message}`)
  const failures = (testResults as { assertionResults: readonly TestResult[] }[])
    .flatMap(({ assertionResults }) => assertionResults)
    .flatMap(({ status, fullName, failureMessages }) =>
      status === 'failed' ? `${fullName}\n${failureMessages.join('\n')}` : [],
    )
  return { passed, failed, output: [...failures, output.slice(-2_000)].join('\n') }
}
