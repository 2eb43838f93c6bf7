import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { beforeEach, describe, expect, it } from 'vitest'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { resolveSources } from '../../main/engine/sources/files/resolve-sources.ts'
import type { SkippedItem } from '../../main/engine/sources/files/skipped-items.ts'
import { walkSources } from '../../main/engine/sources/files/walk-sources.ts'
import { at, catching, linux, make, walk } from './sources-ground.ts'

describe('what sources mean', () => {
  it('keeps relative paths under the name of the folder, folders first, in order', () => {
    make('docs/b.txt', 'docs/a/deep/x', 'docs/empty/', 'docs/B.txt')
    expect(walk([at('docs')]).paths).toEqual([
      'docs',
      'docs/B.txt',
      'docs/a',
      'docs/a/deep',
      'docs/a/deep/x',
      'docs/b.txt',
      'docs/empty',
    ])
  })

  it('gives the same whether or not the folder is written with a slash at the end', () => {
    make('docs/a')
    expect(walk([`${at('docs')}/`]).paths).toEqual(['docs', 'docs/a'])
  })

  it('names every missing source', () => {
    make('here')
    const error = catching(() => resolveSources([at('gone'), at('here'), at('no', 'such'), at('none/*.txt')]))
    expect(error.code).toBe('source-missing')
    expect(error.data).toMatchObject({ count: 3, path: at('gone') })
    expect(error.data.paths).toBe([at('gone'), at('no', 'such'), at('none/*.txt')].join('\n'))
  })

  it('refuses relative paths, and things that are neither file nor folder', () => {
    expect(catching(() => resolveSources(['docs'])).code).toBe('invalid-input')
    expect(catching(() => resolveSources(['/dev/null'])).code).toBe('source-unsupported')
  })

  it('follows a link that is itself the source, and keeps its name', () => {
    make('real/a')
    symlinkSync(at('real'), at('Documents'))
    expect(walk([at('Documents')]).paths).toEqual(['Documents', 'Documents/a'])
  })

  it('archives a source that is a dead link as the link', () => {
    symlinkSync('/nowhere/at/all', at('dead'))
    const { entries } = walk([at('dead')])
    expect(entries).toMatchObject([{ path: 'dead', kind: 'symlink' }])
  })

  it('takes a path that exists literally, even if it looks like a glob', () => {
    make('a[1]/x', 'a1/y')
    expect(walk([at('a[1]')]).paths).toEqual(['a[1]', 'a[1]/x'])
  })
})

describe('names in the archive', () => {
  const roots = (sources: readonly string[]): string[] =>
    resolveSources(sources).mapping.map(({ prefix }) => prefix)

  it('numbers equal names in the order given', () => {
    make('a/docs/1', 'b/docs/2', 'c/docs/3', 'a/n.txt', 'b/n.txt')
    expect(roots([at('b/docs'), at('a/docs'), at('c/docs')])).toEqual(['docs', 'docs_2', 'docs_3'])
    expect(roots([at('a/n.txt'), at('b/n.txt')])).toEqual(['n.txt', 'n_2.txt'])
  })

  it('never takes a name that another source really has', () => {
    make('a/docs/1', 'b/docs/2', 'c/docs_2/3')
    expect(roots([at('a/docs'), at('b/docs'), at('c/docs_2')])).toEqual(['docs', 'docs_3', 'docs_2'])
  })

  it('tells names apart that only case or Unicode form separate', () => {
    make('a/Docs/1', 'b/docs/2', 'a/caf\u00e9/1', 'b/cafe\u0301/2')
    expect(roots([at('a/Docs'), at('b/docs')])).toEqual(['Docs', 'docs_2'])
    expect(roots([at('a/caf\u00e9'), at('b/cafe\u0301')])).toEqual(['caf\u00e9', 'cafe\u0301_2'])
  })

  it('names the top of a volume', () => {
    const [mapped] = resolveSources(['/']).mapping
    expect(mapped).toEqual({ source: '/', prefix: 'root' })
  })
})

