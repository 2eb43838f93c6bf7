// `npm test`: finds what the tests need, builds the window, runs every check and test, and ends with `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from '../bin/build.mjs'
import { staticChecks } from './static-checks.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const started = Date.now()

const provision = spawnSync(join(root, 'test', 'provision'), { stdio: 'inherit' })
if (provision.status !== 0) {
  console.log('0 passed, 1 failed')
  process.exit(1)
}
await build('renderer')
await build('program')

const checks = await staticChecks()
const report = join(tmpdir(), `everstow-tests-${process.pid}.json`)
const shakyReport = join(tmpdir(), `everstow-shaky-tests-${process.pid}.json`)
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const run = spawnSync(
  process.execPath,
  [
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    `--reporter=${join(root, 'test', 'shaky-tests.ts')}`,
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      EVERSTOW_BUILT_WINDOW: join(root, 'dist', 'renderer'),
      EVERSTOW_SHAKY_TESTS: shakyReport,
    },
  },
)

let passed = checks.filter(({ ok }) => ok).length
let failed = checks.length - passed
let skipped = 0
let shaky = []
try {
  const result = JSON.parse(readFileSync(report, 'utf8'))
  passed += result.numPassedTests
  failed += result.numFailedTests
  skipped = result.numPendingTests + (result.numTodoTests ?? 0)
  // A file that could not even be loaded has no failed test of its own.
  const broken = result.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((each) => each.status === 'failed'),
  )
  failed += broken.length
  shaky = JSON.parse(readFileSync(shakyReport, 'utf8'))
} catch (error) {
  console.error(`no test report: ${error.message}`)
  failed++
} finally {
  rmSync(report, { force: true })
  rmSync(shakyReport, { force: true })
}
if (run.status !== 0 && failed === 0) failed = 1
for (const { name, ok } of checks) if (!ok) console.log(`failed: ${name}`)
for (const { test, error } of shaky) console.log(`shaky, passed when tried again: ${test}\n  ${error}`)
if (skipped > 0) console.log(`skipped: ${skipped}`)
console.log(`took ${Math.round((Date.now() - started) / 1000)} s`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
