import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { logKey } from '../../main/engine/repository/format/keys-of-objects.ts'
import { encodeRecord, recordHash } from '../../main/engine/repository/format/log-record.ts'
import type { DeviceIdentity } from '../../main/engine/repository/keys/device-identity.ts'
import { liveSnapshots } from '../../main/engine/repository/log/state-queries.ts'
import { createSeededRandom, seedOfTest } from '../crash/seed.ts'
import { SLOW } from '../e2e/cli-run.ts'
import { describeTree } from '../ground/nasty-tree.ts'
import {
  makeLoggedRepository,
  makeRepositoryWithoutConditions,
  NOTE,
  PASSPHRASE,
} from './logged-repository.ts'
import { listSnapshots, readerMissing, readRepository } from './repository-reader.ts'

const LIVE = ['listed', 'missed', 'moved', 'old', 'whole']

let folder: string
let repository: Awaited<ReturnType<typeof makeLoggedRepository>>
let byPassphrase: readonly string[]
let byWords: readonly string[]

describe.skipIf(readerMissing || process.platform !== 'linux')(
  'the log of a repository, replayed by Python',
  SLOW,
  () => {
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'everstow-interop-log-'))
      repository = await makeLoggedRepository(folder)
      const secret = (name: string, text: string): string => {
        writeFileSync(join(folder, name), text)
        return join(folder, name)
      }
      byPassphrase = ['--passphrase-file', secret('passphrase', PASSPHRASE)]
      byWords = ['--words-file', secret('words', `${repository.words.reveal()}\n`)]
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    it('gives the snapshots that the engine sees, with the passphrase and with the words', async () => {
      const wanted = LIVE.map((name) => repository.snapshots[name]!.snap.id).toSorted()
      const state = await repository.log.refresh()
      expect([...liveSnapshots(state)].map(([id]) => id).toSorted()).toEqual(wanted)
      for (const secret of [byPassphrase, byWords]) {
        const { snapshots, status, err } = await listSnapshots(repository.place, ...secret)
        expect({ status, err }).toEqual({ status: 0, err: '' })
        expect(snapshots.map(({ id }) => id).toSorted()).toEqual(wanted)
      }
    })

    it('knows where the packs of each are now', async () => {
      for (const name of LIVE) {
        const into = join(folder, 'restored', name)
        const said = await readRepository(
          repository.place,
          ...byPassphrase,
          '--snapshot',
          `snapshot_${name}`,
          '--into',
          into,
        )
        expect(said).toEqual({ status: 0, out: '', err: '' })
        expect(describeTree(into)).toEqual(describeTree(join(folder, 'sources', name)))
        const noted = join(into, `${name}.txt`)
        expect(
          execFileSync('getfattr', ['--absolute-names', '--only-values', '-n', `${NOTE.name}`, noted]),
        ).toEqual(NOTE.value)
      }
    })

    it('finds all of it whole, what can be remembered too', async () => {
      const said = await readRepository(repository.place, ...byPassphrase, '--check')
      expect(said).toMatchObject({ status: 0, err: '' })
      expect(said.out).toContain(`${LIVE.length} snapshots`)
    })

    it('finds logs that lie elsewhere, and follows those with one writer', async () => {
      const { owned, guest, snapId } = await makeRepositoryWithoutConditions(
        join(folder, 'without conditions'),
      )
      for (const [place, ...home] of [[owned], [guest, '--log-home', owned]] as const) {
        const { snapshots, ...said } = await listSnapshots(place, ...home, ...byPassphrase)
        expect(said).toEqual({ status: 0, err: '' })
        expect(snapshots.map(({ id }) => id)).toEqual([snapId])
        const checked = await readRepository(place, ...home, ...byPassphrase, '--check')
        expect(checked).toMatchObject({ status: 0, err: '' })
        expect(checked.out).toMatch(/^\d+ records, \d+ packs, 1 snapshots\n$/)
      }
      const { status, err } = await readRepository(guest, ...byPassphrase, '--list')
      expect(status).toBe(1)
      expect(err).toContain('the log lies at destination')
    })

    const seed = seedOfTest()
    it(`finds a changed byte and a missing object, whatever kind it is of (SEED=${seed})`, async () => {
      const damages = chooseDamages(createSeededRandom(seed))
      const unnoticed: Damage[] = []
      const work = async (copy: string): Promise<void> => {
        cpSync(repository.place, copy, { recursive: true })
        for (let damage = damages.pop(); damage; damage = damages.pop()) {
          const path = join(copy, damage.key)
          const bytes = readFileSync(path)
          if (damage.at === undefined) rmSync(path)
          else writeFileSync(path, bytes.with(damage.at, bytes[damage.at]! ^ damage.change))
          const secret = damage.kind === 'recovery slot' ? byWords : byPassphrase
          const said = await readRepository(copy, ...secret, '--check')
          if (said.status !== 1 || !said.err.startsWith('wrong: ')) unnoticed.push(damage)
          writeFileSync(path, bytes)
        }
      }
      await Promise.all([work(join(folder, 'copy 1')), work(join(folder, 'copy 2'))])
      expect(unnoticed).toEqual([])
    })

    it('does not believe removed devices, dead sessions and broken chains, and reads on', async () => {
      const { devices, snapshots, expired } = repository
      const snaps = [snapshots.old!.snap.id]
      forge(devices.removed, 'forget', { snaps })
      const late = { b: expired, snaps: ['ab'.repeat(32)], idx: [], uses: { packs: [], snaps: [] } }
      forge(devices.first, 'commit', late)
      forge(devices.first, 'forget', { snaps }, 'cd'.repeat(32))
      forge(devices.first, 'forget', { snaps: [snapshots.missed!.snap.id] })
      const { err, status, snapshots: listed } = await listSnapshots(repository.place, ...byPassphrase)
      expect(status).toBe(1)
      expect(err.split('\n').map((line) => line.replace(/log\/\d+/, 'log'))).toEqual([
        'wrong: log: a device that may not write',
        `wrong: log: session ${expired} is expired`,
        'wrong: log: it names another predecessor',
        '',
      ])
      const wanted = LIVE.filter((name) => name !== 'missed').map((name) => snapshots[name]!.snap.id)
      expect(listed.map(({ id }) => id).toSorted()).toEqual(wanted.toSorted())
      const state = await repository.log.refresh()
      expect(state.alarms.map(({ reason }) => reason)).toEqual(['device', 'session', 'chain'])
      expect([...liveSnapshots(state)].map(([id]) => id).toSorted()).toEqual(wanted.toSorted())
    })
  },
)

