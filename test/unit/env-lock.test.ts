import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acquireLock, type Lock, withLock } from '../../main/engine/env/node/exclusive-lock.ts'
import { currentProcess, isAlive } from '../../main/engine/env/node/process-identity.ts'

const LOCK_MODULE = new URL('../../main/engine/env/node/exclusive-lock.ts', import.meta.url).href

let folder: string
let lockPath: string
const children: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everstow-lock-'))
  lockPath = join(folder, 'engine.lock')
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

/** A process of its own that runs `body` with the lock's calls at hand. */
function child(body: string): ChildProcess {
  const code = `import { acquireLock, withLock } from ${JSON.stringify(LOCK_MODULE)}\n${body}`
  const started = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, LOCK: lockPath },
  })
  children.push(started)
  return started
}

async function line(of: ChildProcess): Promise<string> {
  const lines = createInterface({ input: of.stdout! })
  const [first] = (await once(lines, 'line')) as [string]
  return first
}

const HOLD = `
  const lock = await acquireLock(process.env.LOCK, 'a backup')
  console.log('holder' in lock ? 'taken' : 'held')
  setInterval(() => {}, 1000)`

async function taken(path: string): Promise<Lock> {
  const answer = await acquireLock(path, 'a test')
  if ('holder' in answer) throw new Error(`Held by ${JSON.stringify(answer.holder)}`)
  return answer
}

describe('exclusive lock', () => {
  it('is held once in one process, and free again after release', async () => {
    const lock = await taken(lockPath)
    expect(await acquireLock(lockPath, 'again')).toMatchObject({
      holder: { pid: process.pid, what: 'a test', sinceMs: expect.any(Number) },
    })
    await lock.release()
    await lock.release()
    const second = await taken(lockPath)
    await lock.release()
    expect(await acquireLock(lockPath, 'again')).toHaveProperty('holder')
    await second.release()
  })

  it('is free at once when its holder is killed, and the note of the dead is not believed', async () => {
    const holder = child(HOLD)
    expect(await line(holder)).toBe('held')
    expect(await acquireLock(lockPath, 'us')).toMatchObject({ holder: { pid: holder.pid, what: 'a backup' } })
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    expect(await readFile(`${lockPath}.holder`, 'utf8')).toContain('a backup')
    const lock = await taken(lockPath)
    expect(await acquireLock(lockPath, 'us')).toMatchObject({ holder: { pid: process.pid } })
    await lock.release()
  })

  it('is believed taken while its holder is frozen', async () => {
    const holder = child(HOLD)
    expect(await line(holder)).toBe('held')
    holder.kill('SIGSTOP')
    expect(await acquireLock(lockPath, 'us')).toMatchObject({ holder: { pid: holder.pid } })
  })

  it('has one winner when processes race', async () => {
    const racers = Array.from({ length: 4 }, () => child(HOLD))
    const answers = await Promise.all(racers.map(line))
    expect(answers.toSorted()).toEqual(['held', 'taken', 'taken', 'taken'])
  })

  it('loses no step of writers that take turns', async () => {
    const counter = join(folder, 'counter')
    await writeFile(counter, '0')
    const body = `
      import { readFileSync, writeFileSync } from 'node:fs'
      const path = ${JSON.stringify(counter)}
      for (let step = 0; step < 15; step++) {
        await withLock(process.env.LOCK, 'counting', 20_000, async () => {
          const value = Number(readFileSync(path, 'utf8'))
          await new Promise((resolve) => setTimeout(resolve, 1))
          writeFileSync(path, String(value + 1))
        })
      }`
    await Promise.all([child(body), child(body)].map((one) => once(one, 'exit')))
    expect(await readFile(counter, 'utf8')).toBe('30')
  })

  it('gives up waiting with the holder in the error, and frees the lock when the work fails', async () => {
    const lock = await taken(lockPath)
    await expect(withLock(lockPath, 'b', 40, async () => 1)).rejects.toMatchObject({
      code: 'already-running',
      data: { pid: process.pid, what: 'a test' },
    })
    await lock.release()
    const work = withLock(lockPath, 'b', 40, async () => {
      throw new Error('no')
    })
    await expect(work).rejects.toThrow('no')
    expect(await withLock(lockPath, 'b', 40, async () => 'free')).toBe('free')
  })

  it('says so when there is no place for the lock', async () => {
    await expect(acquireLock(join(folder, 'missing', 'lock'), 'x')).rejects.toMatchObject({
      code: 'io-error',
    })
  })
})

describe('process identity', () => {
  it('knows the living, the dead and the namesake', async () => {
    const self = currentProcess()
    expect(self.pid).toBe(process.pid)
    expect(isAlive(self)).toBe(true)
    expect(isAlive({ pid: self.pid, startedAt: '' })).toBe(true)
    if (process.platform === 'linux')
      expect(isAlive({ pid: self.pid, startedAt: 'another start' })).toBe(false)
    const other = child(`console.log('up'); setInterval(() => {}, 1000)`)
    await line(other)
    expect(isAlive({ pid: other.pid!, startedAt: '' })).toBe(true)
    expect(isAlive({ pid: other.pid!, startedAt: self.startedAt })).toBe(process.platform !== 'linux')
    other.kill('SIGKILL')
    await once(other, 'exit')
    expect(isAlive({ pid: other.pid!, startedAt: '' })).toBe(false)
    expect(isAlive({ pid: 0, startedAt: '' })).toBe(false)
    expect(isAlive({ pid: -1, startedAt: '' })).toBe(false)
    expect(isAlive({ pid: Number.NaN, startedAt: '' })).toBe(false)
  })
})