describe('overlaps', () => {
  it('archives a source inside another one once and says where', () => {
    make('docs/sub/x', 'docs/y')
    const sources = [at('docs/sub'), at('docs'), at('docs'), at('docs/y')]
    expect(walk(sources).paths).toEqual(['docs', 'docs/sub', 'docs/sub/x', 'docs/y'])
    expect(resolveSources(sources).mapping.map(({ prefix }) => prefix)).toEqual([
      'docs/sub',
      'docs',
      'docs',
      'docs/y',
    ])
  })

  it('archives the same file named twice once', () => {
    make('a.txt')
    expect(walk([at('a.txt'), at('a.txt')]).paths).toEqual(['a.txt'])
  })

  it('sees through links to the same place', () => {
    make('docs/sub/x')
    symlinkSync(at('docs'), at('alias'))
    expect(walk([at('alias/sub'), at('docs')]).paths).toEqual(['docs', 'docs/sub', 'docs/sub/x'])
  })

  it('keeps an explicit source even where an exclusion covers it, and nothing else from there', () => {
    make('home/cache/keep/x', 'home/cache/other', 'home/a')
    const { paths } = walk([at('home'), at('home/cache/keep')], { exclude: ['cache/'] })
    expect(paths).toEqual(['home', 'home/a', 'home/cache', 'home/cache/keep', 'home/cache/keep/x'])
  })
})

describe('globs', () => {
  beforeEach(() =>
    make('p/a.sql', 'p/b.txt', 'p/sub/c.sql', 'p/sub/deep/d.sql', 'p/other/e.txt', 'p/.hidden.sql'),
  )

  it('gives paths below the fixed part of the glob, and only the folders that are needed', () => {
    expect(walk([at('p/**/*.sql')]).paths).toEqual([
      'p',
      'p/.hidden.sql',
      'p/a.sql',
      'p/sub',
      'p/sub/c.sql',
      'p/sub/deep',
      'p/sub/deep/d.sql',
    ])
    expect(walk([at('p/*.sql')]).paths).toEqual(['p', 'p/.hidden.sql', 'p/a.sql'])
    expect(walk([at('p/{sub,other}/*')]).paths).toContain('p/sub/deep/d.sql')
  })

  it('takes a folder that matches with all it holds', () => {
    expect(walk([at('p/s*')]).paths).toEqual(['p', 'p/sub', 'p/sub/c.sql', 'p/sub/deep', 'p/sub/deep/d.sql'])
  })

  it('joins globs that start in one place or inside each other', () => {
    const { paths } = walk([at('p/*.txt'), at('p/*.sql'), at('p/sub/*.sql')])
    expect(paths).toEqual(['p', 'p/.hidden.sql', 'p/a.sql', 'p/b.txt', 'p/sub', 'p/sub/c.sql'])
    const mapping = resolveSources([at('p/*.txt'), at('p/sub/*.sql')]).mapping
    expect(mapping.map(({ prefix }) => prefix)).toEqual(['p', 'p/sub'])
  })

  it('passes by what another source names, and yields to a folder that covers it', () => {
    expect(walk([at('p/*'), at('p/sub')]).paths).toEqual([
      'p',
      'p/.hidden.sql',
      'p/a.sql',
      'p/b.txt',
      'p/other',
      'p/other/e.txt',
      'sub',
      'sub/c.sql',
      'sub/deep',
      'sub/deep/d.sql',
    ])
    expect(walk([at('p/*.sql'), at('p')]).paths.filter((path) => path.endsWith('a.sql'))).toEqual(['p/a.sql'])
  })

  it('says which globs matched nothing', () => {
    const { paths, unmatched } = walk([at('p/*.none'), at('p/*.txt')])
    expect(paths).toEqual(['p', 'p/b.txt'])
    expect(unmatched).toEqual([at('p/*.none')])
  })
})

