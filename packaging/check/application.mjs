// The packed application: what is in its archive, what lies outside of it, what holds it together, and how large it is.
import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { getRawHeader, listPackage } from '@electron/asar'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import plist from 'plist'
import { NtExecutable, NtExecutableResource, Resource } from 'resedit'
import { parse } from 'yaml'
import { icnsSizes, icoSizes, pngSize, targetOfBinary } from './binaries.mjs'
import { wrongInListing } from './listing.mjs'

const MEBIBYTE = 1 << 20
/** What the program may weigh without Electron and Node; a third more than it did when this was written. */
const PROGRAM_BUDGET_BYTES = 75 * MEBIBYTE
const FUSE_ON = '1'.charCodeAt(0)
const FUSE_OFF = '0'.charCodeAt(0)
/** What Windows and the docks show blurred where it is missing. */
const ICON_SIZES = {
  win32: [16, 20, 24, 32, 40, 48, 64, 256],
  darwin: [16, 32, 64, 128, 256, 512, 1024],
  linux: [16, 24, 32, 48, 64, 128, 256, 512],
}

export async function checkApplication({ root, target, folders, report }) {
  const name = `${target.platform}-${target.arch}`
  const archive = path.join(folders.resources, 'app.asar')
  const files = filesOf(archive)
  report.claim(
    `the archive holds ${files.length} files: all that runs, and nothing else`,
    wrongInListing(files, name),
  )
  checkNativeModules(name, folders, files, report)
  checkIntegrity(target.platform, folders, archive, report)
  await checkFuses(root, folders, report)
  checkIcons(root, target.platform, folders, report)
  checkSize(folders, archive, report)
  report.claim(
    'no home on the network is named, so there is no updater',
    globSync('app-update.yml', { cwd: folders.resources }),
  )
}

/** Files in an archive, with `/` and without folders. */
function filesOf(archive) {
  const entries = listPackage(archive, {}).map((entry) => entry.replaceAll('\\', '/').replace(/^\//, ''))
  const folders = new Set(entries.map((entry) => path.posix.dirname(entry)))
  return entries.filter((entry) => !folders.has(entry))
}

function checkNativeModules(name, { resources }, files, report) {
  const unpacked = path.join(resources, 'app.asar.unpacked')
  const outside = globSync('**/*', { cwd: unpacked, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(unpacked, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  const inside = files.filter((file) => file.endsWith('.node'))
  const wrong = [
    ...inside.filter((file) => !outside.includes(file)).map((file) => `${file} lies in the archive`),
    ...outside.filter((file) => !inside.includes(file)).map((file) => `${file} lies beside it for no reason`),
    ...outside
      .filter((file) => targetOfBinary(readFileSync(path.join(unpacked, file))) !== name)
      .map((file) => `${file} is not for ${name}`),
    ...(outside.some((file) => file.includes('/keytar/')) ? [] : ['the keychain’s module is missing']),
  ]
  report.claim(`${outside.length} native modules lie beside the archive, all for ${name}`, wrong)
}

function checkIntegrity(platform, folders, archive, report) {
  const { headerString } = getRawHeader(archive)
  const expected = createHash('sha256').update(headerString).digest('hex')
  if (platform === 'linux') return report.prove('Electron checks no archive on Linux, and none is promised')
  const found = platform === 'darwin' ? macIntegrity(folders) : windowsIntegrity(folders)
  const place = platform === 'darwin' ? 'Info.plist' : 'the program’s resources'
  report.claim(
    `${place} holds the archive’s hash`,
    found === expected ? [] : [`${found} instead of ${expected}`],
  )
}

function macIntegrity({ app }) {
  const { ElectronAsarIntegrity } = plist.parse(readFileSync(path.join(app, 'Contents/Info.plist'), 'utf8'))
  const { algorithm, hash } = ElectronAsarIntegrity['Resources/app.asar']
  return algorithm === 'SHA256' ? hash : algorithm
}

function windowsIntegrity({ program }) {
  const entry = resourcesOf(program).entries.find(({ id }) => id === 'ELECTRONASAR')
  const [{ file, alg, value }] = JSON.parse(Buffer.from(entry.bin).toString('utf8'))
  return file === 'resources\\app.asar' && alg === 'SHA256' ? value : `${alg} of ${file}`
}

function resourcesOf(program) {
  return NtExecutableResource.from(NtExecutable.from(readFileSync(program)))
}

/** As electron-builder.yml wants them, read back from the program. */
async function checkFuses(root, { program }, report) {
  const { electronFuses } = parse(readFileSync(path.join(root, 'electron-builder.yml'), 'utf8'))
  const wire = await getCurrentFuseWire(program)
  const names = Object.keys(FuseV1Options).filter((each) => Number.isNaN(Number(each)))
  const wrong = names.flatMap((each) => {
    const wanted = electronFuses[each[0].toLowerCase() + each.slice(1)]
    if (wanted === undefined) return [`${each}: nothing is said about it`]
    return wire[FuseV1Options[each]] === (wanted ? FUSE_ON : FUSE_OFF)
      ? []
      : [`${each} does not stand ${wanted}`]
  })
  report.claim(`${names.length} fuses stand as they should`, wrong)
}

function checkIcons(root, platform, folders, report) {
  const sizes = [...iconSizes(root, platform, folders)].sort((a, b) => a - b)
  const missing = ICON_SIZES[platform].filter((size) => !sizes.includes(size))
  report.claim(
    `the icon is there in ${sizes.join(', ')} pixels`,
    missing.map((size) => `${size} pixels are missing`),
  )
}

function iconSizes(root, platform, { resources, program }) {
  if (platform === 'darwin') return icnsSizes(readFileSync(path.join(resources, 'icon.icns')))
  if (platform === 'win32') {
    const [group] = Resource.IconGroupEntry.fromEntries(resourcesOf(program).entries)
    const file = icoSizes(readFileSync(path.join(root, 'assets/icons/app.ico')))
    return group.icons.length === file.length ? group.icons.map(({ width }) => width || 256) : []
  }
  const folder = path.join(root, 'assets/icons/app')
  return globSync('*.png', { cwd: folder }).map((file) => pngSize(readFileSync(path.join(folder, file))))
}

function checkSize({ resources }, archive, report) {
  const outside = globSync('app.asar.unpacked/**/*.node', { cwd: resources })
  const bytes = [archive, ...outside.map((file) => path.join(resources, file))].reduce(
    (sum, file) => sum + statSync(file).size,
    0,
  )
  const said = `${(bytes / MEBIBYTE).toFixed(1)} MiB`
  report.claim(
    `the program takes ${said} beside Electron, of ${PROGRAM_BUDGET_BYTES / MEBIBYTE} MiB that it may`,
    bytes <= PROGRAM_BUDGET_BYTES ? [] : [said],
  )
}
