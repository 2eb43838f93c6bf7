import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { createTexts } from '../../main/app/text.ts'
import { StatusLevel, type SyncedFolder } from '../../main/contract/index.ts'
import { FRAME_MS, WORKING_FRAMES } from '../../main/hosts/electron/tray/tray.ts'
import { pauseEnd, trayView } from '../../main/hosts/electron/tray/tray-view.ts'
import { createWords } from '../../main/hosts/electron/words.ts'
import { NOW, plan, run, SETTINGS, STATUS } from './scripted-app.ts'
import { iconsFolder, type StartedShell, startShell } from './start-shell.ts'

const words = createWords(createTexts('en'), () => NOW)
const french = createWords(createTexts('fr'), () => NOW)
const plans = [plan('d', 'Documents'), plan('p', 'Photos & videos')]
const labels = (view: ReturnType<typeof trayView>): string[] =>
  view.lines.map((line) => (line.kind === 'separator' ? '—' : line.label))

const conflictProblem = {
  id: 'sync-conflicts/a',
  level: 'attention' as const,
  sentence: { key: 'status.syncConflicts', params: { name: 'docs', count: 3 } },
}

function synced(id: string, conflicts: number): SyncedFolder {
  const totals = { uploadedBytes: 0, downloadedBytes: 0, syncs: 1, failures: 0, averageMs: 1, conflicts }
  return {
    ...{ id, name: id, spaceId: 's', placeId: 'p', placeName: 'nas', folder: `/home/ada/${id}` },
    ...{ strategy: 'server_preferred', only: [], ignore: [], auto: true, state: 'synced' },
    ...{ files: 1, bytes: 1, pendingChanges: 0, conflicts, problems: [], totals },
  }
}

let started: StartedShell | undefined
afterEach(async () => {
  await started?.close()
  started = undefined
})
const iconShown = (): string => path.basename(started?.tray().image ?? '')

