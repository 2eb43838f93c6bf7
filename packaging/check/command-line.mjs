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
  for (const line of await proveCommandLine(folders.resources, version, path.join(scratch, 'work')))
    report.prove(line)
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

/** Runs the command line below `resources` with nothing of ours around: a home of its own in `folder`, no other Node, no keychain. */
export function commandOf(resources, folder) {
  const isWindows = process.platform === 'win32'
  const command = path.join(resources, 'command', isWindows ? 'everstow.cmd' : 'everstow')
  const env = {
    ...(isWindows ? process.env : { PATH: '/usr/bin:/bin', HOME: folder, DISPLAY: process.env.DISPLAY }),
    EVERSTOW_HOME: path.join(folder, 'home'),
    EVERSTOW_KEYCHAIN: 'off',
    EVERSTOW_PASSPHRASE: 'a passphrase for this proof only',
  }
  const everstow = (...args) => {
    const options = { env, cwd: folder, timeout: LIMIT_MS }
    // A batch file is run by the shell; nothing that is given to it here needs quotes of another kind.
    if (!isWindows) return run(command, args, options)
    return run(`"${command}" ${args.map((each) => `"${each}"`).join(' ')}`, { ...options, shell: true })
  }
  return Object.assign(everstow, { env })
}

/** It says its version, makes a backup and gives it back. A sentence for each; throws where it does not. */
export async function proveCommandLine(resources, version, folder) {
  await mkdir(path.join(folder, 'papers'), { recursive: true })
  await writeFile(path.join(folder, 'papers', 'letter.txt'), 'Dear reader')
  const everstow = commandOf(resources, folder)
  const said = (await everstow('--version')).stdout.trim()
  if (said !== version) throw new Error(`the command line says that it is ${said}, not ${version}`)
  await everstow('backup', path.join(folder, 'papers'), '--format', 'snapshot', '--json')
  await everstow('restore', 'latest', '--into', path.join(folder, 'back'), '--json')
  const [back] = globSync('**/letter.txt', { cwd: path.join(folder, 'back') })
  const text = back === undefined ? 'nothing' : await readFile(path.join(folder, 'back', back), 'utf8')
  if (text !== 'Dear reader') throw new Error(`the command line gave back ${text}`)
  return [`the command line says that it is ${version}`, 'it makes a backup and gives it back']
}
