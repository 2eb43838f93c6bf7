import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import en from '../../assets/locales/en.json' with { type: 'json' }
import { createTexts } from '../../main/app/text.ts'
import { ruleFor, rulesForUnread, unreadOf } from '../../main/app/unprotected/unread.ts'
import type { Sentence } from '../../main/contract/index.ts'
import type { Engine } from '../../main/engine/engine.ts'
import type { BackupRow } from '../../main/engine/model/backup.ts'
import type { Plan } from '../../main/engine/model/plan.ts'
import { surveySources } from '../../main/engine/sources/files/survey-sources.ts'
import { type Ground, layGround } from './app-ground.ts'

let ground: Ground
beforeEach(async () => {
  ground = await layGround()
})
afterEach(() => ground.close())

const write = (path: string, content = path): void => {
  const full = join(ground.base, path)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, content)
}
const report = () => ground.client.call('unprotected.report', {})
const count = () => ground.client.call('unprotected.count', {})
const says = ({ key, params }: Sentence) => createTexts('en').text(key, params)
const addPlan = async (sources: string[], exclude: string[] = [], name = 'docs') => {
  const placeIds = [(await ground.client.call('place.list', {}))[0]?.id ?? (await ground.addPlace('nas'))]
  return ground.client.call('plan.add', {
    name,
    sources: sources.map((source) => join(ground.base, source)),
    placeIds,
    exclude,
    excludePresets: ['temporary'],
    format: 'archive',
  })
}
const backUp = (plan: string) => ground.done(ground.client.call('backup.start', { plan }))

test('folders of the home that no plan covers are named at once, counted on request, and may be left out on purpose', async () => {
  write('Documents/letter')
  write('Pictures/2025/a', 'x'.repeat(900))
  write('Pictures/2026/b')
  write('Music/deep/song', 'x'.repeat(500))
  write('.ssh/key')
  write('.cache/junk')
  write('snap/junk')
  write('loose file')
  mkdirSync(join(ground.base, 'Empty'))
  symlinkSync(join(ground.base, 'Music'), join(ground.base, 'Link'))
  expect(says((await report()).sentence)).toBe(en.unprotected.noPlan)
  await addPlan(['Documents', 'Pictures/2026', 'source'])

  const before = await report()
  const paths = ['.ssh', 'Empty', 'Music', 'Pictures/2025']
  expect(before.outside.map(({ path }) => path).toSorted()).toEqual(
    paths.map((path) => join(ground.base, path)).toSorted(),
  )
  // Neither where our data lies nor where the place is, nor what programs keep, nor a link.
  expect(says(before.sentence)).toBe('4 folders of yours are in no plan.')
  expect(before).not.toHaveProperty('countedAt')

  const counted = await count()
  expect(counted.outside.map(({ name, amount }) => [name, amount?.bytes])).toEqual([
    ['2025', 900],
    ['Music', 500],
    ['.ssh', 8],
  ])
  expect(says(counted.sentence)).toBe('3 folders of yours with 1.4 kB together are in no plan.')
  expect((await report()).outside).toEqual(counted.outside)

  const music = join(ground.base, 'Music')
  await ground.client.call('unprotected.accept', { path: music, onPurpose: true })
  // Whatever the way it was named by.
  symlinkSync(ground.base, join(ground.base, 'source', 'way'))
  await ground.client.call('unprotected.accept', {
    path: join(ground.base, 'source', 'way', '.ssh'),
    onPurpose: true,
  })
  await ground.restart()
  const accepted = await report()
  expect(accepted.outside.filter(({ onPurpose }) => onPurpose).map(({ name }) => name)).toEqual([
    'Music',
    '.ssh',
  ])
  expect(says(accepted.sentence)).toMatch(/^1 folder of yours/)
  await addPlan(['Pictures/2025'], [], 'pictures')
  const calm = await report()
  expect(calm.verdict).toBe('healthy')
  expect(says(calm.sentence)).toBe(en.unprotected.nothing)
  await ground.client.call('unprotected.accept', { path: music, onPurpose: false })
  expect((await report()).verdict).toBe('attention')
})

test('what rules leave out is told by rule and by the set it is of, and raises nothing', async () => {
  write('Documents/a.tmp', 'x'.repeat(300))
  write('Documents/private/diary')
  write('Documents/sub/.everstowignore', '*.log\n')
  write('Documents/sub/long.log', 'x'.repeat(90))
  await addPlan(['Documents', 'source'], ['private/'])
  const { leftOut, verdict } = await count()
  expect(verdict).toBe('healthy')
  expect(
    leftOut.map(({ pattern, preset, ignoreFile, files, bytes }) => [
      pattern,
      preset,
      ignoreFile,
      files,
      bytes,
    ]),
  ).toEqual([
    ['*.tmp', 'temporary', undefined, 1, 300],
    ['*.log', undefined, join(ground.base, 'Documents/sub/.everstowignore'), 1, 90],
    ['private/', undefined, undefined, 1, 'Documents/private/diary'.length],
  ])
  expect(leftOut[2]?.largest).toMatchObject([{ path: join(ground.base, 'Documents/private'), files: 1 }])
  // A rule that is gone from the plan is not told from what was counted before.
  const [plan] = await ground.client.call('plan.list', {})
  await ground.client.call('plan.update', { id: plan?.id ?? '', change: { exclude: [] } })
  expect((await report()).leftOut.map(({ pattern }) => pattern)).toEqual(['*.tmp', '*.log'])
})

