import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeEnv } from '../../main/engine/env/fake/create-fake-env.ts'
import type { Files } from '../../main/engine/env/files.ts'
import { nodeFiles } from '../../main/engine/env/node/node-files.ts'

interface Ground {
  readonly files: Files
  readonly folder: string
  link(target: string, path: string): Promise<void>
  /** Some time passes. */
  later(): Promise<void>
  end(): Promise<void>
}

/** The rules of the port: the real files and the fake ones keep the same. */
function describeFiles(name: string, start: () => Promise<Ground>): void {
  describe(`files: ${name}`, () => {
    let ground: Ground
    let files: Files
    const at = (...names: string[]) => join(ground.folder, ...names)

    beforeEach(async () => {
      ground = await start()
      files = ground.files
    })
    afterEach(() => ground.end())

    it('replaces a file as a whole and leaves nothing beside it', async () => {
      await files.writeAtomic(at('a.json'), 'old and long')
      await files.writeAtomic(at('a.json'), new TextEncoder().encode('new'))
      expect(await files.readText(at('a.json'))).toBe('new')
      expect(await files.list(ground.folder)).toEqual(['a.json'])
    })

    it('writes without flushing where the file may be lost', async () => {
      await files.writeAtomic(at('a'), 'x', { mode: 0o600, mayBeLost: true })
      await files.writeAtomic(at('a'), 'y', { mayBeLost: true })
      expect(await files.readText(at('a'))).toBe('y')
      expect((await files.stat(at('a')))?.mode).toBe(0o600)
      expect(await files.list(ground.folder)).toEqual(['a'])
    })

    it('says that a file was changed now', async () => {
      await files.writeAtomic(at('a'), 'x')
      const before = (await files.stat(at('a')))?.mtimeMs ?? 0
      await ground.later()
      await files.touch(at('a'))
      expect((await files.stat(at('a')))?.mtimeMs).toBeGreaterThan(before)
      expect(await files.readText(at('a'))).toBe('x')
      await expect(files.touch(at('no'))).rejects.toMatchObject({ code: 'ENOENT' })
    })

    it('gives the mode asked for, and keeps it when none is asked for later', async () => {
      await files.writeAtomic(at('open'), 'x')
      expect((await files.stat(at('open')))?.mode).toBe(0o644)
      await files.writeAtomic(at('s'), 'x', { mode: 0o600 })
      expect((await files.stat(at('s')))?.mode).toBe(0o600)
      await files.writeAtomic(at('s'), 'y')
      expect((await files.stat(at('s')))?.mode).toBe(0o600)
      await files.writeAtomic(at('s'), 'y', { mode: 0o666 })
      expect((await files.stat(at('s')))?.mode).toBe(0o666)
    })

    it('writes names as long as the system allows', async () => {
      const name = 'é'.repeat(127)
      await files.writeAtomic(at(name), 'x')
      expect(await files.readText(at(name))).toBe('x')
    })

    it('leaves no temporary file when the target cannot be replaced', async () => {
      await files.mkdir(at('folder', 'inner'))
      await expect(files.writeAtomic(at('folder'), 'x')).rejects.toMatchObject({ code: expect.any(String) })
      expect(await files.list(ground.folder)).toEqual(['folder'])
    })

    it('reads ranges, the end not included', async () => {
      await files.writeAtomic(at('r'), '0123456789')
      expect(await text(files.openRead(at('r')))).toBe('0123456789')
      expect(await text(files.openRead(at('r'), { start: 2, end: 5 }))).toBe('234')
      expect(await text(files.openRead(at('r'), { start: 8, end: 99 }))).toBe('89')
      expect(await text(files.openRead(at('r'), { start: 4, end: 4 }))).toBe('')
    })

    it('reads into a buffer, as far as the file goes', async () => {
      await files.writeAtomic(at('r'), '0123456789')
      const into = Buffer.alloc(4, '-')
      expect(await files.readInto(at('r'), into, 3)).toBe(4)
      expect(into.toString()).toBe('3456')
      expect(await files.readInto(at('r'), into, 8)).toBe(2)
      expect(into.toString()).toBe('8956')
      expect(await files.readInto(at('r'), into, 10)).toBe(0)
      await expect(files.readInto(at('none'), into, 0)).rejects.toMatchObject({ code: 'ENOENT' })
    })

    it('reads large files as bytes', async () => {
      const bytes = Buffer.alloc(300_000, 'abcdefg')
      await files.writeAtomic(at('big'), bytes)
      expect(Buffer.from(await files.readFile(at('big'))).equals(bytes)).toBe(true)
      const chunks: Buffer[] = []
      for await (const chunk of files.openRead(at('big'))) chunks.push(chunk as Buffer)
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
    })

    it('says ENOENT with the path where something has to be there', async () => {
      for (const call of [
        () => files.readFile(at('no')),
        () => files.readText(at('no')),
        () => text(files.openRead(at('no'))),
        () => files.list(at('no')),
        () => files.rename(at('no'), at('x')),
        () => files.link(at('no'), at('x')),
        () => files.realPath(at('no')),
        () => files.syncDir(at('no')),
        () => files.writeAtomic(at('no', 'x'), ''),
      ]) {
        await expect(call()).rejects.toMatchObject({
          code: 'ENOENT',
          path: expect.stringContaining(at('no')),
        })
      }
    })

    it('knows files, folders and links, and gives nothing where nothing is', async () => {
      await files.writeAtomic(at('f'), '12345')
      await files.mkdir(at('d'))
      await ground.link('f', at('to-file'))
      await ground.link('gone', at('to-nothing'))
      expect(await files.stat(at('f'))).toMatchObject({ kind: 'file', sizeBytes: 5 })
      expect(await files.stat(at('d'))).toMatchObject({ kind: 'directory' })
      expect(await files.stat(at('to-file'))).toMatchObject({ kind: 'file', sizeBytes: 5 })
      expect(await files.lstat(at('to-file'))).toMatchObject({ kind: 'symlink' })
      expect(await files.stat(at('to-nothing'))).toBeUndefined()
      expect(await files.lstat(at('to-nothing'))).toMatchObject({ kind: 'symlink' })
      expect(await files.stat(at('no'))).toBeUndefined()
      expect(await files.lstat(at('f', 'below-a-file'))).toBeUndefined()
    })

    it('lists names in order', async () => {
      for (const name of ['b', 'a', 'C', '.h', 'é']) await files.writeAtomic(at(name), '')
      expect(await files.list(ground.folder)).toEqual(['.h', 'C', 'a', 'b', 'é'])
      await expect(files.list(at('a'))).rejects.toMatchObject({ code: 'ENOTDIR' })
    })

    it('lists what each name is, links as links', async () => {
      await files.writeAtomic(at('f'), '')
      await files.mkdir(at('d'))
      await ground.link('d', at('to-folder'))
      expect(await files.listKinds(ground.folder)).toEqual([
        { name: 'd', kind: 'directory' },
        { name: 'f', kind: 'file' },
        { name: 'to-folder', kind: 'symlink' },
      ])
      await expect(files.listKinds(at('f'))).rejects.toMatchObject({ code: 'ENOTDIR' })
    })

    it('makes folders with their parents, once', async () => {
      await files.mkdir(at('x', 'y', 'z'), { mode: 0o700 })
      await files.mkdir(at('x', 'y', 'z'), { mode: 0o755 })
      expect((await files.stat(at('x')))?.mode).toBe(0o700)
      expect((await files.stat(at('x', 'y', 'z')))?.mode).toBe(0o700)
      await files.writeAtomic(at('f'), '')
      await expect(files.mkdir(at('f'))).rejects.toMatchObject({ code: 'EEXIST' })
    })

    it('renames over a file, but not over a folder that holds something', async () => {
      await files.writeAtomic(at('a'), 'a')
      await files.writeAtomic(at('b'), 'b')
      await files.rename(at('a'), at('b'))
      expect(await files.list(ground.folder)).toEqual(['b'])
      expect(await files.readText(at('b'))).toBe('a')
      await files.mkdir(at('d', 'e'))
      await files.mkdir(at('f'))
      await expect(files.rename(at('f'), at('d'))).rejects.toMatchObject({ code: 'ENOTEMPTY' })
      await expect(files.rename(at('b'), at('d'))).rejects.toMatchObject({ code: 'EISDIR' })
      await expect(files.rename(at('d'), at('d', 'e', 'x'))).rejects.toMatchObject({ code: 'EINVAL' })
    })

    it('links only where nothing is', async () => {
      await files.writeAtomic(at('a'), 'a')
      await files.writeAtomic(at('b'), 'b')
      await expect(files.link(at('a'), at('b'))).rejects.toMatchObject({ code: 'EEXIST' })
      await files.link(at('a'), at('c'))
      expect((await files.stat(at('c')))?.ino).toBe((await files.stat(at('a')))?.ino)
      await files.remove(at('a'))
      expect(await files.readText(at('c'))).toBe('a')
    })

    it('removes what is there and does not mind what is not', async () => {
      await files.writeAtomic(at('a'), 'a')
      await files.remove(at('a'))
      await files.remove(at('a'))
      await files.mkdir(at('t', 'u'))
      await files.writeAtomic(at('t', 'u', 'f'), '')
      await expect(files.remove(at('t'))).rejects.toMatchObject({
        code: expect.stringMatching(/EISDIR|EPERM/),
      })
      await files.removeTree(at('t'))
      await files.removeTree(at('t'))
      expect(await files.list(ground.folder)).toEqual([])
    })

    it('removes a link and not what it points to', async () => {
      await files.mkdir(at('real'))
      await files.writeAtomic(at('real', 'f'), 'kept')
      await ground.link('real', at('link'))
      await files.removeTree(at('link'))
      expect(await files.readText(at('real', 'f'))).toBe('kept')
    })

    it('follows links in paths', async () => {
      await files.mkdir(at('real', 'inner'))
      await ground.link('real', at('link'))
      await files.writeAtomic(at('link', 'inner', 'f'), 'x')
      expect(await files.readText(at('real', 'inner', 'f'))).toBe('x')
      expect(await files.realPath(at('link', 'inner', '..', 'inner'))).toBe(
        await files.realPath(at('real', 'inner')),
      )
      await ground.link('loop', at('loop'))
      await expect(files.readText(at('loop'))).rejects.toMatchObject({ code: 'ELOOP' })
    })

    it('tells the space of the volume, also for a path that is still to come', async () => {
      for (const path of [ground.folder, at('not', 'yet')]) {
        const { freeBytes, totalBytes } = await files.space(path)
        expect(freeBytes).toBeGreaterThan(0)
        expect(totalBytes).toBeGreaterThanOrEqual(freeBytes)
      }
    })
  })
}

