import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { shippedCommand } from '../../main/hosts/electron/system/shipped-command.ts'

const resourcesFolder = '/opt/Everstow/resources'
const installed = { isPackaged: true, platform: 'linux', env: {}, resourcesFolder } as const

test('other programs start the command line that lies beside the application', () => {
  expect(shippedCommand(installed)).toEqual(['/opt/Everstow/resources/command/everstow'])
  expect(
    shippedCommand({ ...installed, platform: 'win32', resourcesFolder: 'C:\\Everstow\\resources' }),
  ).toEqual(['C:\\Everstow\\resources\\command\\everstow.cmd'])
})

test('where there is none that stays, they look for it by its name', () => {
  expect(shippedCommand({ ...installed, isPackaged: false })).toBeUndefined()
  expect(shippedCommand({ ...installed, env: { APPIMAGE: '/home/ada/Everstow.AppImage' } })).toBeUndefined()
})

test('packing puts it there under these names', () => {
  for (const platform of ['linux', 'win32'] as const) {
    const [command = ''] = shippedCommand({ ...installed, platform }) ?? []
    const name = (platform === 'win32' ? path.win32 : path.posix).basename(command)
    expect(existsSync(path.resolve(import.meta.dirname, '../../packaging/command', name)), name).toBe(true)
  }
})
