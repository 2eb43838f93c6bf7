import { spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openAuditLog } from '../../main/engine/audit/audit-log.ts'
import { readKept } from '../../main/engine/audit/signing-key.ts'
import { type Verdict, verifyLog } from '../../main/engine/audit/verify-log.ts'
import { homePaths } from '../../main/engine/catalogue/workspace.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { type AuditGround, ENTRY, layAuditGround } from './audit-ground.ts'

let ground: AuditGround

beforeEach(async () => {
  ground = await layAuditGround()
})
afterEach(() => ground.close())

const append = async (count: number): Promise<void> => {
  for (let at = 0; at < count; at++) await ground.log.append({ ...ENTRY, targets: { at: String(at) } })
}
/** The entry that introduces the key is the first. */
const KEY_ENTRIES = 1

describe('a log nobody touched', () => {
  test('is numbered without gaps, signed, chained, and read newest first', async () => {
    const numbers = await Promise.all([1, 2, 3].map(() => ground.log.append(ENTRY)))
    expect(numbers).toEqual([2, 3, 4])
    await ground.log.append({ ...ENTRY, outcome: 'failed', code: 'disk-full', ends: 2 })
    await ground.reopen()
    expect(await ground.log.append(ENTRY)).toBe(6)
    const verdict = await ground.log.verify()
    expect(verdict).toMatchObject({ entries: 6, unsigned: 0, missed: 0, isKeptKnown: true })
    expect(verdict.problem).toBeUndefined()
    const [newest, before] = await ground.log.read({ limit: 2 })
    expect(newest).toMatchObject({ number: 6, actor: { name: 'Zoë' }, targets: { name: 'Dokumente 📁' } })
    expect(before).toMatchObject({ number: 5, outcome: 'failed', code: 'disk-full', ends: 2 })
    expect(ground.lines().join('')).toMatch(/^[\x20-\x7e\n]+$/)
  })

  test('an empty one is in order, and asking makes nothing', async () => {
    expect(await ground.log.verify()).toMatchObject({ entries: 0 })
    expect(await ground.log.read({ limit: 5 })).toEqual([])
    expect(existsSync(ground.folder)).toBe(false)
    expect(await readKept(ground.env.secrets)).toBeUndefined()
  })

  test('what nobody waits for is gathered, in its order, and goes along with what somebody waits for', async () => {
    await append(1)
    const { files } = ground.env
    let heads = 0
    // Time stands still: only being woken ends a pause.
    const sleep = (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    const env = {
      ...ground.env,
      clock: { ...ground.env.clock, sleep },
      files: {
        ...files,
        writeAtomic(...how: Parameters<typeof files.writeAtomic>) {
          heads++
          return files.writeAtomic(...how)
        },
      },
    }
    const log = openAuditLog({ env, paths: homePaths(ground.home) })
    const questions = Array.from({ length: 50 }, (_, at) =>
      log.append({ ...ENTRY, targets: { at: String(at) } }, 'soon'),
    )
    const change = await log.append(ENTRY)
    const numbers = await Promise.all(questions)
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, at) => (numbers[0] ?? 0) + at))
    expect(change).toBe((numbers[49] ?? 0) + 1)
    expect(heads).toBe(1)
    void log.append(ENTRY, 'soon')
    await log.close()
    expect((await ground.log.verify()).entries).toBe(change + 1)
  })

  test('goes on in a new file where one is full', async () => {
    const long = { ...ENTRY, targets: { note: 'x'.repeat(60_000) } }
    for (let at = 0; at < 40; at++) await ground.log.append(long)
    await ground.reopen()
    await append(1)
    expect(ground.segments().length).toBeGreaterThan(2)
    expect((await ground.log.verify()).problem).toBeUndefined()
    const all = await ground.log.read({ limit: 100 })
    // Each file introduces the key anew.
    const count = 41 + ground.segments().length
    expect(all.map(({ number }) => number)).toEqual(Array.from({ length: count }, (_, at) => count - at))
  })

  test('a process that was killed while it wrote leaves nothing torn', async () => {
    await append(2)
    const [segment = ''] = ground.segments()
    for (const torn of ['{', '{"number":4,"at":"2026', `${ground.lines().at(-1)?.slice(0, -1)}`]) {
      appendFileSync(join(ground.folder, segment), torn)
      expect((await ground.log.verify()).problem, torn).toBeUndefined()
      await ground.reopen()
      await append(1)
      expect((await ground.log.verify()).problem, torn).toBeUndefined()
    }
    expect((await ground.log.verify()).entries).toBe(KEY_ENTRIES + 5)
  })

  test('what could not be written is told by the next entry', async () => {
    await append(1)
    const [segment = ''] = ground.segments()
    const path = join(ground.folder, segment)
    const content = readFileSync(path)
    rmSync(path)
    // A folder in its place: nothing can be written there.
    mkdirSync(path)
    await expect(ground.log.append(ENTRY)).rejects.toThrow()
    rmdirSync(path)
    writeFileSync(path, content)
    await append(1)
    expect(await ground.log.verify()).toMatchObject({ missed: 1, entries: KEY_ENTRIES + 2 })
    expect((await ground.log.verify()).problem).toBeUndefined()
  })
})

