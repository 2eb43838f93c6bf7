import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openAuditLog } from '../../main/engine/audit/audit-log.ts'
import { homePaths } from '../../main/engine/catalogue/workspace.ts'
import { type AuditGround, ENTRY, layAuditGround } from './audit-ground.ts'

const KEPT = 4
/** Eighteen of these fill a file. */
const LONG = { ...ENTRY, targets: { note: 'x'.repeat(60_000) } }

let ground: AuditGround

beforeEach(async () => {
  ground = await layAuditGround()
  reopen()
})
afterEach(() => ground.close())

/** As the next process opens it, which keeps few files. */
function reopen(env: AuditGround['env'] = ground.env): void {
  ground.log = openAuditLog({ env, paths: homePaths(ground.home) }, KEPT)
}

async function fill(files: number): Promise<void> {
  for (let file = 0; file < files; file++)
    await Promise.all(Array.from({ length: 18 }, () => ground.log.append(LONG)))
}

const pathOf = (name = '') => join(ground.folder, name)
const first = () => Number(ground.segments()[0]?.slice(0, 12))

describe('a log that is full', () => {
  test('lets its oldest files go, says so in a signed entry, and is proven from there on', async () => {
    await fill(8)
    expect(ground.segments().length).toBeLessThanOrEqual(KEPT)
    const begins = first()
    expect(begins).toBeGreaterThan(1)
    const verdict = await ground.log.verify()
    expect(verdict.problem).toBeUndefined()
    expect(verdict.begins).toBe(begins)
    expect(verdict.entries).toBe(verdict.end.number - begins + 1)
    const [said] = (await ground.log.read({ limit: 1_000 })).filter(({ action }) => action === 'audit.trim')
    expect(said).toMatchObject({
      actor: { kind: 'system' },
      targets: { begins: String(begins), previous: expect.stringMatching(/^[0-9a-f]{64}$/) },
    })
    expect(said?.device).not.toBe('')
    // Each file introduces the key, so that the oldest one left can be checked alone.
    for (const name of ground.segments())
      expect(JSON.parse(readFileSync(pathOf(name), 'utf8').split('\n')[0] ?? '').action).toBe('audit.key')
    reopen()
    await ground.log.append(ENTRY)
    expect((await ground.log.verify()).problem).toBeUndefined()
  })

  test('a kill between the entry and the files, at any file, leaves a log in order; the next files go again', async () => {
    await fill(3)
    const { files } = ground.env
    for (const removed of [0, 1, 2]) {
      let left = removed
      reopen({
        ...ground.env,
        files: {
          ...files,
          remove: async (path) => {
            if (!path.endsWith('.jsonl')) return files.remove(path)
            if (left-- <= 0) throw new Error('killed')
            await files.remove(path)
          },
        },
      })
      await fill(2)
      expect((await ground.log.verify()).problem).toBeUndefined()
    }
    reopen()
    await fill(2)
    expect((await ground.log.verify()).problem).toBeUndefined()
    expect(ground.segments().length).toBeLessThanOrEqual(KEPT)
  })

  test('an older point than what is kept cannot be compared, a newer one can', async () => {
    await fill(1)
    const old = (await ground.log.verify()).end
    await fill(7)
    const { end, begins } = await ground.log.verify()
    expect(begins).toBeGreaterThan(old.number)
    expect((await ground.log.verify(old)).problem).toBeUndefined()
    expect((await ground.log.verify(end)).problem).toBeUndefined()
    expect((await ground.log.verify({ ...end, hash: 'ab'.repeat(32) })).problem).toMatchObject({
      kind: 'noted',
    })
  })
})

describe('whoever takes files away without the key is found', () => {
  test('before anything went, and more than went', async () => {
    await fill(2)
    const [oldest] = ground.segments()
    copyFileSync(pathOf(oldest), join(ground.home, 'saved'))
    rmSync(pathOf(oldest))
    expect((await ground.log.verify()).problem).toMatchObject({ kind: 'order', number: 1 })
    copyFileSync(join(ground.home, 'saved'), pathOf(oldest))
    await fill(6)
    expect((await ground.log.verify()).problem).toBeUndefined()
    rmSync(pathOf(ground.segments()[0]))
    expect((await ground.log.verify()).problem).toMatchObject({ kind: 'order', number: 1 })
  })

  test('also when the entry about it is changed, or its signature is left out', async () => {
    await fill(8)
    const name = ground
      .segments()
      .find((each) => /"action":"audit\.trim"/.test(readFileSync(pathOf(each), 'utf8')))
    const whole = readFileSync(pathOf(name), 'utf8')
    for (const [from, to] of [
      [/"begins":"\d+"/, '"begins":"999999"'],
      [/"previous":"[0-9a-f]{64}"\},"outcome"/, `"previous":"${'0'.repeat(64)}"},"outcome"`],
      [/("audit\.trim".*?"signature":")[0-9a-f]{128}/, '$1'],
    ] as const) {
      const changed = whole.replace(from, to)
      expect(changed).not.toBe(whole)
      writeFileSync(pathOf(name), changed)
      expect((await ground.log.verify()).problem, String(from)).toBeDefined()
    }
  })

  test('damage is never let go: what shows it stays, however long the log becomes', async () => {
    await fill(1)
    const [oldest] = ground.segments()
    const content = readFileSync(pathOf(oldest), 'utf8')
    writeFileSync(pathOf(oldest), content.replace('xxxx', 'xxxy'))
    reopen()
    await fill(7)
    expect(first()).toBe(1)
    expect(ground.segments().length).toBeGreaterThan(KEPT)
    expect((await ground.log.verify()).problem).toMatchObject({ file: oldest })
  })

  test('nor are files whose beginning somebody took away', async () => {
    await fill(3)
    rmSync(pathOf(ground.segments()[0]))
    reopen()
    await fill(6)
    expect((await ground.log.verify()).problem).toMatchObject({ kind: 'order', number: 1 })
  })
})

test('without a key nothing goes: nobody could prove that it was let go', async () => {
  reopen({
    ...ground.env,
    secrets: { ...ground.env.secrets, kind: 'memory', get: () => Promise.reject(new Error('locked')) },
  })
  await fill(6)
  expect(first()).toBe(1)
  expect(ground.segments().length).toBeGreaterThan(KEPT)
})