describeFiles('node', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'everstow-files-'))
  return {
    files: nodeFiles,
    folder,
    link: symlink,
    later: () => sleep(20),
    end: () => rm(folder, { recursive: true }),
  }
})

describeFiles('fake', async () => {
  const { files, clock } = createFakeEnv('files')
  await files.mkdir('/home/everstow')
  return {
    files,
    folder: '/home/everstow',
    link: async (target, path) => files.symlink(target, path),
    later: () => clock.advance(20),
    end: async () => {},
  }
})

describe('atomic writes of real files', () => {
  it('never show a part to a reader', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'everstow-files-'))
    try {
      const path = join(folder, 'state')
      const versions = ['a', 'b'].map((letter) => letter.repeat(100_000))
      await writeFile(path, versions[0]!)
      let writing = true
      const writer = (async () => {
        for (let round = 0; round < 40; round++) await nodeFiles.writeAtomic(path, versions[round % 2]!)
        writing = false
      })()
      let reads = 0
      while (writing) {
        expect(versions).toContain(await nodeFiles.readText(path))
        reads++
      }
      await writer
      expect(reads).toBeGreaterThan(0)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

const strace = spawnSync('sh', ['-c', 'command -v strace && strace -o /dev/null true']).status === 0

describe.skipIf(!strace)('durability of real files, seen from the system', () => {
  /** The calls that `code` makes on files of a fresh folder: `fsync F`, `rename F`, with the folder's path left out. */
  const callsOf = async (code: string): Promise<string[]> => {
    const folder = await mkdtemp(join(tmpdir(), 'everstow-files-'))
    const trace = join(folder, 'trace')
    try {
      const work = join(folder, 'work')
      await nodeFiles.mkdir(work)
      const module = new URL('../../main/engine/env/node/node-files.ts', import.meta.url).href
      const program = `import { nodeFiles } from ${JSON.stringify(module)}\nconst at = ${JSON.stringify(work)}\n${code}`
      const command = [
        '-f',
        '-y',
        '-e',
        'trace=fsync,rename,renameat,renameat2',
        '-o',
        trace,
        process.execPath,
      ]
      spawnSync('strace', [...command, '--input-type=module', '--eval', program], { stdio: 'inherit' })
      const lines = (await readFile(trace, 'utf8')).split('\n').filter((line) => line.includes(work))
      return lines.map((line) => {
        const call = /(fsync|rename)/.exec(line)?.[0]
        const path = line.slice(line.indexOf(work) + work.length).match(/^[^">]*/)?.[0] ?? ''
        return `${call} ${path.replace(/[0-9a-f]{12}$/, 'HEX') || '.'}`
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  it('an atomic write syncs the file before the rename and the folder after it', async () => {
    expect(await callsOf(`await nodeFiles.writeAtomic(at + '/f', 'x')`)).toEqual([
      'fsync /.f.tmp-HEX',
      'rename /.f.tmp-HEX',
      'fsync .',
    ])
  })

  it('a new folder is synced into each folder above that is new or holds it', async () => {
    const calls = await callsOf(`await nodeFiles.mkdir(at + '/a/b/c')`)
    expect(calls.toSorted()).toEqual(['fsync .', 'fsync /a', 'fsync /a/b'])
    expect(await callsOf(`await nodeFiles.mkdir(at)`)).toEqual([])
  })
})
