// Builds the window; with --electron also the desktop program's own files. Nothing is built twice: a stamp over the inputs decides.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')

const parts = [
  {
    name: 'renderer',
    config: 'vite.renderer.config.ts',
    inputs: [
      'renderer/**/*',
      'main/contract/*.ts',
      'assets/**/*',
      'vite.renderer.config.ts',
      'package-lock.json',
    ],
  },
  {
    name: 'electron',
    config: 'vite.electron.config.ts',
    inputs: ['main/**/*.ts', 'preload/**/*', 'assets/**/*', 'vite.electron.config.ts', 'package-lock.json'],
  },
]

/** Builds one part unless its inputs are those of the last build. */
export function build(name, { quiet = false } = {}) {
  const part = parts.find((each) => each.name === name)
  const hash = createHash('sha256')
  const files = part.inputs.flatMap((pattern) => globSync(pattern, { cwd: root })).sort()
  for (const file of files) {
    try {
      hash.update(file).update(readFileSync(join(root, file)))
    } catch (error) {
      if (error.code !== 'EISDIR') throw error
    }
  }
  const digest = hash.digest('hex')
  const stamp = join(root, 'dist', `${name}.stamp`)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  const result = spawnSync(process.execPath, [vite, 'build', '-c', part.config, '--logLevel', 'warn'], {
    cwd: root,
    stdio: quiet ? ['ignore', 'ignore', 'inherit'] : ['ignore', 'inherit', 'inherit'],
  })
  if (result.status !== 0) throw new Error(`building ${name} failed`)
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(stamp, digest)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  build('renderer')
  if (process.argv.includes('--electron')) build('electron')
}
