import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { SLOW } from './cli-run.ts'

const root = resolve(import.meta.dirname, '../..')

test('the program packs for three systems, with all that runs and nothing else', SLOW, async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [resolve(root, 'packaging/dist.mjs'), '--check'],
    { cwd: root, maxBuffer: 1 << 24 },
  ).catch((error: { stdout: string; stderr: string }) => ({ stdout: `${error.stdout}${error.stderr}` }))
  expect(stdout.split('\n').filter((line) => line.includes('FAILED'))).toEqual([])
  expect(stdout).toMatch(/^\d+ proven, 0 failed$/m)
  for (const target of ['linux-x64', 'darwin-arm64', 'win32-x64']) {
    const [, section = ''] = stdout.split(new RegExp(`^${target}$`, 'm'))
    for (const line of [
      /^ {2}ok {6}the archive holds \d+ files: all that runs, and nothing else$/m,
      /^ {2}ok {6}8 fuses stand as they should$/m,
      /^ {2}ok {6}the command line lies beside the application/m,
    ])
      expect(section).toMatch(line)
  }
  expect(stdout).toMatch(/ok {6}Info\.plist holds the archive’s hash/)
  if (process.platform === 'linux' && process.arch === 'x64') {
    expect(stdout).toMatch(/ok {6}the \d+ packages that the program asks for load/)
    expect(stdout).toMatch(/ok {6}it makes a backup and gives it back/)
  }
})
