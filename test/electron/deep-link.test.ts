import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { ShownPage } from '../../main/contract/index.ts'
import { pageOfArguments, pageOfLink } from '../../main/hosts/electron/page/deep-link.ts'
import { homeFolder } from '../../main/hosts/electron/system/home-folder.ts'
import { scriptedApp } from './scripted-app.ts'
import { type StartedShell, startShell, until } from './start-shell.ts'

let started: StartedShell
afterEach(() => started?.close())

const NOTHING = [
  'everstow:',
  'everstow://',
  'everstow:///restore',
  'everstow:restore',
  'everstow://Restore',
  'EVERSTOW://restore',
  'everstow://restore/../settings',
  'everstow://restore/file',
  'everstow://restore//',
  'everstow://restore?into=/',
  'everstow://restore#x',
  'everstow://user@restore',
  'everstow://restore:80',
  'everstow://restore\n',
  ' everstow://restore',
  'everstow://res%74ore',
  'everstow://constructor',
  'everstow://__proto__',
  'everstow://nowhere',
  'everstow://run/backup',
  'everstow://restore" --home=/tmp',
  `everstow://${'a'.repeat(10_000)}`,
  'everstow2://restore',
  'https://restore',
  'app://ui/restore',
]

describe('what a link means', () => {
  test.each(ShownPage.options)('everstow://%s is that page', (page) => {
    expect(pageOfLink(`everstow://${page}`)).toBe(page)
    expect(pageOfLink(`everstow://${page}/`)).toBe(page)
  })

  test.each(NOTHING)('%j is nothing', (link) => {
    expect(pageOfLink(link)).toBeUndefined()
  })

  test.each([undefined, null, 7, {}, ['everstow://restore']])('%j is nothing', (what) => {
    expect(pageOfLink(what)).toBeUndefined()
  })

  test('no made-up text is a page that is none', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const page = pageOfLink(`everstow://${text}`)
        expect(page === undefined || text.replace(/\/$/, '') === page).toBe(true)
      }),
    )
  })

  test('a start names one link or none', () => {
    expect(pageOfArguments(['--', 'everstow://places'])).toBe('places')
    expect(pageOfArguments(['everstow://places', 'everstow://sync'])).toBeUndefined()
    expect(pageOfArguments(['--hidden'])).toBeUndefined()
  })
})

describe('what a link does', () => {
  const windows = (): number => started.standIn.windows().length
  const asked = (): unknown => started.app.asked

  test('the second start hands it over: the window comes with that page', async () => {
    started = await startShell()
    started.standIn.app.emit('second-instance', {}, ['everstow', '--', 'everstow://restore'], '/')
    await until(() => started.standIn.windows()[0]?.isVisible() ?? false)
  })

  test.each(NOTHING.filter((link) => /^everstow:/i.test(link)))(
    '%j shows nothing and asks nothing',
    async (link) => {
      started = await startShell()
      started.standIn.app.emit('second-instance', {}, ['everstow', link], '/')
      started.standIn.app.emit('open-url', { preventDefault() {} }, link)
      await new Promise((resolve) => setImmediate(resolve))
      expect(windows()).toBe(0)
      expect(asked()).toEqual([])
    },
  )

  test('a first start by a link of ours shows its page, by another only the tray', async () => {
    started = await startShell({ args: ['--', 'everstow://settings'] })
    await until(() => started.standIn.windows()[0]?.isVisible() ?? false)
    await started.close()
    started = await startShell({ args: ['--', 'everstow://nowhere'] })
    expect([windows(), started.standIn.trays.length]).toEqual([0, 1])
  })

  test('macOS tells of a link before the program is ready; it is not lost', async () => {
    let prevented = 0
    let standIn: StartedShell['standIn'] | undefined
    const event = { preventDefault: () => prevented++ }
    started = await startShell({
      platform: 'darwin',
      args: ['--hidden'],
      startApp: async () => {
        standIn?.app.emit('open-url', event, 'everstow://places')
        return scriptedApp()
      },
      prepare: (made) => {
        standIn = made
      },
    })
    await until(() => started.standIn.windows()[0]?.isVisible() ?? false)
    expect(prevented).toBe(1)
  })

  test('only an installed program is named to the system, and a link never becomes an option of it', async () => {
    started = await startShell()
    expect(started.standIn.app.protocolClients).toEqual([])
    await started.close()
    started = await startShell({ prepare: (standIn) => Object.assign(standIn.app, { isPackaged: true }) })
    expect(started.standIn.app.protocolClients).toEqual([{ scheme: 'everstow', args: ['--'] }])
    const system = { platform: 'linux', env: {}, userHome: '/home/ada' } as const
    expect(homeFolder(['--', '--home=/tmp/evil'], system)).toBe('/home/ada/.local/share/everstow')
    expect(homeFolder(['--', '--home', '/tmp/evil'], system)).toBe('/home/ada/.local/share/everstow')
    expect(homeFolder(['--home', '/data', '--', 'everstow://sync'], system)).toBe('/data')
  })
})
