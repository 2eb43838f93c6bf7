// Proves that an installed Everstow works on this system: `smoke.mjs RESOURCES [PROGRAM [ARGUMENT…]]`.
//
// The command line (`RESOURCES/command`) says its version, makes a backup and gives it back. Then PROGRAM, the desktop application, is started on a data
// folder in which a plan is due, and has to make its backup: that takes its archive, its threads and its native modules. Nothing waits for a fixed time.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { commandOf, proveCommandLine } from './check/command-line.mjs'
import { readPackage } from './home.mjs'

const LIMIT_MS = 300_000
const BETWEEN_LOOKS_MS = 1_000

const [resources, program, ...args] = process.argv.slice(2)
if (resources === undefined) {
  console.error('usage: smoke.mjs RESOURCES [PROGRAM [ARGUMENT…]]')
  process.exit(2)
}
const scratch = await mkdtemp(path.join(tmpdir(), 'everstow-smoke-'))
try {
  const { version } = readPackage(path.dirname(import.meta.dirname))
  for (const line of await proveCommandLine(resources, version, path.join(scratch, 'by-command')))
    console.log(line)
  if (program !== undefined) console.log(await proveDesktop(path.join(scratch, 'by-desktop')))
} finally {
  await rm(scratch, { recursive: true, force: true, maxRetries: 10 })
}

async function proveDesktop(folder) {
  await mkdir(path.join(folder, 'papers'), { recursive: true })
  await writeFile(path.join(folder, 'papers', 'letter.txt'), 'Dear reader')
  const everstow = commandOf(resources, folder)
  await everstow('place', 'add', 'disk', '--type', 'local', '--path', path.join(folder, 'disk'))
  const sources = ['--source', path.join(folder, 'papers')]
  await everstow('plan', 'add', 'papers', ...sources, '--to', 'disk', '--schedule', 'every:1m')
  const desktop = spawn(program, [...args, '--home', path.join(folder, 'home')], {
    stdio: 'inherit',
    env: everstow.env,
  })
  const ended = new Promise((resolve, reject) => {
    desktop.once('error', reject)
    desktop.once('exit', (code, signal) => resolve(signal ?? code))
  })
  try {
    await untilBackedUp(everstow, ended)
    return 'the desktop application makes the backup that is due'
  } finally {
    desktop.kill('SIGTERM')
    await ended
  }
}

async function untilBackedUp(everstow, ended) {
  const end = Date.now() + LIMIT_MS
  while (Date.now() < end) {
    const { backups } = JSON.parse((await everstow('list', '--json')).stdout)
    if (backups.some(({ state }) => state === 'complete')) return
    const outcome = await Promise.race([
      ended,
      new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS, 'runs')),
    ])
    if (outcome !== 'runs')
      throw new Error(`the desktop application ended with ${outcome} before it made a backup`)
  }
  throw new Error('the desktop application made no backup')
}