interface Damage {
  readonly kind: string
  readonly key: string
  /** The byte that changes, and how; without it the object is missing. */
  readonly at?: number
  readonly change: number
}

/** Two changed bytes and one missing object of every kind. */
function chooseDamages(random: () => number): Damage[] {
  const below = (limit: number): number => Math.floor(random() * limit)
  const kinds = Map.groupBy(neededKeys(), kindOf)
  expect([...kinds.keys()].toSorted()).toEqual([
    'ckpt',
    'data pack',
    'find',
    'index',
    'list',
    'log',
    'password slot',
    'recovery slot',
    'repo.json',
    'snap',
    'tree pack',
  ])
  return [...kinds].flatMap(([kind, keys]) => {
    const change = (): Damage => {
      const key = keys[below(keys.length)]!
      const at = below(readFileSync(join(repository.place, key)).length)
      return { kind, key, at, change: 1 + below(255) }
    }
    // Without its last record a log is a shorter log; checkpoints and finders may vanish.
    const missing =
      kind === 'ckpt' || kind === 'find' ? [] : [keys[below(kind === 'log' ? keys.length - 1 : keys.length)]!]
    return [change(), change(), ...missing.map((key) => ({ kind, key, change: 0 }))]
  })
}

/** Keys of all objects that the state needs; healing left an old segment behind, which is the same as the new one. */
function neededKeys(): string[] {
  const { segments } = repository.log.state
  return readdirSync(repository.place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(repository.place.length + 1))
    .filter((key) => !key.startsWith('.everstow'))
    .filter((key) => {
      const [, id = '', b] = /^(?:index|find)\/(\w+)\.(\d+)$/.exec(key) ?? []
      return id === '' || segments.get(id) === Number(b)
    })
    .toSorted()
}

function kindOf(key: string): string {
  const bytes = readFileSync(join(repository.place, key))
  if (key.startsWith('keys/')) return `${JSON.parse(bytes.toString()).kind} slot`
  if (key.startsWith('data/')) return bytes[8] === 0 ? 'data pack' : 'tree pack'
  return key.split('/')[0]!
}

/** Puts a record behind the last one that no correct writer would put there. */
function forge(device: DeviceIdentity, type: string, body: Record<string, unknown>, prev?: string): void {
  const { place, keys, log } = repository
  const pos = readdirSync(join(place, 'log')).length
  const before = readFileSync(join(place, logKey(pos - 1)))
  const record = {
    pos,
    prev: prev ?? recordHash(before),
    rid: Buffer.from(nodeRandom.bytes(16)).toString('hex'),
    device: device.id,
    type,
    at: new Date().toISOString(),
    seen: [],
    body,
  }
  writeFileSync(join(place, logKey(pos)), encodeRecord(keys, log.destId, record, device, nodeRandom))
}
