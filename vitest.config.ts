import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

// Tests start hundreds of threads and processes from the same sources: types are stripped and code is compiled once for all of them.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'code')

const shared = {
  setupFiles: [join(import.meta.dirname, 'test/ground/cheap-keys.ts')],
  // Only for what hangs: no test proves anything by being quick, and machines may be busy with other things.
  testTimeout: 900_000,
  hookTimeout: 900_000,
  // The same goes for what is waited for.
  expect: { poll: { timeout: 120_000 } },
  pool: 'forks' as const,
}

/** Tests that start servers or browsers, kill processes or fill disks; `npm run check` leaves them to `npm test`. */
const REAL_PARTS = [
  'test/{conformance,crash,formats,interop,simulation}/**/*.test.ts',
  'test/unit/{alerts-*,api-*,app-*,archive-*,audit-*,cli-*,unusual-change}.test.ts',
  'test/unit/{env-*,restore*,sources-*,storage-*}.test.ts',
  'test/unit/{data-cache,read-cheaply,mcp-http,mcp-stdio}.test.ts',
  'test/unit/{data,data-access}/*.test.ts',
  'test/unit/{access,backup,delivery,maintenance,restore,verify}-snapshot/**/*.test.ts',
  'test/unit/{sync-many-nodes,mirror/app-mirror,sync/disk-histories,sync/disk-hostile}.test.ts',
  'test/unit/repository-{log,read}/**/*.test.ts',
  'test/unit/repository/{chunking,index,keys}/**/*.test.ts',
]

/** Tests of what people see: a browser, a command or a server of its own behind each step. */
const SHOWN_PARTS = ['test/{e2e,electron}/**/*.test.ts']

export default defineConfig({
  test: {
    // One more than the cores that are promised: a third of the tests' time is waiting for processes, servers and disks.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...shared,
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...REAL_PARTS, ...SHOWN_PARTS],
        },
      },
      { test: { ...shared, name: 'real', include: REAL_PARTS } },
      // One that passes only when tried again is told at the end, by name: it or what it tests is to be mended. Where a loss would show, nothing is tried again.
      { test: { ...shared, name: 'shown', include: SHOWN_PARTS, retry: 1 } },
    ],
  },
})