describe('what the tray says', () => {
  test('all is well: one sentence of facts', () => {
    const view = trayView({ status: STATUS, runs: [], plans, syncs: [] }, words)
    expect(view.icon).toBe('protected')
    expect(view.tooltip).toMatch(/^Backed up 12 min\.? ago · next .*\d{1,2}:\d\d.* · 3 of 3 copies$/)
    expect(labels(view)).toEqual([
      'Everything is backed up. 3 of 3 copies are current.',
      '—',
      'Back up now',
      'Pause',
      'Restore a file…',
      'Open Everstow',
      'Quit Everstow',
    ])
  })

  test('nothing set up yet: calm, and no command that could not work', () => {
    const { lastBackupAt: _last, nextRunAt: _next, ...rest } = STATUS
    const status = {
      ...rest,
      level: 'empty' as const,
      sentence: { key: 'status.empty' },
      copiesTotal: 0,
      copiesCurrent: 0,
    }
    const view = trayView({ status, runs: [], plans: [], syncs: [] }, words)
    expect(view.icon).toBe('waiting')
    expect(view.tooltip).toBe('Nothing is backed up yet')
    expect(labels(view)).toEqual([
      'Nothing is backed up yet.',
      '—',
      'Restore a file…',
      'Open Everstow',
      'Quit Everstow',
    ])
  })

  test('at work: progress and the way to stop it', () => {
    const status = {
      ...STATUS,
      level: 'working' as const,
      sentence: { key: 'status.working', params: { what: 'Documents' } },
    }
    const view = trayView(
      { status, runs: [run('r1'), run('r0', { state: 'done' })], plans, syncs: [] },
      words,
    )
    expect(view.icon).toBe('working')
    expect(view.tooltip).toBe('Working on Documents.')
    expect(labels(view).slice(0, 3)).toEqual([
      'Working on Documents.',
      'Documents: 42% · 3 min left',
      'Stop “Documents”',
    ])
    expect(view.lines[2]).toMatchObject({ action: { do: 'cancel', runId: 'r1' } })
  })

  test('several works share one line', () => {
    const view = trayView({ status: STATUS, runs: [run('a'), run('b'), run('c')], plans, syncs: [] }, words)
    expect(labels(view)[1]).toBe('Documents: 42% · 3 min left (and 2 more)')
  })

  test('work whose size is not known yet', () => {
    const { bytesTotal: _total, secondsLeft: _left, ...young } = run('a')
    expect(labels(trayView({ status: STATUS, runs: [young], plans, syncs: [] }, words))[1]).toBe(
      'Documents: getting ready',
    )
  })

  test('paused: Resume takes the place of Pause, also when something worse shows', () => {
    const until = new Date(NOW + 3_600_000).toISOString()
    const paused = { ...STATUS, level: 'paused' as const, sentence: { key: 'status.pausedForever' } }
    for (const status of [paused, { ...STATUS, level: 'failed' as const, pausedUntil: until }]) {
      const view = trayView({ status, runs: [], plans, syncs: [] }, words)
      expect(labels(view)).toContain('Resume')
      expect(labels(view)).not.toContain('Pause')
    }
  })

  test('problems are counted and lead to their page; the tooltip says the worst', () => {
    const problems = [1, 2].map((id) => ({
      id: String(id),
      level: 'failed' as const,
      sentence: { key: 'status.failed', params: { plan: 'Documents' } },
    }))
    const status = { ...STATUS, level: 'failed' as const, sentence: problems[0]!.sentence, problems }
    const view = trayView({ status, runs: [], plans, syncs: [] }, words)
    expect(view).toMatchObject({ icon: 'failed', tooltip: 'The last backup of Documents failed.' })
    expect(view.lines).toContainEqual({
      kind: 'action',
      label: 'Problems (2)…',
      action: { do: 'show', page: 'problems' },
    })
    const noted = { id: 'one-place', level: 'protected' as const, sentence: { key: 'status.onePlace' } }
    const notes = trayView({ status: { ...STATUS, problems: [noted] }, runs: [], plans, syncs: [] }, words)
    expect(labels(notes).join()).not.toContain('Problems')
    const one = trayView(
      { status: { ...status, problems: problems.slice(1) }, runs: [], plans, syncs: [] },
      words,
    )
    expect(labels(one)).toContain('Problems (1)…')
  })

  test('synced folders: syncing now, and the way to conflicts', () => {
    const status = { ...STATUS, problems: [conflictProblem, ...STATUS.problems] }
    const view = trayView({ status, runs: [], plans, syncs: [synced('a', 2), synced('b', 1)] }, words)
    expect(labels(view).slice(2)).toEqual([
      'Back up now',
      'Sync now',
      'Pause',
      'Restore a file…',
      'Conflicts (3)…',
      'Open Everstow',
      'Quit Everstow',
    ])
    expect(view.lines[3]).toMatchObject({ action: { do: 'sync' } })
    expect(view.lines[6]).toMatchObject({ action: { do: 'show', page: 'conflicts' } })
  })

  test('French, with its own plurals and spaces', () => {
    const view = trayView({ status: STATUS, runs: [run('a')], plans, syncs: [] }, french)
    expect(labels(view)).toContain('Sauvegarder maintenant')
    expect(labels(view)[2]).toBe('Arrêter «\u202fDocuments\u202f»')
    expect(view.tooltip).toMatch(/^Sauvegardé il y a 12\smin · prochaine .* · 3 copies sur 3$/)
  })

  test('never more than ten lines, never an empty one, never a key instead of a text', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...StatusLevel.options),
        fc.nat(4),
        fc.nat(4),
        fc.nat(3),
        fc.nat(3),
        fc.boolean(),
        fc.constantFrom(words, french),
        (level, runs, planCount, syncCount, problems, paused, speech) => {
          const view = trayView(
            {
              status: {
                ...STATUS,
                level,
                problems: Array.from({ length: problems }, (_, id) => ({
                  id: `${id}`,
                  level,
                  sentence: STATUS.sentence,
                })),
                ...(paused ? { pausedUntil: new Date(NOW).toISOString() } : {}),
              },
              runs: Array.from({ length: runs }, (_, id) => run(`${id}`)),
              plans: plans.slice(0, planCount),
              syncs: Array.from({ length: syncCount }, (_, id) => synced(`${id}`, id)),
            },
            speech,
          )
          expect(view.lines.length).toBeLessThanOrEqual(10)
          expect(view.tooltip).not.toBe('')
          for (const label of [view.tooltip, ...labels(view)])
            expect(label).not.toMatch(/^$|\b(tray|status)\.\w|\{\{/)
        },
      ),
    )
  })

  test('a pause ends in an hour, the next morning, or never', () => {
    expect(pauseEnd('hour', NOW)).toBe(new Date(NOW + 3_600_000).toISOString())
    expect(pauseEnd('resumed', NOW)).toBeUndefined()
    const morning = new Date(pauseEnd('tomorrow', NOW) ?? '')
    expect([morning.getHours(), morning.getMinutes(), morning.getSeconds()]).toEqual([8, 0, 0])
    expect(morning.toDateString()).toBe(new Date(NOW + 86_400_000).toDateString())
  })
})