describe('several processes', () => {
  test('two that append at once make one chain', async () => {
    const children = ['one', 'two'].map((name) => appendInChild(name, 60))
    const told = (await Promise.all(children.map(({ ended }) => ended))).flat()
    expect(told).toHaveLength(120)
    expect(new Set(told).size).toBe(120)
    const verdict = await ground.log.verify()
    expect(verdict.problem).toBeUndefined()
    expect(verdict.entries).toBe(KEY_ENTRIES + 120)
  })

  test('one that is killed has what it was told of in the log', async () => {
    for (let round = 0; round < 6; round++) {
      const child = appendInChild(`killed ${round}`, 10_000)
      await child.told(3 + round)
      child.kill()
      const told = await child.ended
      const verdict = await ground.log.verify()
      expect(verdict.problem, `round ${round}`).toBeUndefined()
      expect(verdict.entries).toBeGreaterThanOrEqual(Math.max(...told))
    }
    await append(1)
    const after = await ground.log.verify()
    expect(after.problem).toBeUndefined()
    expect(after.unsigned).toBe(0)
  })
})

describe('whatever is done to the files is found', () => {
  test('every byte of the log and of its head, changed', async () => {
    await append(3)
    await ground.log.close()
    const files = [...ground.segments(), 'head.json'].map((name) => join(ground.folder, name))
    let tried = 0
    for (const path of files) {
      const content = readFileSync(path)
      for (const at of content.keys()) {
        const changed = Buffer.from(content)
        changed[at] = (changed[at] ?? 0) ^ (at % 2 === 0 ? 0x01 : 0x20)
        tried++
        if (!(await check(path, changed)).problem) expect.fail(`byte ${at} of ${path}`)
      }
    }
    expect(tried).toBeGreaterThan(1_500)
    expect((await check()).problem).toBeUndefined()
  })

  test('every line taken out, doubled, swapped with the next', async () => {
    await append(8)
    await ground.log.close()
    const path = join(ground.folder, ground.segments()[0] ?? '')
    const lines = ground.lines()
    for (const [at, line] of lines.entries()) {
      const forms = {
        out: lines.toSpliced(at, 1),
        doubled: lines.toSpliced(at, 0, line),
        ...(at + 1 < lines.length ? { swapped: lines.toSpliced(at, 2, lines[at + 1] ?? '', line) } : {}),
      }
      for (const [what, changed] of Object.entries(forms)) {
        writeFileSync(path, changed.join(''))
        const { problem } = await check()
        expect(problem, `${what} ${at}`).toBeDefined()
        expect(problem?.number).toBeLessThanOrEqual(at + 2)
      }
    }
  })

  test('cut at every byte', async () => {
    await append(3)
    await ground.log.close()
    const path = join(ground.folder, ground.segments()[0] ?? '')
    const content = readFileSync(path)
    for (let length = content.length - 1; length >= 0; length -= 1) {
      if (!(await check(path, content.subarray(0, length))).problem) expect.fail(`cut to ${length} bytes`)
    }
  })

  test('an older log with its own head is missed by the store of secrets, and by whoever noted a point', async () => {
    await append(2)
    const path = join(ground.folder, ground.segments()[0] ?? '')
    const head = join(ground.folder, 'head.json')
    const [log, top] = [readFileSync(path), readFileSync(head)]
    await append(2)
    await ground.log.close()
    const noted = (await ground.log.verify()).end
    writeFileSync(path, log)
    writeFileSync(head, top)
    expect((await ground.log.verify()).problem).toMatchObject({ kind: 'cut', number: KEY_ENTRIES + 3 })
    // Also after more was written behind the gap.
    await ground.reopen()
    await append(3)
    await ground.reopen()
    await append(1)
    const { problem, entries } = await ground.log.verify()
    expect(problem).toMatchObject({ kind: 'order', number: KEY_ENTRIES + 3 })
    expect(entries).toBe(KEY_ENTRIES + 2)
    expect((await ground.log.verify(noted)).problem).toBeDefined()
  })

  test('one written anew with another key, and one deleted whole', async () => {
    await append(2)
    await ground.log.close()
    const other = await layAuditGround()
    for (let at = 0; at < 5; at++) await other.log.append(ENTRY)
    await other.log.close()
    const name = ground.segments()[0] ?? ''
    for (const file of [name, 'head.json'])
      writeFileSync(join(ground.folder, file), readFileSync(join(other.folder, file)))
    await other.close()
    expect((await ground.log.verify()).problem).toMatchObject({ kind: 'key', number: 1 })
    rmSync(ground.folder, { recursive: true })
    expect((await ground.log.verify()).problem).toMatchObject({ kind: 'cut', number: 1 })
    // And it stays found when the log goes on.
    await ground.reopen()
    await append(1)
    expect((await ground.log.verify()).problem).toMatchObject({ kind: 'order', number: 1 })
  })

  test('a head that is gone stays found', async () => {
    await append(2)
    rmSync(join(ground.folder, 'head.json'))
    expect((await check()).problem).toMatchObject({ kind: 'head' })
    await ground.reopen()
    await append(2)
    expect((await check()).problem).toMatchObject({ kind: 'order', number: KEY_ENTRIES + 3 })
  })
})

