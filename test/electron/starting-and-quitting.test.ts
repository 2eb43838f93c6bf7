import { afterEach, describe, expect, test } from 'vitest'
import { DEFAULT_SIZE } from '../../main/hosts/electron/window-place.ts'
import { run, type ScriptedApp, scriptedApp } from './scripted-app.ts'
import type { StandInWindow } from './stand-in/browser-window.ts'
import { english, type StartedShell, settle, startShell, until } from './start-shell.ts'

let started: StartedShell
afterEach(() => started.close())

const { text } = english
const window = (): StandInWindow => started.standIn.windows()[0]!
const hasEnded = (): boolean => started.standIn.app.exitCode !== undefined

async function open(options: Parameters<typeof startShell>[0] = {}): Promise<void> {
  started = await startShell({ args: [], ...options })
  await until(() => started.standIn.windows()[0]?.isVisible() ?? false)
}

/** An application whose end never comes. */
function stuckApp(): ScriptedApp & { isStopping(): boolean } {
  let stopping = false
  const stop = (): Promise<void> => {
    stopping = true
    return new Promise(() => {})
  }
  return Object.assign(scriptedApp({ stop }), { isStopping: () => stopping })
}

describe('quitting', () => {
  const quit = (): void => started.tray().menu?.press(text('tray.quit'))
  const work = (kind: 'backup' | 'restore' | 'verify'): void =>
    started.app.hub.set('runs', { r: run('r', { kind }), old: run('old', { state: 'done' }) })

  test('with nothing running: the engine stops once, then the program ends', async () => {
    await open()
    quit()
    await until(hasEnded)
    expect(started.app.stopped).toBe(1)
    expect(started.standIn.app.exitCode).toBe(0)
    expect(started.tray().isDestroyed()).toBe(true)
    expect(started.standIn.dialog.questions).toEqual([])
    expect(JSON.parse(started.app.saved ?? '')).toMatchObject(DEFAULT_SIZE)
  })

  test.each([
    ['backup', 'Backup'],
    ['restore', 'Restore'],
    ['verify', 'Work'],
  ] as const)('with a %s running it asks, in its words', async (kind, word) => {
    await open()
    work(kind)
    started.standIn.dialog.buttons.push(text('tray.keepWorking'))
    quit()
    await until(() => started.standIn.dialog.questions.length === 1)
    expect(started.standIn.dialog.questions[0]).toMatchObject({
      message: text(`tray.quit${word}Message`),
      buttons: [text('tray.keepWorking'), text(`tray.quit${word}`)],
      defaultId: 0,
      cancelId: 0,
    })
    await settle()
    expect(hasEnded()).toBe(false)
    expect(started.app.stopped).toBe(0)
    expect(window().isDestroyed()).toBe(false)
  })

  test('several jobs are counted, and each is named with how far it is', async () => {
    await open()
    const { bytesTotal: _total, ...young } = run('c', { kind: 'verify' })
    started.app.hub.set('runs', {
      a: run('a'),
      b: run('b', { kind: 'restore', label: 'Photos', bytes: 900 }),
      c: young,
    })
    started.standIn.dialog.buttons.push('escape')
    quit()
    await until(() => started.standIn.dialog.questions.length === 1)
    expect(started.standIn.dialog.questions[0]).toMatchObject({ message: '3 jobs will stop' })
    expect(started.standIn.dialog.questions[0]?.detail?.split('\n')).toEqual([
      '• Backing up Documents · 42%',
      '• Restoring Photos · 90%',
      '• Checking copies',
      '',
      text('tray.quitWorkDetail'),
    ])
  })

  test('of very many jobs the first are named', async () => {
    await open()
    started.app.hub.set(
      'runs',
      Object.fromEntries(Array.from({ length: 20 }, (_, id) => [`${id}`, run(`${id}`)])),
    )
    started.standIn.dialog.buttons.push('escape')
    quit()
    await until(() => started.standIn.dialog.questions.length === 1)
    const { message, detail } = started.standIn.dialog.questions[0]!
    expect(message).toBe('20 jobs will stop')
    expect(detail?.split('\n').filter((line) => line.startsWith('•')).length).toBe(6)
    expect(detail).toContain('and 14 more')
  })

  test('"Quit and stop the backup" does both, in this order', async () => {
    const order: string[] = []
    const app = scriptedApp({ stop: async () => void order.push('engine stopped') })
    await open({ app })
    started.standIn.app.on('quit', () => order.push('program ended'))
    work('backup')
    started.standIn.dialog.buttons.push('Quit and stop the backup')
    quit()
    await until(hasEnded)
    expect(order).toEqual(['engine stopped', 'program ended'])
  })

  test('Escape keeps working, and the next try asks again', async () => {
    await open()
    work('backup')
    started.standIn.dialog.buttons.push('escape', text('tray.quitBackup'))
    quit()
    await until(() => started.standIn.dialog.questions.length === 1)
    await settle()
    expect(hasEnded()).toBe(false)
    quit()
    await until(hasEnded)
    expect(started.standIn.dialog.questions.length).toBe(2)
  })

  test('a second try while the question stands asks nothing more', async () => {
    await open()
    work('backup')
    let answer: (value: { response: number; checkboxChecked: boolean }) => void = () => {}
    let questions = 0
    started.standIn.dialog.showMessageBox = () => {
      questions++
      return new Promise((resolve) => {
        answer = resolve
      })
    }
    quit()
    quit()
    await settle()
    expect(questions).toBe(1)
    answer({ response: 1, checkboxChecked: false })
    await until(hasEnded)
  })

  test('a signal ends at once, also with work running, and still stops the engine first', async () => {
    await open()
    work('backup')
    started.shell?.quitting.now()
    await until(hasEnded)
    expect(started.app.stopped).toBe(1)
    expect(started.standIn.dialog.questions).toEqual([])
  })

  test.each(['linux', 'darwin'] as const)(
    'on %s a computer that goes off waits for the engine to stop, and nobody is asked',
    async (platform) => {
      await open({ platform })
      work('backup')
      expect(started.standIn.powerMonitor.shutDown()).toBe(true)
      await until(hasEnded)
      expect(started.app.stopped).toBe(1)
      expect(started.standIn.dialog.questions).toEqual([])
    },
  )

  test('on Windows the window hears that the session ends', async () => {
    await open({ platform: 'win32' })
    work('backup')
    window().emit('session-end', {})
    await until(hasEnded)
    expect(started.app.stopped).toBe(1)
    expect(started.standIn.dialog.questions).toEqual([])
  })

  test('an engine that never stops holds the program for a minute at most', async () => {
    const app = stuckApp()
    await open({ app })
    quit()
    await until(() => app.isStopping())
    app.advance(59_000)
    expect(hasEnded()).toBe(false)
    app.advance(1_000)
    await until(hasEnded)
    expect(app.logged.map(({ message }) => message)).toContain('the engine did not stop in time')
  })

  test('a second start while the program ends opens no window onto what is gone', async () => {
    const app = stuckApp()
    started = await startShell({ app })
    quit()
    await until(() => app.isStopping())
    started.standIn.app.emit('second-instance', {}, ['everstow'], '/', undefined)
    expect(started.standIn.windows()).toEqual([])
  })

  test('an engine that fails to stop does not hold the program', async () => {
    const app = scriptedApp({ stop: () => Promise.reject(new Error('stuck')) })
    await open({ app })
    quit()
    await until(hasEnded)
    expect(app.logged.map(({ message }) => message)).toContain('the engine did not stop cleanly')
  })
})

