import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeFiles } from '../../main/engine/env/node/node-files.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { bodyOfFile } from '../../main/engine/storage/body.ts'
import { createLocalStore } from '../../main/engine/storage/local/local-store.ts'
import { type LocalConfig, MARKER_NAME, readMarker } from '../../main/engine/storage/local/place.ts'
import {
  bodyOf,
  bytesOf,
  codeOf,
  contentOf,
  failureOf,
  listAll,
  MIB,
  readAll,
  sha256Of,
  streamCodeOf,
} from '../conformance/under-test.ts'

const env = { clock: nodeClock, random: nodeRandom, log: silentLog }

let scratch: string
let path: string
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'everstow-local-unit-'))
  path = join(scratch, 'place')
})
afterEach(() => rm(scratch, { recursive: true, force: true }))

const create = (config: Partial<LocalConfig> = {}) => createLocalStore({ path, create: true, ...config }, env)
const open = (config: Partial<LocalConfig> = {}) => createLocalStore({ path, ...config }, env)
const temporaries = () => readdir(join(path, '.everstow', 'tmp'))

describe('what a person sees in the folder', () => {
  it('is plain files under their own names', async () => {
    const store = await create()
    await store.put('archives/unified_backup_20260105_120000.tar.gz', bodyOf('archive'))
    await store.put('archives/unified_backup_20260105_120000_metadata.json', bodyOf('{}'))
    expect((await readdir(path)).sort()).toEqual(['.everstow', MARKER_NAME, 'archives'])
    expect(await readdir(join(path, 'archives'))).toEqual([
      'unified_backup_20260105_120000.tar.gz',
      'unified_backup_20260105_120000_metadata.json',
    ])
    expect(await readFile(join(path, 'archives/unified_backup_20260105_120000.tar.gz'), 'utf8')).toBe(
      'archive',
    )
  })

  it('has no empty folders left after deletes', async () => {
    const store = await create()
    await store.put('a/b/c/d', bodyOf('x'))
    await store.put('a/e', bodyOf('x'))
    await store.delete('a/b/c/d')
    expect(await readdir(join(path, 'a'))).toEqual(['e'])
    await store.delete('a/e')
    expect((await readdir(path)).sort()).toEqual(['.everstow', MARKER_NAME])
    expect(await readdir(join(path, '.everstow', 'meta'))).toEqual([])
  })

  it('may be files somebody else put there', async () => {
    const store = await create()
    await mkdir(join(path, 'mine'))
    await writeFile(join(path, 'mine', 'by hand.txt'), 'hello')
    await writeFile(join(path, 'mine', '100%.txt'), 'no key has this name')
    await writeFile(join(path, 'mine', '.tmp-other'), 'half a file')
    expect((await listAll(store, '')).map((object) => object.key)).toEqual(['mine/by hand.txt'])
    expect(await store.head('mine/by hand.txt')).toMatchObject({ sizeBytes: 5, metadata: {} })
    expect((await contentOf(store, 'mine/by hand.txt')).toString()).toBe('hello')
  })
})

describe('a place that is not there', () => {
  it('is never made by opening it', async () => {
    expect(await failureOf(open())).toMatchObject({ code: 'place-missing-folder', retry: 'wait' })
    await mkdir(path)
    expect(await failureOf(open())).toMatchObject({
      code: 'place-missing-folder',
      data: { reason: 'not-marked' },
    })
    expect(await readdir(path)).toEqual([])
  })

  it('keeps its id when it is added again, and is told from another', async () => {
    await create()
    const marker = await readMarker(path)
    expect(marker).toMatch(/^[0-9a-f]{32}$/)
    await create()
    expect(await readMarker(path)).toBe(marker)
    await open({ expectMarker: marker })
    const failure = await failureOf(open({ expectMarker: 'f'.repeat(32) }))
    expect(failure).toMatchObject({ code: 'place-missing-folder', data: { reason: 'another-place' } })
  })

  it.each([
    ['the drive is unplugged', async () => rename(path, `${path}-away`)],
    [
      'the empty mount point is there',
      async () => {
        await rename(path, `${path}-away`)
        await mkdir(path)
      },
    ],
    [
      'another place is mounted',
      async () => {
        await rename(path, `${path}-away`)
        await create()
      },
    ],
  ])('while in use: nothing is written and nothing called absent when %s', async (_what, happen) => {
    const store = await create()
    await store.put('a/object', bodyOf('safe'))
    await happen()
    const before = await readdir(path).catch(() => undefined)
    for (const work of [
      () => store.put('a/object', bodyOf('x')),
      () => store.putIfAbsent('a/new', Buffer.from('x')),
      () => store.get('a/object'),
      () => store.head('a/object'),
      () => store.exists('a/object'),
      () => store.list(),
      () => store.delete('a/object'),
    ]) {
      expect(await codeOf(work())).toBe('place-missing-folder')
    }
    expect(await readdir(path).catch(() => undefined)).toEqual(before)
    await rm(path, { recursive: true, force: true })
    await rename(`${path}-away`, path)
    expect((await contentOf(store, 'a/object')).toString()).toBe('safe')
  })
})

