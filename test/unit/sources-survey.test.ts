import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { surveySources } from '../../main/engine/sources/files/survey-sources.ts'
import { at, linux, make } from './sources-ground.ts'

const plan = (exclude: string[], sources = [at('docs')], neverInclude: string[] = []) => ({
  id: 'p1',
  sources,
  exclude,
  neverInclude,
})
const survey = (order: Partial<Parameters<typeof surveySources>[0]>, signal?: AbortSignal) =>
  surveySources({ plans: [], folders: [], neverInclude: [], ...order }, signal)

describe('what rules leave out', () => {
  test('is told by rule, with files, bytes and the largest first; folders are looked into', async () => {
    make('docs/keep', 'docs/a.tmp', 'docs/deep/bb.tmp', 'docs/node_modules/x/y', 'docs/node_modules/z')
    make('docs/app/node_modules/one', 'docs/pictures/private/faces')
    writeFileSync(at('docs/pictures/.everstowignore'), '# mine\nprivate/\n')
    const { plans, isWhole } = await survey({ plans: [plan(['*.tmp', 'node_modules/', '!docs/x'])] })
    expect(isWhole).toBe(true)
    const [found] = plans
    expect(found?.excluded.map(({ pattern, files, isWhole }) => [pattern, files, isWhole])).toEqual([
      ['node_modules/', 3, true],
      ['private/', 1, true],
      ['*.tmp', 2, true],
    ])
    const [modules, own, temporary] = found?.excluded ?? []
    expect(modules?.bytes).toBe(
      'docs/node_modules/x/y'.length + 'docs/node_modules/z'.length + 'docs/app/node_modules/one'.length,
    )
    expect(modules?.largest.map(({ path, files }) => [path, files])).toEqual([
      [at('docs/node_modules'), 2],
      [at('docs/app/node_modules'), 1],
    ])
    expect(own).toMatchObject({ ignoreFile: at('docs/pictures/.everstowignore') })
    expect(temporary?.largest.map(({ path }) => path)).toEqual([at('docs/deep/bb.tmp'), at('docs/a.tmp')])
    expect(temporary).not.toHaveProperty('ignoreFile')
  })

  test('names a rule as it was written, whatever the place it means; a source that is gone hides nothing', async () => {
    make('docs/secret/a', 'other/b.tmp')
    const { plans } = await survey({
      plans: [plan([`${at('docs')}/secret`, '*.tmp'], [at('docs'), at('gone'), at('other')])],
    })
    expect(plans[0]?.excluded.map(({ pattern }) => pattern).toSorted()).toEqual(
      ['*.tmp', `${at('docs')}/secret`].toSorted(),
    )
  })

  test('a source inside what is left out is not counted as left out', async () => {
    make('docs/build/keep/a', 'docs/build/junk/b', 'docs/build/c')
    const { plans } = await survey({
      plans: [plan(['build/'], [at('docs'), at('docs/build/keep')])],
    })
    const [group] = plans[0]?.excluded ?? []
    expect(group).toMatchObject({ pattern: 'build/', files: 2 })
    expect(group?.largest.map(({ path }) => path)).toEqual([at('docs/build/junk'), at('docs/build/c')])
  })
})

describe('folders that no plan covers', () => {
  test('are counted without following links and without what never goes into a backup', async () => {
    make('music/a', 'music/deep/b', 'music/store/c', 'elsewhere/big')
    symlinkSync(at('elsewhere'), at('music/link'))
    const { folders } = await survey({
      folders: [at('music'), at('gone')],
      neverInclude: [at('music/store')],
    })
    expect(folders).toEqual([
      { path: at('music'), files: 3, bytes: 'music/a'.length + 'music/deep/b'.length, isWhole: true },
      { path: at('gone'), files: 0, bytes: 0, isWhole: true },
    ])
  })

  test.runIf(linux && process.getuid?.() !== 0)('what cannot be looked at is no obstacle', async () => {
    make('music/a', 'music/closed/b')
    chmodSync(at('music/closed'), 0)
    const { folders } = await survey({ folders: [at('music')] })
    chmodSync(at('music/closed'), 0o755)
    expect(folders[0]).toMatchObject({ files: 1 })
  })

  test('counting ends at a bound, and says so', async () => {
    make(...Array.from({ length: 30 }, (_, number) => `music/${number}`))
    make(...Array.from({ length: 30 }, (_, number) => `docs/${number}.tmp`))
    const bounded = await survey({ folders: [at('music')], mostEntries: 13 })
    expect(bounded).toMatchObject({ isWhole: false, folders: [{ files: 12, isWhole: false }] })
    // What one folder used up is not there for the next.
    const both = await survey({
      folders: [at('music')],
      plans: [plan(['*.tmp'])],
      mostEntries: 40,
    })
    expect(both.folders[0]).toMatchObject({ files: 30, isWhole: true })
    expect(both.isWhole).toBe(false)
    expect(both.plans[0]?.excluded[0]?.files).toBeLessThan(30)
  })
})

test('counting stops when it is cancelled', async () => {
  const before = new AbortController()
  before.abort()
  await expect(survey({ folders: [at('.')] }, before.signal)).rejects.toMatchObject({ code: 'cancelled' })
  const during = new AbortController()
  const running = [
    survey({ folders: ['/'] }, during.signal),
    survey({ plans: [plan(['*.tmp'], ['/'])] }, during.signal),
  ]
  setTimeout(() => during.abort(), 100)
  expect(await Promise.allSettled(running)).toMatchObject([
    { status: 'rejected', reason: { code: 'cancelled' } },
    { status: 'rejected', reason: { code: 'cancelled' } },
  ])
})