test('what makes a plan smaller or larger since its last backup is told, until the next backup', async () => {
  write('Documents/a')
  write('Letters/b')
  write('Films/c')
  const plan = await addPlan(['Documents', 'Letters', 'source', 'Films'], ['*.old'])
  const change = (what: object) => ground.client.call('plan.update', { id: plan.id, change: what })
  const told = async () =>
    (await report()).scope.map(({ kind, what }) => `${kind} ${what.replace(`${ground.base}/`, '')}`)
  // Without a backup there is nothing to compare with.
  expect(await told()).toEqual([])
  expect((await backUp('docs')).state).toBe('done')
  expect(await told()).toEqual([])

  write('New/d')
  await change({
    sources: ['Documents', 'source', 'Films', 'New'].map((name) => join(ground.base, name)),
    exclude: ['*.iso'],
    excludePresets: ['temporary', 'media'],
  })
  renameSync(join(ground.base, 'Films'), join(ground.base, 'Away'))
  expect(await told()).toEqual([
    'source-gone Films',
    'source-removed Letters',
    'rule-added *.iso',
    'rule-added media',
    'source-added New',
    'rule-removed *.old',
  ])
  const smaller = await report()
  expect([smaller.verdict, says(smaller.sentence)]).toEqual([
    'attention',
    'docs holds less than its last backup did.',
  ])

  renameSync(join(ground.base, 'Away'), join(ground.base, 'Films'))
  expect((await backUp('docs')).state).toBe('done')
  expect(await told()).toEqual([])
  // Of a backup of which nothing was written down, the sources are known.
  ground.app.context.engine.facts.set(`scope/${plan.id}`, undefined)
  await change({ exclude: [], sources: [join(ground.base, 'Documents')] })
  expect(await told()).toEqual(['source-removed source', 'source-removed Films', 'source-removed New'])
  rmSync(join(ground.base, 'Films'), { recursive: true })
})

test('what a backup could not read comes with why and what to do on this system', () => {
  const plan = { id: 'p', name: 'docs', sources: ['/'], exclude: ['/g'] } as unknown as Plan
  const skipped = [
    { path: '/a', reason: 'unreadable', code: 'EACCES' },
    { path: '/b', reason: 'unreadable', code: 'EIO' },
    { path: '/c', reason: 'changed' },
    { path: '/d', reason: 'vanished', code: 'ENOENT' },
    { path: '/e', reason: 'name' },
    { path: '/f', reason: 'database', code: 'postgres-refused' },
    // Left out since.
    { path: '/g', reason: 'unreadable', code: 'EACCES' },
  ]
  const engine = { backups: { skipped: () => skipped } } as unknown as Engine
  const newest = (state: string) => ({ id: 'b', state }) as BackupRow
  expect(unreadOf(engine, plan, newest('complete'), 'linux')).toBeUndefined()
  expect(unreadOf(engine, plan, undefined, 'linux')).toBeUndefined()
  const found = unreadOf(engine, plan, newest('incomplete'), 'linux')
  expect(found?.count).toBe(4)
  expect(found?.items.map(({ path, why, todo }) => [path, says(why), says(todo)])).toEqual([
    ['/a', en.unprotected.why.refused, en.unprotected.todo.refused.other],
    ['/b', 'The disk or the system reports an error (EIO)', en.unprotected.todo.broken],
    ['/e', en.unprotected.why.name, en.unprotected.todo.name],
    ['/f', en.unprotected.why.database, en.unprotected.todo.database],
  ])
  expect([...rulesForUnread(engine, plan, newest('incomplete'), 'linux')]).toContain('/g')
  const todoOn = (platform: string) =>
    says(unreadOf(engine, plan, newest('incomplete'), platform)?.items[0]?.todo ?? { key: '' })
  expect(todoOn('darwin')).toBe(en.unprotected.todo.refused.darwin)
  expect(todoOn('win32')).toBe(en.unprotected.todo.refused.win32)
})

test.runIf(process.platform !== 'win32')(
  'the rule that is offered leaves out that very file, whatever its name',
  async () => {
    const odd = ['a*b', 'q?', '[1]', 'back\\slash', '#x', '!no', 'trailing ', 'plain']
    for (const name of [...odd, 'axb', 'qq', '1']) write(`docs [1]/${name}`)
    const source = join(ground.base, 'docs [1]')
    for (const name of odd) {
      const rule = ruleFor({ sources: [source] }, join(source, name), 'linux')
      const order = { sources: [source], neverInclude: [], exclude: [rule ?? ''] }
      const { plans } = await surveySources({ plans: [{ id: 'p', ...order }], folders: [], neverInclude: [] })
      expect(
        plans[0]?.excluded.map(({ pattern, files, largest }) => [pattern, files, largest[0]?.path]),
      ).toEqual([[rule, 1, join(source, name)]])
    }
    expect(ruleFor({ sources: [source] }, source, 'linux')).toBeUndefined()
    expect(ruleFor({ sources: [source] }, '/elsewhere', 'linux')).toBeUndefined()
  },
)
