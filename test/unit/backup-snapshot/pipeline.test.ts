import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { rebuildTreeFile } from '../../../main/engine/backup/snapshot/known/rebuild-tree-file.ts'
import { createChunkIndex } from '../../../main/engine/repository/index/chunk-index.ts'
import { at, clock, expectSame, letTimePass, listSnapshot, Series } from './ground.ts'
import { noise } from './noise.ts'

function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), content)
}

function makeTree(): void {
  for (let folder = 0; folder < 30; folder++)
    for (let file = 0; file < 20; file++)
      put(`src/d${folder}/e${file % 3}/f${file}.txt`, `${folder} ${file} `.repeat(50 + file * folder))
}

describe('what a snapshot holds', () => {
  test.runIf(process.platform === 'linux')('everything that a disk can hold, bit by bit', async () => {
    makeTree()
    put('src/empty', '')
    mkdirSync(at('src/empty-folder'))
    put(`src/${'n'.repeat(255)}`, 'long name')
    put('src/new\nline', 'x')
    put('src/ü\u{1F600}', 'above the basic plane')
    put('src/\uFF5E', 'a name that UTF-16 sorts before, bytes after')
    put('src/\uE000', 'private')
    writeFileSync(
      Buffer.concat([Buffer.from(at('src')), Buffer.from('/bad-\xff\xfe', 'latin1')]),
      'not UTF-8',
    )
    writeFileSync(
      Buffer.concat([Buffer.from(at('src')), Buffer.from('/bad-\xff\xfd', 'latin1')]),
      'its neighbour',
    )
    const badFolder = Buffer.concat([Buffer.from(at('src')), Buffer.from('/dir-\xe9', 'latin1')])
    mkdirSync(badFolder)
    writeFileSync(Buffer.concat([badFolder, Buffer.from('/inside')]), 'in a folder that is not UTF-8')
    put(`src/${Array.from({ length: 200 }, (_, i) => `deep${i}`).join('/')}/bottom`, 'far down')
    put('src/private', 'secret')
    chmodSync(at('src/private'), 0o4700)
    symlinkSync('nowhere\nat all', at('src/link'))
    lutimesSync(at('src/link'), 5, 1234567.891)
    linkSync(at('src/private'), at('src/second-name'))
    execFileSync('mkfifo', [at('src/pipe')])
    const server = createServer().listen(at('src/socket'))
    const sparse = openSync(at('src/sparse'), 'w')
    ftruncateSync(sparse, 30 << 20)
    writeSync(sparse, 'island', 11 << 20)
    closeSync(sparse)
    put('src/exactly-min', noise('min', 256 * 1024))
    put('src/above-min', noise('above', 256 * 1024 + 1))
    put('src/large', noise('large', 9 << 20))
    put('src/text', 'compressible text '.repeat(200_000))
    utimesSync(at('src/text'), 1, 1.5)

    const { pile, run } = bound(new Series())
    const { result } = await run([at('src')])
    expectSame(pile, result.rootTreeId, at('src'), 'src')
    expect(result.skipped).toEqual([])
    expect(result.incomplete).toBe(false)
    expect(result.roots).toEqual([{ source: at('src'), prefix: 'src' }])
    server.close()
  })

  test('files, folders and links as sources, and globs without the folders that hold no match', async () => {
    put('one/a.txt', 'a')
    put('one/b.bin', 'b')
    put('two/deep/c.txt', 'c')
    put('two/deeper/none/d.bin', 'd')
    put('alone', 'e')
    const { pile, run } = bound(new Series())
    const { result } = await run([at('one'), at('alone'), at('two/**/*.txt'), at('two/*.nothing')])
    expect([...listSnapshot(pile, result.rootTreeId).keys()].sort()).toEqual(
      ['alone', 'one', 'one/a.txt', 'one/b.bin', 'two', 'two/deep', 'two/deep/c.txt'].sort(),
    )
    expect(result.unmatched).toEqual([at('two/*.nothing')])
  })

  test('exclusions, ignore files, cache tags, places of our own', async () => {
    put('src/keep', '1')
    put('src/drop.log', '2')
    put('src/sub/.everstowignore', '*.tmp\n!important.tmp\n')
    put('src/sub/x.tmp', '3')
    put('src/sub/important.tmp', '4')
    put('src/sub/below/y.tmp', '5')
    put('src/cache/CACHEDIR.TAG', 'Signature: 8a477f597d28d172789f06886806bc55')
    put('src/cache/junk', '6')
    put('src/place/pack', '7')
    const { pile, run } = bound(new Series())
    const { result } = await run([at('src')], {
      exclude: ['*.log'],
      cacheDirTags: true,
      neverInclude: [at('src/place')],
    })
    expect([...listSnapshot(pile, result.rootTreeId).keys()].sort()).toEqual([
      'src',
      'src/cache',
      'src/cache/CACHEDIR.TAG',
      'src/keep',
      'src/sub',
      'src/sub/.everstowignore',
      'src/sub/below',
      'src/sub/important.tmp',
    ])
    expect(result.leftOut).toEqual([at('src/place')])
  })
})