describe('links', () => {
  it('are not followed out of the place, nor within it', async () => {
    const store = await create()
    const outside = join(scratch, 'outside')
    await mkdir(outside)
    await writeFile(join(outside, 'secret'), 'secret')
    await store.put('inside/object', bodyOf('inside'))
    await symlink(outside, join(path, 'out'))
    await symlink(join(outside, 'secret'), join(path, 'file-link'))
    await symlink(join(path, 'inside'), join(path, 'in'))
    await symlink(join(scratch, 'nowhere'), join(path, 'dangling'))
    expect((await listAll(store, '')).map((object) => object.key)).toEqual(['inside/object'])
    for (const key of ['out/secret', 'file-link', 'in/object', 'dangling', 'dangling/x']) {
      expect(await codeOf(store.get(key)), key).toBe('object-missing')
      expect(await store.exists(key), key).toBe(false)
      await store.delete(key)
    }
    for (const key of ['out/new', 'out/deep/new', 'in/new', 'dangling/new']) {
      const failure = await failureOf(store.put(key, bodyOf('x')))
      expect(failure, key).toMatchObject({ code: 'place-refused', data: { reason: 'link-in-path' } })
      expect(await codeOf(store.putIfAbsent(key, Buffer.from('x'))), key).toBe('place-refused')
    }
    expect(await readdir(outside)).toEqual(['secret'])
    expect(await codeOf(store.putIfAbsent('file-link', Buffer.from('x')))).toBe('place-refused')
    await store.put('file-link', bodyOf('replaced the link itself'))
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret')
    expect(await temporaries()).toEqual([])
  })

  it('a place may be reached through one', async () => {
    await create()
    await symlink(path, join(scratch, 'alias'))
    const store = await open({ path: join(scratch, 'alias') })
    await store.put('a/b', bodyOf('x'))
    expect(await store.exists('a/b')).toBe(true)
  })

  it('a named pipe in the way holds nobody up', async () => {
    const store = await create()
    execFileSync('mkfifo', [join(path, 'pipe')])
    expect(await codeOf(store.get('pipe'))).toBe('object-missing')
    expect(await listAll(store, '')).toEqual([])
  })
})

describe('bodies that are files', () => {
  const spool = () => join(scratch, 'spool.bin')
  const put = async (bytes: Buffer) => {
    await writeFile(spool(), bytes)
    return bodyOfFile(nodeFiles, spool(), bytes.byteLength)
  }

  it('are linked where they have no other name, and then stay when the first name goes', async () => {
    const store = await create()
    const bytes = bytesOf(MIB)
    const body = await put(bytes)
    const info = await store.put('object', body, { sha256: sha256Of(bytes) })
    expect((await stat(spool())).ino).toBe((await stat(join(path, 'object'))).ino)
    expect(info.sha256).toBe(sha256Of(bytes))
    await rm(spool())
    expect((await contentOf(store, 'object')).equals(bytes)).toBe(true)
    expect((await store.head('object')).sha256).toBe(sha256Of(bytes))
  })

  it('are never one file in two places, also when both put at once', async () => {
    const other = await create({ path: join(scratch, 'other') })
    const store = await create()
    const bytes = bytesOf(MIB)
    const body = await put(bytes)
    await Promise.all([store.put('object', body), other.put('object', body)])
    const [one, two] = await Promise.all([stat(join(path, 'object')), stat(join(scratch, 'other', 'object'))])
    expect(one.ino).not.toBe(two.ino)
    await appendFile(join(path, 'object'), 'damage')
    expect((await contentOf(other, 'object')).equals(bytes)).toBe(true)
  })

  it('can be put twice, also over themselves', async () => {
    const store = await create()
    const bytes = bytesOf(5000)
    const body = await put(bytes)
    await store.put('object', body)
    await store.put('object', body)
    expect((await contentOf(store, 'object')).equals(bytes)).toBe(true)
    expect(await temporaries()).toEqual([])
  })

  it.each([
    ['is not as long as promised', async () => truncate(spool(), 100)],
    ['is gone', async () => rm(spool())],
  ])('are refused where the file %s', async (_what, happen) => {
    const store = await create()
    const body = await put(bytesOf(5000))
    await happen()
    await failureOf(store.put('object', body))
    expect(await store.exists('object')).toBe(false)
    expect(await temporaries()).toEqual([])
  })

  it('are copied through a symbolic link and from a file with two names', async () => {
    const store = await create()
    const bytes = bytesOf(5000)
    await put(bytes)
    await symlink(spool(), join(scratch, 'alias'))
    await store.put('one', bodyOfFile(nodeFiles, join(scratch, 'alias'), bytes.byteLength))
    await link(spool(), join(scratch, 'second name'))
    await store.put('two', bodyOfFile(nodeFiles, spool(), bytes.byteLength))
    for (const key of ['one', 'two']) {
      expect((await contentOf(store, key)).equals(bytes)).toBe(true)
      expect((await stat(join(path, key))).ino).not.toBe((await stat(spool())).ino)
    }
  })
})

