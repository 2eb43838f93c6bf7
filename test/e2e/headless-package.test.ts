import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { SLOW } from './cli-run.ts'

const root = resolve(import.meta.dirname, '../..')

test('the package for servers holds the built program, and needs no Electron', SLOW, async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    maxBuffer: 1 << 24,
  })
  const [{ files, name }] = JSON.parse(stdout) as [{ name: string; files: { path: string; mode: number }[] }]
  const paths = files.map(({ path }) => path)
  expect(name).toBe('everstow')
  for (const path of [
    'bin/everstow.mjs',
    'dist/program/cli.js',
    'dist/program/headless.js',
    'dist/renderer/index.html',
    'assets/locales/en.json',
    'docs/cli.md',
    'packaging/systemd/everstow@.service',
  ])
    expect(paths).toContain(path)
  expect(files.find(({ path }) => path === 'bin/everstow.mjs')?.mode).toBe(0o755)
  expect(
    paths.filter((path) => /\.map$|\.stamp$|^(main|test|renderer|preload)\/|(^|\/)\.env/.test(path)),
  ).toEqual([])
  const { dependencies, optionalDependencies, scripts } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  ) as Record<string, Record<string, string>>
  expect(Object.keys({ ...dependencies, ...optionalDependencies })).not.toContain('electron')
  // What somebody installs runs nothing by itself.
  expect(Object.keys(scripts ?? {}).filter((each) => /^(pre|post)?install$/.test(each))).toEqual([])
})
