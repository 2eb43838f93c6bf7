import { execFileSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EXCLUSION_PRESETS, excludePatternsOf } from '../../main/engine/sources/files/exclude-presets.ts'
import { isExcluded, planRules } from '../../main/engine/sources/files/exclude-rules.ts'
import { SkippedItems } from '../../main/engine/sources/files/skipped-items.ts'
import { at, catching, linux, make, walk } from './sources-ground.ts'

describe('exclusions', () => {
  it('reads patterns as a .gitignore at the top of the source', () => {
    make('s/a.tmp', 's/keep.tmp', 's/b/c.tmp', 's/build/x', 's/b/build/y', 's/top', 's/b/top', 's/# odd')
    const { paths } = walk([at('s')], { exclude: ['*.tmp', '!keep.tmp', 'b/build/', '/top'] })
    expect(paths).toEqual(['s', 's/# odd', 's/b', 's/b/top', 's/build', 's/build/x', 's/keep.tmp'])
  })

  it('takes an absolute path as that very place', () => {
    make('s/logs/x', 's/b/logs/y')
    expect(walk([at('s')], { exclude: [at('s/logs')] }).paths).toEqual(['s', 's/b', 's/b/logs', 's/b/logs/y'])
  })

  it('heeds .everstowignore files, the deepest first', () => {
    make('s/a.log', 's/sub/a.log', 's/sub/b.log', 's/sub/deep/c.log', 's/x.cache')
    writeFileSync(at('s/.everstowignore'), '# logs\n*.log\r\n\n')
    writeFileSync(at('s/sub/.everstowignore'), '!a.log\n/deep/\n!x.cache')
    const { paths } = walk([at('s')], { exclude: ['*.cache'] })
    expect(paths).toEqual(['s', 's/.everstowignore', 's/sub', 's/sub/.everstowignore', 's/sub/a.log'])
  })

  it('stays right over more paths than it remembers', () => {
    const rules = planRules(['drop-*', '!drop-7'], '/s')
    for (let i = 0; i < 20_000; i++) {
      expect(isExcluded(rules, `keep-${i}`, false)).toBe(false)
      expect(isExcluded(rules, `drop-${i}`, i % 2 === 0)).toBe(i !== 7)
    }
  })

  it.runIf(linux)('does not wait at a pipe called like an ignore file', () => {
    make('s/a')
    execFileSync('mkfifo', [at('s/.everstowignore'), at('s/CACHEDIR.TAG')])
    const { paths, skipped } = walk([at('s')], { cacheDirTags: true })
    expect(paths).toEqual(['s', 's/a'])
    expect(skipped.map(({ reason }) => reason)).toEqual(['special', 'special'])
  })

  it('leaves out tagged cache folders only when asked and only with the signature', () => {
    make('s/c/data', 's/fake/data')
    writeFileSync(at('s/c/CACHEDIR.TAG'), 'Signature: 8a477f597d28d172789f06886806bc55\n# made by a test')
    writeFileSync(at('s/fake/CACHEDIR.TAG'), 'hello')
    const { paths } = walk([at('s')], { cacheDirTags: true })
    expect(paths).toEqual(['s', 's/c', 's/c/CACHEDIR.TAG', 's/fake', 's/fake/CACHEDIR.TAG', 's/fake/data'])
    expect(walk([at('s')]).paths).toContain('s/c/data')
  })

  it('offers presets that do what their names say', () => {
    make('s/node_modules/x', 's/movie.mkv', 's/photo.jpg', 's/letter.odt', 's/.cache/y', 's/~$letter.docx')
    const names = Object.keys(EXCLUSION_PRESETS)
    expect(names).toEqual(['caches', 'build', 'temporary', 'apps', 'media'])
    const { paths } = walk([at('s')], { exclude: excludePatternsOf(names) })
    expect(paths).toEqual(['s', 's/letter.odt', 's/photo.jpg'])
    expect(excludePatternsOf(['toString', 'nothing'])).toEqual([])
  })
})

describe('places that never go in', () => {
  it('leaves them out wherever they are met, and tells', () => {
    make('s/place/archives/x', 's/a', 's/home/state.db')
    const { paths, leftOut } = walk([at('s')], {
      neverInclude: [at('s/place'), at('s/home'), at('elsewhere')],
    })
    expect(paths).toEqual(['s', 's/a'])
    expect(leftOut).toEqual([at('s/home'), at('s/place')])
  })

  it('knows them by identity when reached by another path', () => {
    make('s/place/x', 's/a')
    symlinkSync(at('s'), at('alias'))
    const { paths, leftOut } = walk([at('s')], { neverInclude: [at('alias/place')] })
    expect(paths).toEqual(['s', 's/a'])
    expect(leftOut).toEqual([at('s/place')])
  })

  it('refuses a source that is one of them or lies inside', () => {
    make('place/x/y')
    for (const source of ['place', 'place/x'])
      expect(catching(() => walk([at(source)], { neverInclude: [at('place')] })).code).toBe(
        'source-inside-place',
      )
    symlinkSync(at('place'), at('alias'))
    const named = [
      [at('alias/x'), at('place')],
      [at('place/x'), `${at('alias')}/`],
    ] as const
    for (const [source, place] of named)
      expect(catching(() => walk([source], { neverInclude: [place] })).code).toBe('source-inside-place')
  })
})

describe('what was skipped', () => {
  it('is all counted, and named up to 10,000', () => {
    const skipped = new SkippedItems()
    for (let i = 0; i < 10_050; i++) skipped.add({ path: `/p${i}`, reason: 'special' })
    expect(skipped).toMatchObject({ count: 10_050, isIncomplete: false })
    expect(skipped.items).toHaveLength(10_000)
    skipped.add({ path: '/x', reason: 'vanished', code: 'ENOENT' })
    expect(skipped).toMatchObject({ count: 10_051, isIncomplete: true })
    expect(skipped.items).toHaveLength(10_000)
  })
})