describe('what is recorded of an object', () => {
  it('survives moving the folder to another drive', async () => {
    const store = await create()
    await store.put('a/object', bodyOf('x'), { metadata: { is: 'kept' } })
    const copy = join(scratch, 'copy')
    execFileSync('cp', ['-a', path, copy])
    const moved = await open({ path: copy })
    expect(await moved.head('a/object')).toMatchObject({
      metadata: { is: 'kept' },
      sha256: sha256Of(Buffer.from('x')),
    })
  })

  it('is not said of content it does not describe', async () => {
    const store = await create()
    await store.put('object', bodyOf('good'), { metadata: { is: 'good' } })
    await writeFile(join(path, 'object'), 'evil')
    const head = await store.head('object')
    expect(head.sha256).toBeUndefined()
    expect(head.metadata).toEqual({})
  })

  it('may be torn or missing', async () => {
    const store = await create()
    await store.put('object', bodyOf('good'), { metadata: { is: 'good' } })
    await writeFile(join(path, '.everstow', 'meta', 'object%.json'), '{"records":[{"siz')
    expect(await store.head('object')).toMatchObject({ sizeBytes: 4, metadata: {} })
    await rm(join(path, '.everstow', 'meta'), { recursive: true })
    expect(await store.head('object')).toMatchObject({ sizeBytes: 4, metadata: {} })
    await store.put('object', bodyOf('again'), { metadata: { is: 'new' } })
    expect((await store.head('object')).metadata).toEqual({ is: 'new' })
  })

  it('of the old content is still known when the process died before the new one came', async () => {
    const store = await create()
    await store.put('object', bodyOf('old!'), { metadata: { is: 'old' } })
    const saved = join(scratch, 'saved')
    execFileSync('cp', ['-a', join(path, 'object'), saved])
    await store.put('object', bodyOf('new!'), { metadata: { is: 'new' } })
    execFileSync('cp', ['-a', saved, join(path, 'object')])
    expect((await store.head('object')).metadata).toEqual({ is: 'old' })
  })
})

