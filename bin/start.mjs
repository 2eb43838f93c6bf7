// `npm start`: the desktop program, or, where Electron's program cannot be had, the same window in a browser.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const electronFolder = join(root, 'node_modules', 'electron')
/** Electron's npm package fetches its program at the first start; a closed network must not make people wait for it. */
const DOWNLOAD_LIMIT_MS = 120_000

/** Path of Electron's program, or undefined. */
function electronProgram() {
  const note = join(electronFolder, 'path.txt')
  if (!existsSync(note)) return undefined
  const program = join(electronFolder, 'dist', readFileSync(note, 'utf8'))
  return existsSync(program) ? program : undefined
}

function fetchElectron() {
  if (!existsSync(join(electronFolder, 'install.js'))) return undefined
  spawnSync(process.execPath, [join(electronFolder, 'install.js')], {
    stdio: 'ignore',
    timeout: DOWNLOAD_LIMIT_MS,
  })
  return electronProgram()
}

await build('renderer')
await build('program')
const program = process.argv.includes('--headless') ? undefined : (electronProgram() ?? fetchElectron())
let child
if (program) {
  child = spawn(program, [root, ...process.argv.slice(2)], { stdio: 'inherit' })
} else {
  if (!process.argv.includes('--headless'))
    console.error('Electron’s program is not available here; the same window opens in a browser instead.')
  child = spawn(
    process.execPath,
    [
      join(root, 'bin', 'everstow.mjs'),
      'serve',
      ...process.argv.slice(2).filter((each) => each !== '--headless'),
    ],
    {
      stdio: 'inherit',
    },
  )
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
