import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { nodeFiles } from '../../../main/engine/env/node/node-files.ts'
import { nodeRandom } from '../../../main/engine/env/node/node-random.ts'
import type { MirrorRun } from '../../../main/engine/mirror/mirror-run.ts'
import { openState } from '../../../main/engine/mirror/state.ts'
import type { Mirror } from '../../../main/engine/model/mirror.ts'
import { parseSchedule } from '../../../main/engine/model/schedule/schedule.ts'
import { createMemoryBucket } from '../../../main/engine/storage/memory/bucket.ts'
import { createMemoryStore } from '../../../main/engine/storage/memory/memory-store.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'

/** A folder, a store that counts, and a clock that is ahead of the files by an hour, so that no file is young. */
export interface MirrorGround {
  readonly base: string
  readonly folder: string
  /** What was asked of the store, in order. */
  readonly calls: string[]
  store: ObjectStore
  nowMs: number
  /** Throws when the store is asked for the nth time from now; counted down. */
  killAt: number | undefined
  write(path: string, content: string | Buffer): void
  read(path: string): string
  remove(path: string): void
  /** Objects as text, by key. */
  objects(): Promise<Record<string, string>>
  run<Result>(
    work: (run: MirrorRun) => Promise<Result>,
    options?: { mirror?: Partial<Mirror>; confirmed?: boolean; signal?: AbortSignal },
  ): Promise<Result>
  loseMemory(): void
  close(): void
}

export class Killed extends Error {}

export function layMirrorGround(
  inner: ObjectStore = createMemoryStore(
    { bucket: createMemoryBucket() },
    { clock: nodeClock, random: nodeRandom },
  ),
): MirrorGround {
  const base = mkdtempSync(join(tmpdir(), 'everstow-mirror-'))
  const folder = join(base, 'folder')
  mkdirSync(folder)
  const statePath = join(base, 'state.db')
  const calls: string[] = []
  const ground: MirrorGround = {
    base,
    folder,
    calls,
    store: counting(inner),
    nowMs: Date.now() + 3_600_000,
    killAt: undefined,
    write(path, content) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    },
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    remove: (path) => rmSync(join(folder, path), { recursive: true }),
    async objects() {
      const found: Record<string, string> = {}
      for (const { key } of (await inner.list({})).objects) {
        const { body } = await inner.get(key)
        found[key] = Buffer.concat(await Array.fromAsync(body)).toString()
      }
      return found
    },
    async run(work, { mirror = {}, confirmed = false, signal = new AbortController().signal } = {}) {
      const state = await openState(statePath, nodeFiles)
      const whole: Mirror = {
        id: 'mi_test',
        name: 'test',
        destinationId: 'pl_test',
        folder,
        prefix: 'm',
        direction: 'push',
        ignore: [],
        keepDays: 30,
        schedule: parseSchedule('manual'),
        ...mirror,
      }
      try {
        return await work({
          mirror: whole,
          store: ground.store,
          state,
          clock: { ...nodeClock, now: () => ground.nowMs },
          random: nodeRandom,
          confirmed,
          signal,
          onProgress() {},
        })
      } finally {
        state.close()
      }
    },
    loseMemory() {
      for (const name of readdirSync(base)) if (name.startsWith('state.db')) rmSync(join(base, name))
    },
    close: () => rmSync(base, { recursive: true, force: true }),
  }

  /** Dies before its work or after it: an odd count is the moment before, an even one the moment after. */
  function counting(store: ObjectStore): ObjectStore {
    const step = () => {
      if (ground.killAt === undefined) return
      if (ground.killAt-- <= 1) throw new Killed()
    }
    const watched = async <Result>(what: string, key: string, act: () => Promise<Result>) => {
      calls.push(`${what} ${key}`)
      step()
      const result = await act()
      try {
        step()
      } catch (error) {
        // Nobody will read it.
        ;(result as { body?: Readable } | undefined)?.body?.on('error', () => {}).destroy()
        throw error
      }
      return result
    }
    return {
      ...store,
      put: (key, body, options) => watched('put', key, () => store.put(key, body, options)),
      get: (key, options) => watched('get', key, () => store.get(key, options)),
      head: (key, signal) => watched('head', key, () => store.head(key, signal)),
      list: (options) => watched('list', options?.prefix ?? '', () => store.list(options)),
      delete: (key, signal) => watched('delete', key, () => store.delete(key, signal)),
    }
  }
  return ground
}

export const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex')