describe('one backup after another', () => {
  test('of unchanged sources stores nothing and reads nothing', async () => {
    makeTree()
    letTimePass()
    const { run } = bound(new Series())
    const first = await run([at('src')])
    const second = await run([at('src')])
    expect(second.result.rootTreeId).toBe(first.result.rootTreeId)
    expect(second.result.newPacks).toEqual([])
    expect(second.result.stats).toMatchObject({ bytesRead: 0, changedFiles: 0, unchangedFiles: 600 })
    expect(second.result.stats.bytes).toBe(first.result.stats.bytes)
    expect(second.result.nextTreeFile).toBeUndefined()
  })

  test('reads what was changed just before the last one began: its times would tell nothing', async () => {
    put('src/fresh', 'one')
    const { run } = bound(new Series())
    await run([at('src')])
    const second = await run([at('src')])
    expect(second.result.stats).toMatchObject({ changedFiles: 1, unchangedFiles: 0, newBytes: 0 })
    expect(second.result.newPacks).toEqual([])
  })

  test('of edited sources stores the difference', async () => {
    makeTree()
    put('src/big', noise('big', 20 << 20))
    letTimePass()
    const { pile, run } = bound(new Series())
    await run([at('src')])
    const middle = noise('big', 20 << 20)
    writeFileSync(
      at('src/big'),
      Buffer.concat([middle.subarray(0, 9 << 20), Buffer.from('!'), middle.subarray(9 << 20)]),
    )
    rmSync(at('src/d3'), { recursive: true })
    rmSync(at('src/d4/e0/f0.txt'))
    renameSync(at('src/d5'), at('src/moved'))
    appendFileSync(at('src/d6/e1/f1.txt'), 'more')
    put('src/d7/new/file', 'new')
    chmodSync(at('src/d8'), 0o700)
    put('src/aaa-first', 'sorts before all')
    const { result } = await run([at('src')])
    expectSame(pile, result.rootTreeId, at('src'), 'src')
    expect(result.stats.newBytes).toBeLessThan(5 << 20)
    expect(result.stats.unchangedFiles).toBeGreaterThan(550)
    expect(result.usedPacks.length).toBeGreaterThan(0)
    const third = await run([at('src')])
    expectSame(pile, third.result.rootTreeId, at('src'), 'src')
    expect(third.result.stats.unchangedFiles).toBeGreaterThan(570)
  })

  test('reads a file again when the repository has lost a chunk of it', async () => {
    makeTree()
    letTimePass()
    const series = new Series()
    const { pile, run } = bound(series)
    await run([at('src')])
    const before = pile.packs.splice(0)
    pile.chunks.clear()
    series.base = series.base && { ...series.base, isLive: false }
    const { result } = await run([at('src')])
    expectSame(pile, result.rootTreeId, at('src'), 'src')
    expect(result.stats.changedFiles).toBe(600)
    expect(before.length).toBeGreaterThan(0)
  })

  test('stores a chunk again that the log calls lost, once', async () => {
    put('src/a', noise('lost', 1000))
    put('src/b', noise('lost', 1000))
    const series = new Series()
    const { pile, run } = bound(series)
    await run([at('src')])
    const index = pile.index()
    for (let slot = 0; slot < index.slots; slot++) if (index.isPresent(slot)) index.setLost(slot, true)
    series.base = series.base && { ...series.base, isLive: false }
    const { result } = await run([at('src')], { index: index.handles() })
    expect(result.stats.newBytes).toBe(1000)
    expect(result.usedPacks).toEqual([])
  })

  test('does not believe what a backup claimed in the index and never stored', async () => {
    makeTree()
    const index = createChunkIndex(100)
    const { run } = bound(new Series())
    await run([at('src')], { index: index.handles() })
    const { pile, run: runAgain } = bound(new Series())
    const sessionFolder = at('another')
    const { result } = await runAgain([at('src')], { index: index.handles(), sessionFolder })
    expectSame(pile, result.rootTreeId, at('src'), 'src')
  })

  test('ignores a damaged or foreign file of the last one', async () => {
    makeTree()
    letTimePass()
    const series = new Series()
    const { pile, run } = bound(series)
    const first = await run([at('src')])
    const file = openSync(at('base'), 'r+')
    for (let i = 0; i < 60; i++) writeSync(file, noise(`${i}`, 8), 0, 8, 48 + i * 997)
    closeSync(file)
    const second = await run([at('src')])
    expect(second.result.rootTreeId).toBe(first.result.rootTreeId)
    expectSame(pile, second.result.rootTreeId, at('src'), 'src')
    series.base = { path: at('base'), rootTreeId: '00'.repeat(32), isLive: true }
    const third = await run([at('src')])
    expect(third.result.stats.unchangedFiles).toBe(0)
    expect(third.result.rootTreeId).toBe(first.result.rootTreeId)
  })

  test('with --check-content reads everything and stores nothing', async () => {
    makeTree()
    letTimePass()
    const { run } = bound(new Series())
    const first = await run([at('src')])
    const { result } = await run([at('src')], { checkContent: true })
    expect(result.rootTreeId).toBe(first.result.rootTreeId)
    expect(result.stats).toMatchObject({ changedFiles: 600, newBytes: 0 })
    expect(result.newPacks).toEqual([])
  })
})

