import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openFolder } from '../../main/hosts/electron/dialogs.ts'
import { homeFolder } from '../../main/hosts/electron/system/home-folder.ts'
import { autostartEntry, renewStartAtLogin } from '../../main/hosts/electron/system/login-item.ts'
import { createNotifier } from '../../main/hosts/electron/tray/notifications.ts'
import { createWords } from '../../main/hosts/electron/words.ts'
import { run, SETTINGS, STATUS } from './scripted-app.ts'
import { StandInShell } from './stand-in/desktop.ts'
import { createStandIn } from './stand-in/stand-in.ts'
import { english, type StartedShell, startShell, until } from './start-shell.ts'

let started: StartedShell
afterEach(() => started?.close())

describe('notifications', () => {
  const failed = {
    level: 'failed',
    sentence: { key: 'notices.backupFailed', params: { plan: 'Documents' } },
  } as const
  const bodies = (): string[] => started.standIn.notifications.map(({ body }) => body)
  const problem = { id: '1', level: 'failed' as const, sentence: failed.sentence }

  test('a failure is told in words', async () => {
    started = await startShell()
    started.app.server.emit('notice', failed)
    expect(bodies()).toEqual([english.sentence(failed.sentence)])
  })

  test('success is quiet', async () => {
    started = await startShell()
    for (const level of ['success', 'info'] as const)
      started.app.server.emit('notice', {
        level,
        sentence: { key: 'notices.backupDone', params: { plan: 'D', copies: 2 } },
      })
    expect(bodies()).toEqual([])
  })

  test('one notice an incident: not again until all is well', async () => {
    started = await startShell()
    started.app.hub.set('status', { current: { ...STATUS, level: 'failed', problems: [problem] } })
    for (let again = 0; again < 5; again++) started.app.server.emit('notice', failed)
    expect(bodies().length).toBe(1)
    started.app.hub.set('status', { current: STATUS })
    started.app.server.emit('notice', failed)
    expect(bodies().length).toBe(2)
  })

  test('another incident is told meanwhile', async () => {
    started = await startShell()
    started.app.hub.set('status', { current: { ...STATUS, level: 'failed', problems: [problem] } })
    started.app.server.emit('notice', failed)
    started.app.server.emit('notice', {
      ...failed,
      sentence: { ...failed.sentence, params: { plan: 'Photos' } },
    })
    expect(bodies().length).toBe(2)
  })

  test('none where the person wants none', async () => {
    started = await startShell()
    started.app.hub.set('settings', { current: { ...SETTINGS, notifications: false } })
    started.app.server.emit('notice', failed)
    expect(bodies()).toEqual([])
  })

  test('what is no notice is no notice', async () => {
    started = await startShell()
    started.app.server.emit('notice', { level: 'catastrophe', sentence: 'boo' } as never)
    expect(bodies()).toEqual([])
  })

  test('a failed backup offers to try again; a click shows what needs a person', async () => {
    started = await startShell()
    started.app.hub.set('runs', { r1: run('r1', { state: 'failed', planId: 'd' }) })
    started.app.server.emit('notice', { ...failed, runId: 'r1' })
    const shown = started.standIn.notifications[0]!
    expect(shown.actions).toEqual(['Try again', 'Show'])
    shown.press('Try again')
    expect(started.app.asked).toEqual([{ name: 'backup.start', input: { plan: 'd' } }])
    shown.press('Show')
    await until(() => started.standIn.windows()[0]?.isVisible() ?? false)
  })

  test('a failure of what no plan began can only be looked at', async () => {
    started = await startShell()
    started.app.server.emit('notice', { ...failed, runId: 'unknown' })
    expect(started.standIn.notifications[0]?.actions).toEqual(['Show'])
  })

  test.each([
    ['notices.syncConflicts', 'Decide', 'conflicts'],
    ['notices.mirrorWaits', 'Show', 'sync'],
    ['notices.placeFailed', 'Show', 'problems'],
  ])('%s has the button %s, which leads to the page %s, as does a click', (key, label, page) => {
    const standIn = createStandIn({})
    const actions: unknown[] = []
    const notifier = createNotifier({
      electron: standIn.electron,
      words: () => createWords(english, () => 0),
      wanted: () => true,
      windowHasFocus: () => false,
      runs: () => [],
      onAction: (action) => actions.push(action),
    })
    const params = { name: 'docs', count: 2, mirror: 'docs', total: 9, place: 'NAS' }
    notifier.notice({ level: 'attention', sentence: { key, params } })
    const [shown] = standIn.notifications
    expect(shown?.actions).toEqual([label])
    shown?.press(label)
    shown?.emit('click')
    expect(actions).toEqual([
      { do: 'show', page },
      { do: 'show', page },
    ])
  })

  test('a newer version is told once, calmly, although it is no problem', async () => {
    started = await startShell()
    const sentence = { key: 'notices.updateReady', params: { version: '2.0.0' } }
    for (let again = 0; again < 3; again++) started.app.server.emit('notice', { level: 'info', sentence })
    expect(bodies()).toEqual(['Everstow 2.0.0 is ready. It is installed when you next quit.'])
    expect(started.standIn.notifications[0]?.actions).toEqual(['Show'])
  })

  test('they are put away when the program ends', async () => {
    started = await startShell()
    started.app.server.emit('notice', failed)
    started.shell?.quitting.now()
    await expect.poll(() => started.standIn.notifications[0]?.shown).toBe(false)
  })
})