describe('without a key', () => {
  test('entries are written all the same and counted; the next that can sign covers them', async () => {
    await append(1)
    await ground.log.close()
    const closed = { ...ground.env.secrets, get: () => Promise.reject(new Error('locked')) }
    const log = openAuditLog({
      env: { ...ground.env, secrets: { ...closed, kind: 'memory' } },
      paths: homePaths(ground.home),
    })
    await log.append(ENTRY)
    expect(await log.verify()).toMatchObject({ unsigned: 1, isKeptKnown: false })
    await log.close()
    await ground.reopen()
    await append(1)
    expect(await ground.log.verify()).toMatchObject({ entries: KEY_ENTRIES + 3, unsigned: 1 })
    expect((await ground.log.verify()).problem).toBeUndefined()
  })

  test('a key that is lost is replaced by one the log introduces', async () => {
    await append(1)
    const kept = await readKept(ground.env.secrets)
    await ground.env.secrets.delete(`device/${kept?.device.id}`)
    await ground.reopen()
    await append(1)
    const verdict = await ground.log.verify()
    expect(verdict.problem).toBeUndefined()
    expect(verdict.entries).toBe(4)
    // What was kept is gone as well: nobody can say any more whose key that was.
    await ground.log.close()
    await ground.env.secrets.set('audit', new Secret('{}'))
    expect((await ground.log.verify()).problem).toMatchObject({ kind: 'key', number: 1 })
  })
})

/** Checks the log as it lies there, or as if one of its files had other bytes. */
async function check(path?: string, bytes?: Buffer): Promise<Verdict> {
  const { files, secrets } = ground.env
  const read = async (wanted: string) =>
    wanted === path && bytes ? bytes : Buffer.from(await files.readFile(wanted))
  const seen = {
    ...files,
    readFile: read,
    readText: async (wanted: string) => (await read(wanted)).toString(),
  }
  const stat = async (wanted: string) => {
    const found = await files.stat(wanted)
    return found && wanted === path && bytes ? { ...found, sizeBytes: bytes.length } : found
  }
  return verifyLog({ ...seen, stat }, ground.folder, (run) => run(), await readKept(secrets), undefined)
}

function appendInChild(name: string, count: number) {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'audit-child.ts'), ground.home, name, String(count)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const numbers: number[] = []
  let rest = ''
  let heard = () => {}
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    numbers.push(...lines.map(Number))
    heard()
  })
  const ended = new Promise<number[]>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve(numbers))
  })
  return {
    ended,
    kill: () => child.kill('SIGKILL'),
    told: (wanted: number) =>
      new Promise<void>((resolve) => {
        heard = () => numbers.length >= wanted && resolve()
        heard()
      }),
  }
}
