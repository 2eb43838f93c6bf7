// Folders that look like Electron's own for the three systems, as far as packing reads them: nothing in them runs. The programs hold a fuse wire
// as the real ones do, all fuses standing as Electron delivers them.
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import plist from 'plist'
import { NtExecutable, NtExecutableResource, Resource } from 'resedit'

/** Stands before the fuses in every program of Electron; then a version, how many there are, and a letter each. */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const DELIVERED_FUSES = '101100011'
const EN_US = 1033

/** Writes such a folder for a platform (`linux`, `darwin`, `win32`). */
export async function writeStubElectron(folder, platform, version) {
  const save = async (file, content, mode = 0o644) => {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
    await writeFile(path.join(folder, file), content, { mode })
  }
  await save('LICENSE', 'stub')
  await save('LICENSES.chromium.html', 'stub')
  await save('version', version)
  if (platform === 'darwin') return saveMac(folder, save)
  for (const locale of ['de', 'en-US', 'fr']) await save(`locales/${locale}.pak`, 'stub')
  await mkdir(path.join(folder, 'resources'), { recursive: true })
  if (platform === 'win32') return save('electron.exe', windowsProgram(), 0o755)
  await save('electron', Buffer.concat([Buffer.from('\x7fELF', 'latin1'), fuseWire()]), 0o755)
  await save('chrome-sandbox', 'stub', 0o755)
}

function fuseWire() {
  return Buffer.concat([
    Buffer.from(FUSE_SENTINEL, 'latin1'),
    Buffer.from([1, DELIVERED_FUSES.length]),
    Buffer.from(DELIVERED_FUSES, 'latin1'),
  ])
}

async function saveMac(folder, save) {
  const contents = 'Electron.app/Contents'
  const app = (name) =>
    plist.build({ CFBundleExecutable: name, CFBundleName: name, CFBundlePackageType: 'APPL' })
  await save(`${contents}/Info.plist`, app('Electron'))
  await save(`${contents}/MacOS/Electron`, 'stub', 0o755)
  const framework = `${contents}/Frameworks/Electron Framework.framework`
  await save(`${framework}/Versions/A/Electron Framework`, fuseWire(), 0o755)
  for (const locale of ['de', 'en', 'fr']) {
    await save(`${contents}/Resources/${locale}.lproj/locale.pak`, 'stub')
    await save(`${framework}/Versions/A/Resources/${locale}.lproj/locale.pak`, 'stub')
  }
  await symlink('A', path.join(folder, framework, 'Versions/Current'))
  for (const name of ['Electron Framework', 'Resources'])
    await symlink(`Versions/Current/${name}`, path.join(folder, framework, name))
  for (const suffix of ['', ' (GPU)', ' (Plugin)', ' (Renderer)']) {
    const helper = `Electron Helper${suffix}`
    await save(`${contents}/Frameworks/${helper}.app/Contents/Info.plist`, app(helper))
    await save(`${contents}/Frameworks/${helper}.app/Contents/MacOS/${helper}`, 'stub', 0o755)
  }
}

/** A program of Windows without code: headers, a version, and the wire behind them. */
function windowsProgram() {
  const program = NtExecutable.createEmpty(false, false)
  const resources = NtExecutableResource.from(program)
  const version = Resource.VersionInfo.createEmpty()
  version.setStringValues(
    { lang: EN_US, codepage: 1200 },
    { ProductName: 'Electron', FileDescription: 'Electron' },
  )
  version.outputToResourceEntries(resources.entries)
  resources.entries.push({
    type: 24,
    id: 1,
    lang: EN_US,
    codepage: 1200,
    bin: new TextEncoder().encode(
      '<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0"/>',
    ),
  })
  resources.entries.push({ type: 'WIRE', id: 1, lang: EN_US, codepage: 1200, bin: fuseWire() })
  resources.outputResource(program)
  return Buffer.from(program.generate())
}