describe('starting at login', () => {
  const entryFile = (): string => path.join(started.configFolder, 'autostart/everstow.desktop')

  test('on Linux it is a file in the autostart folder', async () => {
    started = await startShell()
    await started.abilities?.setStartAtLogin?.(true)
    expect(readFileSync(entryFile(), 'utf8').split('\n')).toContain(
      'Exec="/opt/Everstow/everstow" "--hidden"',
    )
    await started.abilities?.setStartAtLogin?.(false)
    expect(existsSync(entryFile())).toBe(false)
    await started.abilities?.setStartAtLogin?.(false)
  })

  test('on Linux the entry follows a program that has another path now, and nothing that the person changed', async () => {
    const command = ['/home/ada/Everstow-2.AppImage']
    const folder = mkdtempSync(path.join(tmpdir(), 'everstow-config-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const options = { configFolder: folder, platform: 'linux', command } as const
    const entry = path.join(options.configFolder, 'autostart/everstow.desktop')
    await renewStartAtLogin(options)
    expect(existsSync(entry)).toBe(false)
    mkdirSync(path.dirname(entry), { recursive: true })
    const changed = `${autostartEntry(['/home/ada/Everstow-1.AppImage', '--hidden'])}Hidden=true\n`
    writeFileSync(entry, changed)
    await renewStartAtLogin({ ...options, platform: 'win32' })
    expect(readFileSync(entry, 'utf8')).toBe(changed)
    await renewStartAtLogin(options)
    expect(readFileSync(entry, 'utf8')).toBe(changed.replace('Everstow-1', 'Everstow-2'))
  })

  test('a start looks after the entry', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'everstow-config-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const entry = path.join(folder, 'autostart/everstow.desktop')
    mkdirSync(path.dirname(entry))
    writeFileSync(entry, autostartEntry(['/gone/everstow', '--hidden']))
    started = await startShell({ configFolder: folder })
    await until(() => readFileSync(entry, 'utf8').includes('"/opt/Everstow/everstow" "--hidden"'))
  })

  test('on Windows and macOS it is the system’s list', async () => {
    started = await startShell({ platform: 'win32' })
    await started.abilities?.setStartAtLogin?.(true)
    expect(started.standIn.app.loginItem).toEqual({
      openAtLogin: true,
      path: '/opt/Everstow/everstow',
      args: ['--hidden'],
    })
    expect(started.standIn.app.userModelId).toBe('app.everstow')
    await started.close()
    started = await startShell({ platform: 'darwin', args: ['--hidden'] })
    await started.abilities?.setStartAtLogin?.(true)
    expect(started.standIn.app.loginItem).toEqual({ openAtLogin: true })
  })

  test('any path survives the quoting of the entry', () => {
    const name = fc.string({ unit: fc.constantFrom('a', ' ', '"', '$', '`', '\\', '%', 'é', "'", ';', '&') })
    fc.assert(
      fc.property(name, (tail) => {
        const line = autostartEntry([`/opt/${tail}`])
          .split('\n')
          .find((each) => each.startsWith('Exec='))
        expect(parseExec(line ?? '')).toEqual([`/opt/${tail}`])
      }),
    )
  })

  test('a control character cannot add a line to the entry', () => {
    expect(() => autostartEntry(['/opt/x\nExec=/bin/evil'])).toThrow('control characters')
  })
})

describe('folders', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'everstow-folders-'))
    mkdirSync(path.join(folder, 'Photos'))
    mkdirSync(path.join(folder, 'Evil.app'))
    writeFileSync(path.join(folder, 'run.sh'), '#!/bin/sh\n')
    chmodSync(path.join(folder, 'run.sh'), 0o755)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('the system’s dialog picks one, or none', async () => {
    started = await startShell()
    started.standIn.dialog.folders.push('/home/me/Photos', null)
    expect(await started.abilities?.pickFolder?.('Choose a folder')).toBe('/home/me/Photos')
    expect(await started.abilities?.pickFolder?.('Choose a folder')).toBeNull()
    expect(started.standIn.dialog.openDialogs[0]).toMatchObject({
      title: 'Choose a folder',
      properties: ['openDirectory', 'createDirectory', 'showHiddenFiles'],
    })
  })

  test('a folder opens; what would run is only shown', async () => {
    const shell = new StandInShell()
    expect(await openFolder(shell, path.join(folder, 'Photos'))).toBe(true)
    expect(shell.openedPaths).toEqual([path.join(folder, 'Photos')])
    for (const risky of ['run.sh', 'Evil.app'])
      expect(await openFolder(shell, path.join(folder, risky))).toBe(true)
    expect(shell.openedPaths.length).toBe(1)
    expect(shell.shownItems).toEqual([path.join(folder, 'run.sh'), path.join(folder, 'Evil.app')])
  })

  test.each(['relative/folder', '/nonexistent-everstow', 'https://example.com/', ''])(
    '%j opens nothing',
    async (what) => {
      const shell = new StandInShell()
      expect(await openFolder(shell, what)).toBe(false)
      expect([...shell.openedPaths, ...shell.shownItems]).toEqual([])
    },
  )
})