describe('odd things in folders', () => {
  it('gives links as links, loops and all', () => {
    make('s/dir/x')
    symlinkSync('..', at('s/dir/up'))
    symlinkSync('loop', at('s/loop'))
    symlinkSync('/etc', at('s/etc'))
    const { entries } = walk([at('s')])
    expect(entries.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      'directory s',
      'directory s/dir',
      'symlink s/dir/up',
      'file s/dir/x',
      'symlink s/etc',
      'symlink s/loop',
    ])
  })

  it.runIf(linux)('reports pipes, sockets and devices without opening them', async () => {
    make('s/a')
    execFileSync('mkfifo', [at('s/pipe')])
    const server = createServer().listen(at('s/socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    const { paths, skipped } = walk([at('s')])
    server.close()
    expect(paths).toEqual(['s', 's/a'])
    expect(skipped).toEqual([
      { path: at('s/pipe'), reason: 'special' },
      { path: at('s/socket'), reason: 'special' },
    ])
  })

  it('reports what vanishes after it was listed', () => {
    make('s/a', 's/b', 's/c/d')
    const skipped: SkippedItem[] = []
    const walking = walkSources(resolveSources([at('s')]), {
      exclude: [],
      neverInclude: [],
      cacheDirTags: false,
      checkpoint() {},
      onSkipped: (item) => skipped.push(item),
      onLeftOut() {},
      onUnmatched() {},
    })
    walking.next()
    walking.next()
    rmSync(at('s/b'))
    expect(walking.next().value).toMatchObject({ path: 's/c' })
    rmSync(at('s/c'), { recursive: true })
    expect(walking.next().done).toBe(true)
    expect(skipped).toEqual([
      { path: at('s/b'), reason: 'vanished', code: 'ENOENT' },
      { path: at('s/c'), reason: 'vanished', code: 'ENOENT' },
    ])
  })

  it.runIf(linux)('keeps names that are not UTF-8 byte for byte, also of folders above others', () => {
    make('s/caf\u00e9')
    const folder = Buffer.concat([Buffer.from(`${at('s')}/d`), Buffer.of(0xff), Buffer.from('/')])
    mkdirSync(folder)
    writeFileSync(Buffer.concat([folder, Buffer.of(0xe9, 0x2e, 0x74)]), 'x')
    writeFileSync(Buffer.concat([folder, Buffer.from('plain')]), 'y')
    writeFileSync(at('s/real \uFFFD'), 'z')
    const { entries } = walk([at('s')])
    expect(entries.map(({ path, rawPath }) => [path, rawPath?.toString('latin1')])).toEqual([
      ['s', undefined],
      ['s/caf\u00e9', undefined],
      ['s/d\uFFFD', 's/d\xff'],
      ['s/d\uFFFD/plain', 's/d\xff/plain'],
      ['s/d\uFFFD/\uFFFD.t', 's/d\xff/\xe9.t'],
      ['s/real \uFFFD', undefined],
    ])
  })

  it('gives both names of a hard-linked file, with their count', () => {
    make('s/a')
    linkSync(at('s/a'), at('s/b'))
    const [, a, b] = walk([at('s')]).entries
    expect(a?.stats.nlink).toBe(2n)
    expect(b?.stats.ino).toBe(a?.stats.ino)
  })

  it.runIf(linux)('goes as deep as the system lets it, and reports where it stops', () => {
    make('s/')
    const name = 'd'.repeat(200)
    // 60 levels of 200 characters: deeper than any path the system takes at once.
    const script = 'import os, sys\nfor _ in range(60):\n  os.mkdir(sys.argv[1]); os.chdir(sys.argv[1])'
    execFileSync('python3', ['-c', script, name], { cwd: at('s') })
    const { paths, skipped } = walk([at('s')])
    expect(paths.length).toBeGreaterThan(15)
    expect(skipped).toHaveLength(1)
    expect(skipped[0]).toMatchObject({ reason: 'unreadable', code: 'ENAMETOOLONG' })
    execFileSync('rm', ['-rf', at('s')])
  })

  it('stops where the checkpoint says so', () => {
    make('s/a/b/c/d')
    let folders = 0
    const walking = () =>
      walk([at('s')], {
        checkpoint() {
          if (++folders === 3) throw new EverstowError('cancelled')
        },
      })
    expect(catching(walking).code).toBe('cancelled')
  })
})
