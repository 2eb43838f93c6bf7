// `npm run dist`: the installers of this system, in `release/`.
//   dist.mjs           what electron-builder.yml names for this system
//   dist.mjs --dir     the unpacked application only
//   dist.mjs --check   packs for three systems around stubs of Electron and says what that proves; nothing is downloaded
import path from 'node:path'
import { build } from '../bin/build.mjs'
import { refuseOtherNode } from './after-pack.mjs'
import { runChecks } from './check/run-checks.mjs'
import { homeOf, publishOf, readPackage } from './home.mjs'
import { writeThirdParty } from './licences.mjs'
import { pack } from './pack.mjs'

const root = path.dirname(import.meta.dirname)
const FORMS = { linux: ['AppImage', 'deb', 'rpm'], darwin: ['dmg', 'zip'], win32: ['nsis', 'msi'] }
/** Packages of Linux systems must say where they come from. */
const NEED_A_HOME = new Set(['deb', 'rpm'])

const packageJson = readPackage(root)
await build('program')
await build('renderer')
writeThirdParty(root, path.join(root, 'dist', 'THIRD-PARTY.txt'))
if (process.argv.includes('--check')) process.exitCode = await runChecks(root)
else await makeInstallers()

async function makeInstallers() {
  await refuseOtherNode(root)
  const { platform, arch } = process
  const home = homeOf(packageJson)
  const forms = FORMS[platform].filter((form) => home || !NEED_A_HOME.has(form))
  if (!home)
    console.log(
      'package.json names no repository: no updater is built in, and no package that must name its home',
    )
  const publish = publishOf(packageJson, platform)
  const made = await pack({
    root,
    platform,
    arch,
    forms: process.argv.includes('--dir') ? ['dir'] : forms,
    publish,
    ...(home && { config: { extraMetadata: { homepage: `https://github.com/${home.owner}/${home.repo}` } } }),
  })
  for (const file of made) console.log(path.relative(root, file))
}