describe('the application menu', () => {
  test('leads to every page, edits, and quits', async () => {
    started = await startShell()
    const menu = started.standIn.applicationMenu()
    expect(menu?.items.map(({ label }) => label)).toEqual(['File', 'Edit', 'View', 'Window'])
    const accelerators = menu?.items.flatMap(({ submenu }) =>
      submenu.flatMap(({ accelerator }) => accelerator ?? []),
    )
    expect(accelerators).toEqual([
      'CmdOrCtrl+1',
      'CmdOrCtrl+2',
      'CmdOrCtrl+3',
      'CmdOrCtrl+4',
      'CmdOrCtrl+,',
      'CmdOrCtrl+Q',
    ])
    menu?.press('File', 'Quit Everstow')
    await expect.poll(() => started.standIn.app.exitCode).toBe(0)
  })

  test('has no way to developer tools or a reload', async () => {
    started = await startShell()
    const roles = started.standIn
      .applicationMenu()
      ?.items.flatMap(({ submenu }) => submenu.map(({ role }) => role))
    for (const role of ['toggleDevTools', 'reload', 'forceReload']) expect(roles).not.toContain(role)
  })

  test('on macOS the app’s own menu comes first', async () => {
    started = await startShell({ platform: 'darwin', args: ['--hidden'] })
    const [app, file] = started.standIn.applicationMenu()?.items ?? []
    expect(app?.label).toBe('Everstow')
    expect(app?.submenu.map(({ role }) => role).filter(Boolean)).toEqual([
      'about',
      'hide',
      'hideOthers',
      'unhide',
    ])
    expect(file?.submenu.length).toBe(4)
  })
})

describe('the home folder', () => {
  const system = { platform: 'linux' as const, env: {}, userHome: '/home/me' }

  test.each([
    [['--home', '/a/b'], { EVERSTOW_HOME: '/c' }, '/a/b'],
    [['--home=/a/b'], {}, '/a/b'],
    [['--hidden'], { EVERSTOW_HOME: '/c' }, '/c'],
    [[], { XDG_DATA_HOME: '/d' }, '/d/everstow'],
    [[], { XDG_DATA_HOME: '' }, '/home/me/.local/share/everstow'],
    [[], {}, '/home/me/.local/share/everstow'],
  ])('%j with %j is %s', (args, env, folder) => {
    expect(homeFolder(args, { ...system, env })).toBe(folder)
  })

  test('macOS and Windows have places of their own', () => {
    expect(homeFolder([], { ...system, platform: 'darwin' })).toBe(
      '/home/me/Library/Application Support/Everstow',
    )
    expect(homeFolder([], { ...system, platform: 'win32', env: { LOCALAPPDATA: '/local' } })).toBe(
      '/local/Everstow',
    )
  })
})

/** Reads an Exec line as the Desktop Entry specification says: string escapes first, then quotes, then field codes. */
function parseExec(line: string): string[] {
  const value = line.slice('Exec='.length).replaceAll('\\\\', '\\')
  // What is left are a shell's own rules for double quotes; `%%` is undone last.
  const shown = execFileSync('/bin/sh', ['-c', `printf '%s\\n' ${value}`], { encoding: 'utf8' })
  return shown.slice(0, -1).replaceAll('%%', '%').split('\n')
}
