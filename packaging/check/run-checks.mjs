// `npm run dist -- --check`: packs for three systems around stubs of Electron, looks at what came out, and runs the command line that lies beside it.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readPackage } from '../home.mjs'
import { pack, packedFolders } from '../pack.mjs'
import { checkApplication } from './application.mjs'
import { checkCommandLine } from './command-line.mjs'
import { checkMacOnly } from './mac.mjs'
import { writeStubElectron } from './stub-electron.mjs'

const TARGETS = [
  { platform: 'linux', arch: 'x64' },
  { platform: 'darwin', arch: 'arm64' },
  { platform: 'win32', arch: 'x64' },
]

/** What nothing but the systems themselves can prove; the release workflow runs it there. */
const ELSEWHERE = [
  'that Electron’s program starts from this archive, with its threads and native modules',
  'signatures, notarization, and what Gatekeeper and SmartScreen say',
  'that NSIS, MSI, dmg, AppImage, deb and rpm are made, installed, updated and removed',
  'Nodes and native modules of macOS, Windows and Arm: only those of this system are installed here',
]

/** Gives the exit status. */
export async function runChecks(root) {
  const output = await mkdtemp(path.join(tmpdir(), 'everstow-dist-'))
  const report = createReport()
  try {
    for (const target of TARGETS)
      await report.section(nameOf(target), () => checkTarget(root, output, target, report))
    await report.section('macOS', () => checkMacOnly(root, report))
  } finally {
    await rm(output, { recursive: true, force: true })
  }
  console.log('\nOnly a real system can prove:')
  for (const line of ELSEWHERE) console.log(`  ${line}`)
  console.log(`\n${report.proven} proven, ${report.failed} failed`)
  return report.failed === 0 ? 0 : 1
}

const nameOf = ({ platform, arch }) => `${platform}-${arch}`

async function checkTarget(root, output, target, report) {
  const { platform, arch } = target
  const electronDist = path.join(output, `electron-${nameOf(target)}`)
  await writeStubElectron(electronDist, platform, await electronVersion(root))
  // The Node of another system is not here: something else stands in its place.
  const isOurs = platform === process.platform && arch === process.arch
  const standIn = path.join(output, 'node')
  await writeFile(standIn, 'stub')
  process.env.EVERSTOW_SHIPPED_NODE = isOurs ? process.execPath : standIn
  await quietly(() =>
    pack({
      root,
      platform,
      arch,
      forms: ['dir'],
      publish: null,
      config: { electronDist, directories: { output } },
    }),
  )
  report.prove('electron-builder.yml is what its schema asks for, and packs')
  const folders = packedFolders(output, platform, arch)
  await checkApplication({ root, target, folders, report })
  await checkCommandLine({
    target,
    folders,
    isOurs,
    version: readPackage(root).version,
    report,
    scratch: output,
  })
  await rm(folders.app, { recursive: true })
}

async function electronVersion(root) {
  return JSON.parse(await readFile(path.join(root, 'node_modules/electron/package.json'), 'utf8')).version
}

/** electron-builder tells its course on standard output; here only what follows from it counts. */
async function quietly(work) {
  const { log } = await import('builder-util')
  const lines = []
  const stream = log.stream
  log.stream = { write: (text) => lines.push(text) }
  try {
    return await work()
  } catch (error) {
    process.stderr.write(lines.join(''))
    throw error
  } finally {
    log.stream = stream
  }
}

/** Prints a line for each thing that was proven or found wrong. */
function createReport() {
  const report = {
    proven: 0,
    failed: 0,
    prove(what) {
      report.proven++
      console.log(`  ok      ${what}`)
    },
    fail(what, details = []) {
      report.failed++
      console.log(`  FAILED  ${what}`)
      for (const detail of details.slice(0, 20)) console.log(`            ${detail}`)
    },
    /** `wrong` is a list of what speaks against it. */
    claim(what, wrong) {
      if (wrong.length === 0) report.prove(what)
      else report.fail(what, wrong)
    },
    async section(name, work) {
      console.log(name)
      try {
        await work()
      } catch (error) {
        report.fail('the checks of this target ran to their end', [String(error?.stack ?? error)])
      }
    },
  }
  return report
}