describe('the icon', () => {
  const states = ['protected', 'paused', 'waiting', 'attention', 'failed', 'hold']
  const working = Array.from({ length: WORKING_FRAMES }, (_, frame) => `working-${frame}`)
  const at = (density: number): string => (density === 1 ? '' : `@${density}x`)

  test('every state has its picture for light and dark panels and for macOS, 16 to 64 pixels', () => {
    const expected: Record<string, number> = {}
    for (const name of [...states, ...working]) {
      for (const theme of ['light', 'dark']) {
        for (const density of [1, 1.25, 1.5, 2, 3, 4])
          expected[`${theme}/${name}${at(density)}`] = 16 * density
        for (const density of [1, 1.5, 2]) expected[`${theme}/${name}-22${at(density)}`] = 22 * density
      }
      for (const density of [1, 2, 3]) expected[`template/${name}Template${at(density)}`] = 16 * density
    }
    const folder = path.join(iconsFolder, 'tray')
    const found = ['light', 'dark', 'template'].flatMap((theme) =>
      readdirSync(path.join(folder, theme)).map((file) => `${theme}/${file.replace(/\.png$/, '')}`),
    )
    expect(found.sort()).toEqual(Object.keys(expected).sort())
    for (const [name, pixels] of Object.entries(expected)) {
      const png = readFileSync(path.join(folder, `${name}.png`))
      expect([png.readUInt32BE(16), png.readUInt32BE(20)], name).toEqual([pixels, pixels])
    }
  })

  test('no two states look alike, not even without colour', () => {
    for (const kind of ['light/NAME@4x', 'dark/NAME@4x', 'light/NAME', 'template/NAMETemplate@3x']) {
      const pictures = [...states, ...working].map((name) =>
        readFileSync(path.join(iconsFolder, 'tray', `${kind.replace('NAME', name)}.png`)).toString('base64'),
      )
      expect(new Set(pictures).size).toBe(pictures.length)
    }
  })

  test.each([
    ['empty', 'waiting'],
    ['protected', 'protected'],
    ['paused', 'paused'],
    ['waiting', 'waiting'],
    ['attention', 'attention'],
    ['failed', 'failed'],
  ] as const)('%s shows %s', async (level, picture) => {
    started = await startShell()
    started.app.hub.set('status', { current: { ...STATUS, level } })
    expect(iconShown()).toBe(`${picture}-22.png`)
  })

  test('while the guard holds something back it is a shield, whatever else goes on', async () => {
    started = await startShell()
    const sentence = { key: 'status.failed', params: { plan: 'Documents' } }
    const problems = [{ id: 'unusual-change/d', level: 'failed' as const, sentence }]
    for (const level of ['failed', 'working', 'paused'] as const) {
      started.app.hub.set('status', { current: { ...STATUS, level, problems } })
      started.app.advance(1_000)
      expect(iconShown()).toBe('hold-22.png')
      expect(started.tray().tooltip).toBe('The last backup of Documents failed.')
    }
    started.app.hub.set('status', { current: STATUS })
    expect(iconShown()).toBe('protected-22.png')
  })

  test('a dark panel gets bright pictures, at once when it turns dark; the theme of the window says nothing about it', async () => {
    started = await startShell({ platform: 'win32' })
    const theme = started.standIn.nativeTheme
    const folder = (): string => path.basename(path.dirname(started!.tray().image))
    expect([folder(), iconShown()]).toEqual(['light', 'protected.png'])
    Object.assign(theme, { panelIsDark: true })
    theme.emit('updated')
    expect([folder(), iconShown()]).toEqual(['dark', 'protected.png'])
    await started.close()

    started = await startShell()
    started.app.hub.set('settings', { current: { ...SETTINGS, theme: 'dark' } })
    Object.assign(started.standIn.nativeTheme, { shouldUseDarkColors: true })
    started.standIn.nativeTheme.emit('updated')
    expect(folder()).toBe('light')
    started.app.hub.set('settings', { current: { ...SETTINGS, theme: 'auto' } })
    started.standIn.nativeTheme.emit('updated')
    expect(folder()).toBe('dark')
  })

  test('macOS gets template pictures', async () => {
    started = await startShell({ platform: 'darwin', args: ['--hidden'] })
    expect(iconShown()).toBe('protectedTemplate.png')
  })

  test('work moves through all pictures, and stops with the work', async () => {
    started = await startShell()
    started.app.hub.set('status', { current: { ...STATUS, level: 'working' } })
    const shown = [iconShown()]
    for (let beat = 0; beat < WORKING_FRAMES; beat++) {
      started.app.advance(FRAME_MS)
      shown.push(iconShown())
    }
    expect(shown).toEqual([0, 1, 2, 3, 0].map((frame) => `working-${frame}-22.png`))
    started.app.hub.set('status', { current: STATUS })
    started.app.advance(10 * FRAME_MS)
    expect(iconShown()).toBe('protected-22.png')
  })

  test('stands still for people who asked for less motion', async () => {
    started = await startShell({ reducedMotion: true })
    started.app.hub.set('status', { current: { ...STATUS, level: 'working' } })
    started.app.advance(10 * FRAME_MS)
    expect(iconShown()).toBe('working-0-22.png')
  })
})

