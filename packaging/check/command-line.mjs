// The command line that lies beside the application. On the system that it is for it runs as it ships: with its own Node and nothing of ours around.
import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { packagesAskedFor } from './listing.mjs'

const run = promisify(execFile)
const LIMIT_MS = 300_000

export async function checkCommandLine({ target, folders, isOurs, version, report, scratch }) {
  const folder = path.join(folders.resources, 'command')
  const isWindows = target.platform === 'win32'
  const parts = [
    isWindows ? 'everstow.cmd' : 'everstow',
    isWindows ? 'node.exe' : 'node',
    'program/bin/everstow.mjs',
  ]
  const missing = parts.filter((file) => !existsSync(path.join(folder, file)))
  const closed = parts
    .slice(0, 2)
    .filter(
      (file) =>
        !isWindows && !missing.includes(file) && (statSync(path.join(folder, file)).mode & 0o111) === 0,
    )
  report.claim('the command line lies beside the application, with a Node of its own', [
    ...missing.map((file) => `${file} is missing`),
    ...closed.map((file) => `${file} cannot be run`),
  ])
  if (!isOurs || missing.length > 0) return
  await checkPackages(folder, report)
  await checkWork(folder, version, report, path.join(scratch, 'work'))
}

/** Each package that some part of the program asks for by name can be loaded from where it lies now. */
async function checkPackages(folder, report) {
  const program = path.join(folder, 'program')
  const code = globSync('dist/program/*.js', { cwd: program }).map((file) =>
    readFileSync(path.join(program, file), 'utf8'),
  )
  const wanted = packagesAskedFor(code.join('\n'))
  const script = `const wrong = []
for (const name of ${JSON.stringify(wanted)}) await import(name).catch((error) => wrong.push(name + ': ' + error.message))
console.log(JSON.stringify(wrong))`
  await writeFile(path.join(program, 'load-all.mjs'), script)
  const { stdout } = await run(path.join(folder, 'node'), [path.join(program, 'load-all.mjs')], {
    timeout: LIMIT_MS,
  })
  await rm(path.join(program, 'load-all.mjs'))
  report.claim(`the ${wanted.length} packages that the program asks for load`, JSON.parse(stdout))
}

/** Says its version, makes a backup and gives it back, in an environment without any other Node. */
async function checkWork(folder, version, report, scratch) {
  await mkdir(path.join(scratch, 'papers'), { recursive: true })
  await writeFile(path.join(scratch, 'papers', 'letter.txt'), 'Dear reader')
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: scratch,
    EVERSTOW_HOME: path.join(scratch, 'home'),
    EVERSTOW_KEYCHAIN: 'off',
    EVERSTOW_PASSPHRASE: 'a passphrase for this check only',
  }
  const everstow = (...args) =>
    run(path.join(folder, 'everstow'), args, { env, cwd: scratch, timeout: LIMIT_MS })
  const said = (await everstow('--version')).stdout.trim()
  report.claim(`it says that it is ${version}`, said === version ? [] : [said])
  await everstow('backup', path.join(scratch, 'papers'), '--format', 'snapshot', '--json')
  await everstow('restore', 'latest', '--into', path.join(scratch, 'back'), '--json')
  const [back] = globSync('**/letter.txt', { cwd: path.join(scratch, 'back') })
  const text = back === undefined ? 'nothing' : await readFile(path.join(scratch, 'back', back), 'utf8')
  report.claim('it makes a backup and gives it back', text === 'Dear reader' ? [] : [`it gave ${text}`])
}