describe('a process of Electron that ends', () => {
  test('is written down: the picture comes back by itself, and the reason would be lost', async () => {
    started = await startShell()
    started.standIn.app.emit('child-process-gone', {}, { type: 'GPU', reason: 'crashed', exitCode: 5 })
    expect(started.app.logged).toContainEqual({
      message: 'a process of Electron ended',
      fields: { type: 'GPU', reason: 'crashed', exitCode: 5 },
    })
    started.standIn.app.emit('child-process-gone', {}, { type: 'Utility', reason: 'clean-exit', exitCode: 0 })
    expect(started.app.logged.filter(({ message }) => message === 'a process of Electron ended').length).toBe(
      1,
    )
  })
})

describe('starting', () => {
  test('a second start ends by itself and opens no engine', async () => {
    started = await startShell({ prepare: ({ app }) => Object.assign(app, { hasLock: false }) })
    await until(hasEnded)
    expect(started.shell).toBeUndefined()
    expect(started.abilities).toBeUndefined()
    expect(started.standIn.trays).toEqual([])
  })

  test('the first instance then shows its window', async () => {
    await open()
    window().close()
    started.standIn.app.emit('second-instance', {}, ['everstow'], '/')
    await until(() => window().isVisible())
  })

  test('a minimised window is brought back', async () => {
    await open()
    window().minimize()
    started.standIn.app.emit('second-instance', {}, ['everstow'], '/')
    await until(() => !window().isMinimized())
  })

  test('hidden at login: a tray, no window; a hidden second start does not open one either', async () => {
    started = await startShell()
    started.standIn.app.emit('second-instance', {}, ['everstow', '--hidden'], '/')
    await settle()
    expect(started.standIn.windows()).toEqual([])
    expect(started.standIn.trays.length).toBe(1)
  })

  test('macOS says by itself that it started the program at login', async () => {
    started = await startShell({
      platform: 'darwin',
      args: [],
      prepare: ({ app }) => Object.assign(app, { openedAtLogin: true }),
    })
    await settle()
    expect(started.standIn.windows()).toEqual([])
  })

  test('an engine that does not open is told in a dialog, and the program ends with an error', async () => {
    started = await startShell({
      args: [],
      startApp: () => Promise.reject(new Error('the catalogue is of a newer version')),
    })
    expect(started.standIn.dialog.errors).toEqual([
      {
        title: text('tray.startFailed'),
        content: text('tray.startFailedDetail', { reason: 'the catalogue is of a newer version' }),
      },
    ])
    expect(started.standIn.app.exitCode).toBe(1)
    expect(started.standIn.trays).toEqual([])
  })

  test('each home has a profile, and so a lock, of its own', async () => {
    await open()
    expect(started.standIn.app.paths.get('userData')).toBe(`${started.folder}/profile`)
    expect(started.standIn.app.named).toBe('Everstow')
  })
})
