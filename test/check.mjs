// `npm run check`: types, lint, import rules and the quick unit tests, in under a minute. For every save; `npm test` is for every commit.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { staticChecks } from './static-checks.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const started = Date.now()
const checks = await staticChecks()
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const tests = spawnSync(process.execPath, [vitest, 'run', '--project', 'quick', '--reporter=dot'], {
  cwd: root,
  stdio: 'inherit',
})
console.log(`took ${Math.round((Date.now() - started) / 1000)} s`)
process.exit(checks.every(({ ok }) => ok) && tests.status === 0 ? 0 : 1)