test('a lost file of directories is made again from the repository', async () => {
  makeTree()
  letTimePass()
  const series = new Series()
  const { pile, run } = bound(series)
  const scanStartMs = clock.now()
  const first = await run([at('src')])
  await rebuildTreeFile({
    rootTreeId: first.result.rootTreeId,
    scanStartMs,
    hasXattrs: first.result.xattrs,
    path: at('again'),
    loadTree: async (id) => pile.chunk(id),
  })
  series.base = { path: at('again'), rootTreeId: first.result.rootTreeId, isLive: true }
  const { result } = await run([at('src')])
  expect(result.rootTreeId).toBe(first.result.rootTreeId)
  expect(result.stats).toMatchObject({ changedFiles: 0, unchangedFiles: 600 })
})

describe('threads', () => {
  test('any number of workers makes the same trees', async () => {
    makeTree()
    for (let i = 0; i < 1500; i++) put(`src/flat/${i}`, noise(`flat ${i}`, 3000))
    put('src/huge', Buffer.concat([noise('huge', 8 << 20), Buffer.alloc(120 << 20), noise('tail', 8 << 20)]))
    const ids = new Set<string>()
    for (const workers of [1, 2, 3, 5]) {
      const { pile, run } = bound(new Series())
      const { result } = await run([at('src')], { workers })
      ids.add(result.rootTreeId)
      if (workers === 5) expectSame(pile, result.rootTreeId, at('src'), 'src')
      rmSync(at(`session-0`), { recursive: true })
    }
    expect(ids.size).toBe(1)
  })

  test('a small backup by many workers makes one pack of data and one of directories', async () => {
    for (let i = 0; i < 300; i++) put(`src/d${i}/f`, noise(`small ${i}`, 1000))
    const { pile, run } = bound(new Series())
    const { result } = await run([at('src')], { workers: 6 })
    expect(result.newPacks.length).toBe(2)
    expectSame(pile, result.rootTreeId, at('src'), 'src')
  })

  test('equal files are stored once, whoever meets them', async () => {
    for (let i = 0; i < 400; i++) put(`src/d${i % 40}/f${i}`, noise(`same ${i % 5}`, 50_000))
    const { run } = bound(new Series())
    const { result } = await run([at('src')], { workers: 4 })
    expect(result.stats.newBytes).toBe(5 * 50_000)
    expect(result.stats.bytes).toBe(400 * 50_000)
  })

  test('the gate holds packs back, and cancelling ends all threads', async () => {
    makeTree()
    const gate = new SharedArrayBuffer(4)
    Atomics.store(new Int32Array(gate), 0, 1)
    const stopping = new AbortController()
    setTimeout(() => stopping.abort(), 600)
    const { run } = bound(new Series())
    await expect(run([at('src')], { gate, signal: stopping.signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(readdirSync(at('session-0/packs'))).toEqual([])
    expect(existsSync(at('session-0/tmp'))).toBe(false)
  })
})

describe('what goes wrong', () => {
  test.runIf(process.platform === 'linux' && process.getuid?.() === 0)('a full disk', async () => {
    for (let i = 0; i < 40; i++) put(`src/f${i}`, noise(`full ${i}`, 200_000))
    mkdirSync(at('small'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=5m', 'none', at('small')])
    try {
      const { run } = bound(new Series())
      const sessionFolder = at('small/session')
      await expect(run([at('src')], { sessionFolder, packBytes: 1 << 20, workers: 1 })).rejects.toMatchObject(
        {
          code: 'disk-full',
        },
      )
      expect(existsSync(`${sessionFolder}/tmp`)).toBe(false)
      // With more room it goes on, with the packs that were finished.
      const finished = readdirSync(`${sessionFolder}/packs`)
      expect(finished.length).toBeGreaterThan(0)
      execFileSync('mount', ['-o', 'remount,size=64m', at('small')])
      const { pile, run: runAgain } = bound(new Series())
      const { result } = await runAgain([at('src')], { sessionFolder, packBytes: 1 << 20 })
      expectSame(pile, result.rootTreeId, at('src'), 'src')
      const named = result.newPacks.map(({ packId }) => packId)
      expect(readdirSync(`${sessionFolder}/packs`).sort()).toEqual([...named].sort())
      // Of the last one perhaps only its name did not fit any more.
      expect(finished.filter((packId) => !named.includes(packId)).length).toBeLessThan(2)
      expect(result.stats.newBytes).toBeLessThan(40 * 200_000)
    } finally {
      execFileSync('umount', [at('small')])
    }
  })

  test.runIf(process.platform === 'linux' && process.getuid?.() !== 0)('unreadable files', async () => {
    put('src/ok', '1')
    put('src/shut', '2')
    chmodSync(at('src/shut'), 0)
    const { run } = bound(new Series())
    const { result } = await run([at('src')])
    expect(result.skipped).toEqual([{ path: at('src/shut'), reason: 'unreadable', code: 'EACCES' }])
    expect(result.incomplete).toBe(true)
  })

  test('missing sources, and sources with nothing in them', async () => {
    const { run } = bound(new Series())
    await expect(run([at('absent')])).rejects.toMatchObject({ code: 'source-missing' })
    mkdirSync(at('src'))
    await expect(run([at('src/*.x')])).rejects.toMatchObject({ code: 'nothing-to-back-up' })
  })

  test('a file that grows all the while is kept as far as it was read, and named', async () => {
    put('src/log', noise('log', 300_000))
    const growing = openSync(at('src/log'), 'a')
    let isRunning = true
    const grow = (): void => {
      if (!isRunning) return
      writeSync(growing, 'another line\n')
      setImmediate(grow)
    }
    grow()
    const { pile, run } = bound(new Series())
    const { result } = await run([at('src')])
    isRunning = false
    closeSync(growing)
    const said = listSnapshot(pile, result.rootTreeId).get('src/log')
    expect(said).toBeDefined()
    expect(result.skipped.every(({ reason }) => reason === 'changed')).toBe(true)
  })
})

function bound(series: Series): { pile: Series['pile']; run: Series['run'] } {
  return { pile: series.pile, run: series.run.bind(series) }
}
