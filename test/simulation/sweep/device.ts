import { createCipheriv, hash } from 'node:crypto'
import { ftruncateSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../../main/engine/env/clock.ts'
import { createFakeFiles, type FakeFiles } from '../../../main/engine/env/fake/fake-files.ts'
import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { silentLog } from '../../../main/engine/env/log.ts'
import { hasCode } from '../../../main/engine/model/errors.ts'
import type { RepoKeys } from '../../../main/engine/repository/crypto/repo-keys.ts'
import type { Batch, Operation } from '../../../main/engine/sync/operations.ts'
import { openSpace } from '../../../main/engine/sync/space/open-space.ts'
import type { OpenSpace } from '../../../main/engine/sync/space/space.ts'
import { inlineThread } from './inline-thread.ts'
import { SPACE } from './judge.ts'
import type { Process, World } from './world.ts'

const DAY_MS = 86_400_000
const CACHE = '/cache'

/** What all devices of a history have in common. */
export interface Ground {
  readonly world: World
  readonly keys: RepoKeys
  /** Open files that contents are read from and written to, each for one at a time. */
  fdOf(name: string): number
  /** All contents that were ever stored, by their names. */
  readonly contents: Map<string, Uint8Array>
  readonly hasLarge: boolean
}

export interface SimulatedDevice {
  readonly name: string
  /** Does something that devices do. */
  act(): Promise<void>
  /** Runs again if it was killed; has followed. */
  ready(): Promise<OpenSpace>
  /** A new file gets into the space. */
  writeNew(): Promise<void>
}

let ids = 0
const newId = (): string => `n${++ids}`

export function createDevice(
  name: string,
  ground: Ground,
  random: FakeRandom,
  canLie: boolean,
): SimulatedDevice {
  const { world, keys } = ground
  let process: (Process & { readonly died: Promise<void> }) | undefined
  let space: OpenSpace | undefined
  const fd = ground.fdOf(`${name} in`)
  let offsetMs = 0
  const clock = { now: () => world.nowMs() + offsetMs } as Clock
  let files = createFakeFiles(clock, random.fork('files'))
  let older: Record<string, Uint8Array> | undefined

  async function open(): Promise<OpenSpace> {
    if (space && !process?.isDead) return space
    process = startProcess(offsetMs)
    const opened = await openSpace({
      ...{
        store: world.storeOf(process),
        keys,
        spaceId: SPACE,
        device: name,
        place: 'p_1',
        cacheFolder: CACHE,
      },
      env: { files, clock, random, log: silentLog },
      thread: (holdings) => inlineThread(keys, holdings, random),
    })
    space = opened
    return opened
  }

  /** Stores a content as a sync does, from an open file. */
  async function store({ contents }: OpenSpace, bytes: Uint8Array): Promise<string> {
    replaceFile(fd, bytes)
    const content = await contents.store(fd, bytes.length)
    ground.contents.set(content, bytes)
    return content
  }

  interface Wish {
    readonly node: string | undefined
    readonly bytes: Uint8Array
    readonly how: 'plain' | 'run' | 'link' | 'keep'
  }
  function wish({ replica }: OpenSpace): Wish {
    const nodes = [...replica.tree.nodes.keys()]
    const how = random.pick(['plain', 'plain', 'plain', 'plain', 'run', 'link', 'keep'] as const)
    const node =
      nodes.length > 0 && (nodes.length > 8 || how === 'keep' || random.chance(0.6))
        ? random.pick(nodes)
        : undefined
    return {
      node,
      how: node === undefined && how === 'keep' ? 'plain' : how,
      bytes: bytesOf(random, ground.hasLarge),
    }
  }
  function operationOf({ replica }: OpenSpace, { node, how }: Wish, stored: string): Operation | undefined {
    const content = how === 'run' && stored !== '0-' ? `${stored}!x` : how === 'link' ? `>${stored}` : stored
    const known = node === undefined ? undefined : replica.tree.nodes.get(node)
    if (node !== undefined && !known) return undefined
    if (known && node !== undefined) {
      const base = known.rev
      return how === 'keep'
        ? { do: 'keep', id: node, content, base }
        : { do: 'update', id: node, content, mtimeMs: 1, base }
    }
    const id = newId()
    return {
      do: 'create',
      id,
      parent: 'root',
      name: id,
      kind: how === 'link' ? 'symlink' : 'file',
      content,
      mtimeMs: 1,
    }
  }
  function removals({ replica }: OpenSpace): Operation[] {
    return [...replica.tree.nodes].flatMap(([id, { rev }]): Operation[] => {
      if (!random.chance(0.3)) return []
      return [
        random.chance(0.8)
          ? { do: 'delete', id, base: rev }
          : { do: 'move', id, parent: 'root', name: newId(), base: rev },
      ]
    })
  }
  async function append(own: OpenSpace, operations: readonly Operation[]): Promise<boolean> {
    const stored = await own.contents.finish()
    if (random.chance(0.1)) await sleep()
    const batch: Batch = {
      rid: newId(),
      device: name,
      atMs: clock.now(),
      operations,
      ...(stored && { stored }),
    }
    const isMine = await own.journal.append(own.replica.head + 1, batch)
    await own.replica.follow()
    return isMine
  }
  async function remove(own: OpenSpace): Promise<void> {
    await own.replica.follow()
    await append(own, removals(own))
  }
  async function write(own: OpenSpace): Promise<void> {
    await own.replica.follow()
    const wishes = Array.from({ length: 1 + random.integer(4) }, () => wish(own))
    for (let round = 0; round < 4; round++) {
      const operations = new Map<string, Operation>()
      for (const each of wishes) {
        const stored = each.how === 'link' ? 'somewhere' : await store(own, each.bytes)
        const operation = operationOf(own, each, stored)
        if (operation) operations.set(operation.id, operation)
        if (random.chance(0.04)) await sleep()
        // What was stored is told of later, if the process lives.
        if (random.chance(0.03)) return
      }
      if (random.chance(0.1)) await own.tell()
      const fitting = [...operations.values()].filter(
        (each) => !('base' in each) || own.replica.tree.nodes.get(each.id)?.rev === each.base,
      )
      try {
        if (await append(own, fitting)) return
      } catch (error) {
        if (!hasCode(error, 'chunk-missing')) throw error
        await own.replica.follow()
      }
    }
  }
  /** The process is not heard of for days, and does not hear. */
  async function sleep(): Promise<void> {
    const rounds = 1 + random.integer(12)
    for (let round = 0; round < rounds; round++) await world.pause(process)
  }

  async function read(own: OpenSpace): Promise<void> {
    const known = [...own.parts.holdings.history.keys()].filter((content) => !content.startsWith('>'))
    if (known.length === 0) return
    await written(own, random.pick(known), ground)
  }

  const acts: readonly (readonly [number, (own: OpenSpace) => Promise<unknown>])[] = [
    [8, write],
    [3, remove],
    [4, async (own) => noteSweep(world, await own.sweep())],
    [2, (own) => own.replica.follow()],
    [1, (own) => own.tell()],
    [1, (own) => own.checkpointNow(random.chance(0.7))],
    [2, read],
    [1, (own) => own.verify({ deep: random.chance(0.3) })],
    [2, sleep],
    [2, async () => world.pass(random.integer(12 * DAY_MS))],
    [1, () => world.arriveLate()],
    [1, (own) => own.close().then(stop)],
    [1, async () => stop()],
    [
      1,
      async () => {
        stop()
        files = createFakeFiles(clock, random)
      },
    ],
    [
      1,
      async () => {
        stop()
        if (older) files = filesOf(older, clock, random)
      },
    ],
    [
      1,
      async () => {
        older = await contentsOf(files)
      },
    ],
    [
      canLie ? 1 : 0,
      async () => {
        const hours = random.integer(6)
        world.lie(hours * 3_600_000)
        // Years and months off, or hours: what no clock says by chance, and what many say.
        const far = random.chance(0.5) ? 0 : random.pick([-1, 1]) * (1 + random.integer(50)) * 40 * DAY_MS
        offsetMs = far + hours * 3_600_000
        if (process) process.offsetMs = offsetMs
      },
    ],
  ]
  const deck = acts.flatMap(([weight, one]) => Array.from({ length: weight }, () => one))
  function stop(): void {
    process?.die()
    space = undefined
  }

  return {
    name,
    async act() {
      const work = open().then(random.pick(deck))
      work.catch(() => {})
      // Not before it has begun there is a process that could die.
      await Promise.race([work, process?.died])
      if (process?.isDead) space = undefined
    },
    async ready() {
      if (random.chance(0.5)) stop()
      offsetMs = 0
      if (process) process.offsetMs = 0
      const own = await open()
      await own.replica.follow()
      return own
    },
    async writeNew() {
      const own = space!
      for (let round = 0; round < 3; round++) {
        const id = newId()
        const content = await store(own, random.bytes(50))
        if (
          await append(own, [
            { do: 'create', id, parent: 'root', name: id, kind: 'file', content, mtimeMs: 1 },
          ])
        )
          return
      }
      throw new Error(`${name} cannot write any more`)
    },
  }
}

/** Counts what a sweep did. */
export function noteSweep(
  { happened }: World,
  { condemned, swept }: { readonly condemned: readonly string[]; readonly swept: readonly string[] },
): void {
  happened.set('condemned', (happened.get('condemned') ?? 0) + condemned.length)
  happened.set('swept', (happened.get('swept') ?? 0) + swept.length)
}

function startProcess(offsetMs: number): Process & { readonly died: Promise<void> } {
  let end = (): void => {}
  const died = new Promise<void>((resolve) => {
    end = resolve
  })
  const process = {
    ...{ offsetMs, isDead: false, died },
    die() {
      process.isDead = true
      end()
    },
  }
  return process
}

/** What the space writes for a content; fails where it is not what was stored. */
export async function written(own: OpenSpace, content: string, { contents, fdOf }: Ground): Promise<void> {
  const inside = content.replace(/!x$/, '')
  const fd = fdOf(`${own.parts.options.device} out`)
  ftruncateSync(fd, 0)
  await own.contents.write(inside, fd)
  const expected = contents.get(inside) ?? (inside === '0-' ? new Uint8Array(0) : undefined)
  if (!expected) throw new Error(`nobody stored ${inside}`)
  const bytes = Buffer.alloc(expected.length + 1)
  const count = readSync(fd, bytes, 0, bytes.length, 0)
  if (!bytes.subarray(0, count).equals(expected)) throw new Error(`${inside} is not what was stored`)
}

function replaceFile(fd: number, bytes: Uint8Array): void {
  ftruncateSync(fd, 0)
  writeSync(fd, bytes, 0, bytes.length, 0)
}

async function contentsOf(files: FakeFiles): Promise<Record<string, Uint8Array>> {
  const kept: Record<string, Uint8Array> = {}
  const names = await files.list(CACHE).catch(() => [])
  for (const each of names) kept[each] = await files.readFile(join(CACHE, each))
  return kept
}

function filesOf(kept: Record<string, Uint8Array>, clock: Clock, random: FakeRandom): FakeFiles {
  const files = createFakeFiles(clock, random)
  for (const [each, bytes] of Object.entries(kept)) files.put(join(CACHE, each), bytes)
  return files
}

/** Some contents are many people's, some nobody else's. */
function bytesOf(random: FakeRandom, hasLarge: boolean): Uint8Array {
  if (hasLarge && random.chance(0.15)) return large(random.integer(3))
  if (random.chance(0.05)) return new Uint8Array(0)
  if (random.chance(0.5)) return noise(`common ${random.integer(8)}`, 20 + random.integer(8) * 300)
  return random.bytes(10 + random.integer(600))
}

const LARGE_BYTES = 2_500_000
const made = new Map<number, Uint8Array>()
/** Files of several chunks that have some of them in common. */
function large(which: number): Uint8Array {
  const known = made.get(which)
  if (known) return known
  const bytes = Buffer.concat([noise('large', LARGE_BYTES), noise(`large ${which}`, LARGE_BYTES / 2)])
  made.set(which, bytes)
  return bytes
}

/** The same bytes for the same word. */
function noise(word: string, sizeBytes: number): Uint8Array {
  const cipher = createCipheriv('aes-256-ctr', hash('sha256', word, 'buffer'), Buffer.alloc(16))
  return cipher.update(Buffer.alloc(sizeBytes))
}