describe('the menu', () => {
  test('each command becomes the call it names', async () => {
    started = await startShell()
    started.app.hub.set('runs', { r1: run('r1') })
    const menu = () => started!.tray().menu!
    menu().press('Back up now', 'Documents')
    menu().press('Stop “Documents”')
    menu().press('Pause', 'For 1 hour')
    menu().press('Pause', 'Until tomorrow')
    menu().press('Pause', 'Until I resume')
    started.app.hub.set('status', { current: { ...STATUS, level: 'paused' } })
    menu().press('Resume')
    expect(started.app.asked).toEqual([
      { name: 'backup.start', input: { plan: 'd' } },
      { name: 'run.cancel', input: { id: 'r1' } },
      { name: 'automation.pause', input: { until: pauseEnd('hour', NOW) } },
      { name: 'automation.pause', input: { until: pauseEnd('tomorrow', NOW) } },
      { name: 'automation.pause', input: {} },
      { name: 'automation.resume', input: {} },
    ])
  })

  test('an ampersand in a name is no mnemonic', async () => {
    started = await startShell()
    started.tray().menu?.press('Back up now', 'Photos && videos')
    expect(started.app.asked).toEqual([{ name: 'backup.start', input: { plan: 'p' } }])
  })

  test('a refusal is told in words', async () => {
    started = await startShell()
    started.app.refuse('backup.start', 'already-running')
    started.tray().menu?.press('Back up now', 'Documents')
    await expect.poll(() => started?.standIn.notifications.length).toBe(1)
    expect(started.standIn.notifications[0]?.body).toBe(
      createTexts('en').error({ code: 'already-running', data: {}, retry: 'never' }).what,
    )
  })

  test('is not replaced while nothing in it changes: an open menu stays open', async () => {
    started = await startShell()
    const { menusSet } = started.tray()
    started.app.advance(20_000)
    expect(started.tray().menusSet).toBe(menusSet)
  })

  test('progress is drawn once a second, not as often as it comes', async () => {
    started = await startShell()
    started.app.hub.set('runs', { r1: run('r1') })
    const { menusSet } = started.tray()
    for (let bytes = 430; bytes < 530; bytes += 10) {
      started.app.hub.set('runs', { r1: run('r1', { bytes }) })
      started.app.advance(100)
    }
    expect(started.tray().menusSet).toBe(menusSet + 1)
  })

  test('"12 min ago" moves on by itself', async () => {
    started = await startShell()
    started.app.advance(182_000)
    expect(started.tray().tooltip).toContain('15 min')
  })

  test('follows the language of the settings at once', async () => {
    started = await startShell()
    const { current } = started.app.hub.get('settings')!
    started.app.hub.set('settings', { current: { ...current, language: 'fr' } })
    expect(started.tray().menu?.items.at(-1)?.label).toBe('Quitter Everstow')
    expect(started.standIn.applicationMenu()?.items[0]?.label).toBe('Fichier')
  })

  test('a long tooltip fits what Windows shows', async () => {
    started = await startShell()
    const sentence = { key: 'status.failed', params: { plan: 'x'.repeat(300) } }
    started.app.hub.set('status', { current: { ...STATUS, level: 'failed', sentence } })
    expect(started.tray().tooltip.length).toBe(127)
    expect(started.tray().tooltip.endsWith('…')).toBe(true)
  })
})