describe('crashes and failures', () => {
  it('leftovers are removed after a day, those of a living writer are not', async () => {
    const store = await create()
    await store.put('object', bodyOf('x'))
    const leftover = join(path, '.everstow', 'tmp', '.tmp-0123')
    await writeFile(leftover, 'half')
    await open()
    expect(await temporaries()).toEqual(['.tmp-0123'])
    const tomorrow = { ...nodeClock, now: () => Date.now() + 25 * 60 * 60 * 1000 }
    await createLocalStore({ path }, { ...env, clock: tomorrow })
    expect(await temporaries()).toEqual([])
    expect(await store.exists('object')).toBe(true)
  })

  it('a killed writer leaves the old object or the new one, whole', async () => {
    const store = await create()
    const bytes = bytesOf(3 * MIB, 'old')
    await store.put('object', bodyOf(bytes))
    const program = `
      import { createLocalStore } from ${JSON.stringify(join(import.meta.dirname, '../../main/engine/storage/local/local-store.ts'))}
      import { nodeClock } from ${JSON.stringify(join(import.meta.dirname, '../../main/engine/env/node/node-clock.ts'))}
      import { nodeRandom } from ${JSON.stringify(join(import.meta.dirname, '../../main/engine/env/node/node-random.ts'))}
      import { silentLog } from ${JSON.stringify(join(import.meta.dirname, '../../main/engine/env/log.ts'))}
      import { bodyOfBytes } from ${JSON.stringify(join(import.meta.dirname, '../../main/engine/storage/body.ts'))}
      const store = await createLocalStore({ path: process.argv[1] }, { clock: nodeClock, random: nodeRandom, log: silentLog })
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(process.argv[2]))
      for (let round = 0; ; round++) await store.put('object', bodyOfBytes(Buffer.alloc(3 * 1024 * 1024, round % 256)))
    `
    for (const delayMs of [5, 40, 90]) {
      const node = process.execPath
      expect(() =>
        execFileSync(node, ['--input-type=module', '-e', program, path, String(delayMs)], {
          stdio: 'ignore',
        }),
      ).toThrow()
      const content = await contentOf(await open(), 'object')
      const uniform = content.equals(Buffer.alloc(3 * MIB, content[0]))
      expect(content.byteLength).toBe(3 * MIB)
      expect(uniform || content.equals(bytes)).toBe(true)
    }
  })

  it('a file cut short while it is read does not end early', async () => {
    const store = await create()
    await store.put('object', bodyOf(bytesOf(4 * MIB)))
    const { body } = await store.get('object')
    await truncate(join(path, 'object'), MIB)
    expect(await streamCodeOf(readAll(body))).toBe('io-error')
  })

  it('a reader keeps the version it began with', async () => {
    const store = await create()
    const old = bytesOf(2 * MIB, 'old')
    await store.put('object', bodyOf(old))
    const { body } = await store.get('object')
    await store.put('object', bodyOf('new'))
    await store.delete('object')
    expect((await readAll(body)).equals(old)).toBe(true)
  })

  it('tells how much room there is', async () => {
    const capabilities = await (await create()).probe()
    expect(capabilities).toMatchObject({
      conditionalWrites: true,
      versioning: false,
      objectLock: false,
      deletes: true,
    })
    expect(capabilities.totalBytes).toBeGreaterThan(capabilities.freeBytes ?? Number.POSITIVE_INFINITY)
    expect((await readdir(path)).sort()).toEqual(['.everstow', MARKER_NAME])
  })
})

describe.skipIf(!canMount())('a small volume of its own', () => {
  let mounted: string
  beforeEach(async () => {
    mounted = join(scratch, 'volume')
    await mkdir(mounted)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mounted])
  })
  afterEach(() => execFileSync('umount', [mounted]))

  it('that is full: nothing of the object is left, what was there stays, and smaller ones still fit', async () => {
    const store = await create({ path: mounted })
    await store.put('object', bodyOf('old'))
    expect(await codeOf(store.put('object', bodyOf(bytesOf(5 * MIB))))).toBe('disk-full')
    expect(await codeOf(store.putIfAbsent('big', bytesOf(5 * MIB)))).toBe('disk-full')
    expect(await readdir(join(mounted, '.everstow', 'tmp'))).toEqual([])
    expect((await contentOf(store, 'object')).toString()).toBe('old')
    expect(await store.exists('big')).toBe(false)
    await store.put('object', bodyOf(bytesOf(MIB)))
  })

  it('that is read-only: can be read from, and says so on writes', async () => {
    await (await create({ path: mounted })).put('object', bodyOf('content'))
    execFileSync('mount', ['-o', 'remount,ro', mounted])
    const store = await open({ path: mounted })
    expect((await contentOf(store, 'object')).toString()).toBe('content')
    expect(await codeOf(store.put('object', bodyOf('x')))).toBe('read-only')
    expect(await codeOf(store.putIfAbsent('new', Buffer.from('x')))).toBe('read-only')
    expect(await codeOf(store.delete('object'))).toBe('read-only')
  })

  it('takes a file of another volume by copying it', async () => {
    const bytes = bytesOf(5000)
    await writeFile(join(scratch, 'file'), bytes)
    const store = await create({ path: mounted })
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    await store.put('object', bodyOfFile(nodeFiles, join(scratch, 'file'), bytes.byteLength), { sha256 })
    expect((await contentOf(store, 'object')).equals(bytes)).toBe(true)
  })
})

function canMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()], { stdio: 'ignore' })
    return process.getuid?.() === 0
  } catch {
    // Not root, or not Linux.
    return false
  }
}
