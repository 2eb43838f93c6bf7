#!/usr/bin/env node
// Finds a Node that can run Everstow, then hands over to it. This file runs on old Nodes too: no syntax newer than ES2022 here.
import { spawn } from 'node:child_process'
import nodeModule from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { freshProgram } from './built-program.mjs'
import { findNode, NEEDED_MAJOR } from './own-node.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const node = findNode()

if (node === process.execPath) await run()
else runOn(node)

async function run() {
  quietExperimentalWarnings()
  // Types are stripped and code is compiled once; later starts read the result. Never from a folder that others may write.
  process.env.NODE_COMPILE_CACHE ||= join(cacheFolder(), 'code')
  nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE)
  const hosts = hostModules()
  const { runCli } = await import(hosts.cli)
  const status = await runCli(process.argv.slice(2), {
    root,
    serve: async (options) => {
      const { runHeadless } = await import(hosts.headless)
      return runHeadless({ ...options, root })
    },
    serveApi: async (options) => {
      const { runApi } = await import(hosts.headless)
      return runApi({ ...options, root })
    },
    daemon: async (options) => {
      const { runDaemon } = await import(hosts.headless)
      return runDaemon({ ...options, root })
    },
  })
  // What was said must have left before the process does.
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
  )
  process.exit(status)
}

/** The built program, which starts in half the time, as long as it is what the sources say; else the sources themselves. */
function hostModules() {
  const built = freshProgram(root)
  const module = (host) =>
    pathToFileURL(built ? join(built, `${host}.js`) : join(root, 'main', 'hosts', host, 'index.ts')).href
  return { cli: module('cli'), headless: module('headless') }
}

/** Another Node, with our input, output, signals and exit status. */
function runOn(node) {
  if (node === undefined) {
    process.stderr.write(
      `Everstow needs Node ${NEEDED_MAJOR} or newer; this is ${process.version}. Install it from https://nodejs.org and start again.\n`,
    )
    process.exit(1)
  }
  const args = [
    '--disable-warning=ExperimentalWarning',
    // Of what is made for one call only: the 16 that are usual make the process tens of megabytes larger, and buy little.
    '--max-semi-space-size=4',
    fileURLToPath(import.meta.url),
    ...process.argv.slice(2),
  ]
  // Of what threads gave back, glibc keeps some for each of them: in two pools for all it is a third of a host's memory less.
  const env = { MALLOC_ARENA_MAX: '2', ...process.env }
  const child = spawn(node, args, { stdio: 'inherit', env })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  // A terminal sends Ctrl+C to both of us; the child takes a second one within a moment for the first.
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`Everstow could not start ${node}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const each of signals) process.removeAllListeners(each)
    process.kill(process.pid, signal)
  })
}

/** Early releases of Node 24 call type stripping and SQLite experimental; people need not read that. */
function quietExperimentalWarnings() {
  const { emitWarning } = process
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'object' ? rest[0]?.type : rest[0]
    if ((type ?? warning?.name) !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest)
  }
}

/** The person's own cache folder. */
function cacheFolder() {
  if (process.platform === 'win32')
    return join(process.env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'Everstow', 'Cache')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'Everstow')
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'everstow')
}
