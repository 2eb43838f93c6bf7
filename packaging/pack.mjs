// One run of electron-builder: one platform, one kind of processor.
import path from 'node:path'
import { Arch, build, Platform } from 'electron-builder'

const PLATFORMS = { linux: Platform.LINUX, darwin: Platform.MAC, win32: Platform.WINDOWS }

/** Packs for a target. `forms`: names of installers, or `['dir']` for the unpacked application. Gives what was made. */
export function pack({ root, platform, arch, forms, publish, config = {} }) {
  // Which native modules belong in: electron-builder.yml reads it.
  process.env.EVERSTOW_TARGET = `${platform}-${arch}`
  return build({
    projectDir: root,
    targets: PLATFORMS[platform].createTarget(forms, Arch[arch]),
    publish: 'never',
    config: { ...config, publish },
  })
}

/** Where the unpacked application lies in the output folder, and its resources. */
export function packedFolders(output, platform, arch) {
  const suffix = arch === 'x64' ? '' : `-${arch}`
  if (platform === 'darwin') {
    const app = path.join(output, `mac${suffix}`, 'Everstow.app')
    return { app, program: app, resources: path.join(app, 'Contents', 'Resources') }
  }
  const app = path.join(output, `${platform === 'win32' ? 'win' : 'linux'}${suffix}-unpacked`)
  const program = path.join(app, platform === 'win32' ? 'Everstow.exe' : 'everstow-desktop')
  return { app, program, resources: path.join(app, 'resources') }
}
