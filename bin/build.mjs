// Builds what runs from built files: the program of every host, and the window; and the types of the library. Nothing is built twice: a stamp over the inputs
// decides.
//   build.mjs            all of it
//   build.mjs --prepare  the program, quietly giving up where it cannot be built
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { builtFromPath, sourceList } from './built-program.mjs'
import { findNode } from './own-node.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')

const parts = [
  {
    name: 'program',
    config: 'vite.program.config.ts',
    inputs: [
      'main/**/*.ts',
      'preload/**/*',
      'assets/locales/*',
      'vite.program.config.ts',
      'package-lock.json',
    ],
    makes: ['dist/program/cli.js', 'dist/program/library.js', 'dist/preload/preload.cjs'],
  },
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
    makes: ['dist/renderer/index.html'],
  },
  {
    name: 'types',
    inputs: [
      'main/hosts/library/*.ts',
      'main/contract/*.ts',
      'main/engine/model/errors.ts',
      'bin/library-types.mjs',
      'package-lock.json',
    ],
    makes: ['dist/types/everstow.d.ts'],
  },
]

/** Builds one part unless its inputs are those of the last build. */
export async function build(name, { quiet = false } = {}) {
  const part = parts.find((each) => each.name === name)
  // Taken before the build: what is edited meanwhile makes it stale.
  const sources = name === 'program' ? sourceList(root) : undefined
  const digest = digestOf(part.inputs)
  const stamp = join(root, 'dist', `${name}.stamp`)
  const isBuilt =
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === digest &&
    part.makes.every((file) => existsSync(join(root, file)))
  if (!isBuilt) {
    if (part.config) runVite(part, quiet)
    else await writeTypes(part)
    mkdirSync(join(root, 'dist'), { recursive: true })
    writeFileSync(stamp, digest)
  }
  // Files may be as they were, and yet have other times.
  if (sources !== undefined) writeFileSync(builtFromPath(root), sources)
}

function digestOf(inputs) {
  const hash = createHash('sha256')
  const files = inputs.flatMap((pattern) => globSync(pattern, { cwd: root })).sort()
  for (const file of files) {
    try {
      hash.update(file).update(readFileSync(join(root, file)))
    } catch (error) {
      if (error.code !== 'EISDIR') throw error
    }
  }
  return hash.digest('hex')
}

/** The compiler is loaded by whoever needs it. */
async function writeTypes({ makes: [file] }) {
  const { writeLibraryTypes } = await import('./library-types.mjs')
  writeLibraryTypes(root, join(root, file))
}

function runVite({ name, config }, quiet) {
  const result = spawnSync(
    findNode() ?? process.execPath,
    [vite, 'build', '-c', config, '--logLevel', 'warn'],
    {
      cwd: root,
      stdio: quiet ? ['ignore', 'ignore', 'inherit'] : ['ignore', 'inherit', 'inherit'],
    },
  )
  if (result.status !== 0) throw new Error(`building ${name} failed`)
}

/**
 * `npm ci` builds the program, so that the first command already starts fast. An installation never fails by it: without the
 * developers' packages there is no builder, and a program that cannot be built runs from its sources, only slower.
 */
async function prepare() {
  if (!existsSync(vite)) return
  try {
    await build('program', { quiet: true })
  } catch (error) {
    process.stderr.write(`Everstow will run from its sources: ${error.message}\n`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--prepare')) await prepare()
  else for (const { name } of parts) await build(name)
}
