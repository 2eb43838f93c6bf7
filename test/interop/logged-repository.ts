import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { createRepoKeys, type RepoKeys } from '../../main/engine/repository/crypto/repo-keys.ts'
import { sealFinder } from '../../main/engine/repository/format/finder.ts'
import { indexKey, packKey, snapKey } from '../../main/engine/repository/format/keys-of-objects.ts'
import { createRepoDescription } from '../../main/engine/repository/format/repo-json.ts'
import { openObject } from '../../main/engine/repository/format/sealed-object.ts'
import { decodeSegment } from '../../main/engine/repository/format/segment.ts'
import { createDevice, type DeviceIdentity } from '../../main/engine/repository/keys/device-identity.ts'
import { createRecoveryWords } from '../../main/engine/repository/keys/recovery-kit.ts'
import { createSlot } from '../../main/engine/repository/keys/slots.ts'
import type { CommitLog } from '../../main/engine/repository/log/commit-log.ts'
import { createRepositoryAt } from '../../main/engine/repository/log/create-repository.ts'
import { expireSession } from '../../main/engine/repository/log/expire-sessions.ts'
import { listObjects } from '../../main/engine/repository/log/list-objects.ts'
import { openLog } from '../../main/engine/repository/log/open-log.ts'
import { putSegment } from '../../main/engine/repository/log/put-segment.ts'
import { forgetfulHeads } from '../../main/engine/repository/log/remembered-heads.ts'
import { storeCheckpoint } from '../../main/engine/repository/log/stored-checkpoints.ts'
import { takeOver } from '../../main/engine/repository/log/take-over.ts'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import type { ObjectStore } from '../../main/engine/storage/object-store.ts'
import { buildSession, commitSession, type GroundSession } from '../ground/repository-writer.ts'
import { localStore, upkeepEnv } from '../ground/upkeep.ts'

export const PASSPHRASE = 'stove-amateur-ripple'
/** An attribute that every `.txt` has in the repository. */
export const NOTE = { name: Buffer.from('user.note'), value: Buffer.from([0xff, 0x0a, 0x31]) }
/** The least work that is allowed. */
const CHEAP = { n: 2 ** 15, r: 8, p: 1 }

/** Keys of two epochs, a device, and slots for a passphrase and for words. */
async function makeKeys() {
  const description = createRepoDescription(nodeRandom, Date.now())
  const repoId = Buffer.from(description.id, 'hex')
  const epochs = [1, 2].map((epoch) => ({ epoch, key: nodeRandom.bytes(32) }))
  const firstKeys = createRepoKeys(repoId, { epochs: epochs.slice(0, 1) })
  const keys = createRepoKeys(repoId, { epochs })
  const device = await createDevice(upkeepEnv.secrets, nodeRandom, 'first')
  const words = createRecoveryWords(nodeRandom)
  const slot = {
    repoId,
    label: 'Ann’s',
    master: { epochs },
    random: nodeRandom,
    now: Date.now(),
    cost: CHEAP,
  }
  const slots = [
    await createSlot({ ...slot, kind: 'password', secret: new Secret(PASSPHRASE) }),
    await createSlot({ ...slot, kind: 'recovery', secret: words }),
  ]
  return { description, firstKeys, keys, device, words, slots }
}

/** With what only large segments have otherwise. */
function withFinder(session: GroundSession, keys: RepoKeys): GroundSession {
  const { id, bytes } = session.segment
  const packs = decodeSegment(openObject(keys, 'index', bytes, id))
  return { ...session, segment: { id, bytes, finder: sealFinder(keys, id, bytes, packs, nodeRandom) } }
}

/** A repository in a folder whose log holds every type of record, and lists and a checkpoint beside it. */
export async function makeLoggedRepository(folder: string) {
  const { description, firstKeys, keys, device, words, slots } = await makeKeys()
  const place = join(folder, 'place')
  const store = await localStore(place)
  await createRepositoryAt(store, { ...upkeepEnv, keys: firstKeys, description, device, slots })
  const open = (as: DeviceIdentity, using = keys): Promise<CommitLog> =>
    openLog(store, {
      ...upkeepEnv,
      keys: using,
      device: as,
      place: { id: 'p', name: 'disk' },
      remembered: forgetfulHeads(),
    })
  const remove = (...keysOfObjects: string[]) => {
    for (const key of keysOfObjects) rmSync(join(place, key))
  }

  const snapshots: Record<string, GroundSession> = {}
  const build = (name: string, using = keys): GroundSession => {
    const built = buildSession({ description, keys: using, device }, growFolder(folder, name), {
      backupId: `snapshot_${name}`,
      xattrsOf: (path) => (path.endsWith('.txt') ? [NOTE] : []),
    })
    const session = withFinder(built, using)
    snapshots[name] ??= session
    return session
  }
  const packsOf = (session: GroundSession) => session.packs.map(({ id }) => id)

  // Before and after a new epoch.
  const before = await open(device, firstKeys)
  const old = build('old', firstKeys)
  await commitSession({ id: 'p', store, log: before }, old)
  const oldB = before.state.snapshots.get(old.snap.id)!.b
  const log = await open(device)
  const ground = { id: 'p', store, log }
  const commit = async (name: string): Promise<GroundSession & { readonly b: number }> => {
    const session = build(name)
    await commitSession(ground, session)
    return { ...session, b: log.state.snapshots.get(session.snap.id)!.b }
  }
  const putSession = async (session: GroundSession, b: number): Promise<void> => {
    for (const { id, bytes } of session.packs) await store.put(packKey(id, b), bodyOfBytes(bytes))
    await putSegment(store, session.segment, b, undefined)
  }

  // Forgotten and remembered; forgotten before it came; pinned.
  await log.append('forget', { snaps: [old.snap.id] })
  await log.append('unforget', { snaps: [old.snap.id] })
  await log.append('pin', { snaps: [old.snap.id] })
  await log.append('unpin', { snaps: [old.snap.id] })
  await log.append('forget', { snaps: [build('unwanted').snap.id] })
  await commitSession(ground, snapshots.unwanted!)

  // Swept, in vain remembered, restored, remembered.
  const missed = await commit('missed')
  await log.append('forget', { snaps: [missed.snap.id] })
  const sweep = await log.append('sweep', { packs: packsOf(missed), snaps: [missed.snap.id] })
  await log.append('unforget', { snaps: [missed.snap.id] })
  await log.append('restore', { sweep: sweep!.pos })
  await log.append('purge', { sweep: sweep!.pos })
  await log.append('unforget', { snaps: [missed.snap.id] })

  // Swept, purged, deleted; in vain restored and remembered.
  const gone = await commit('gone')
  await log.append('forget', { snaps: [gone.snap.id] })
  const last = await log.append('sweep', { packs: packsOf(gone), snaps: [gone.snap.id] })
  await log.append('purge', { sweep: last!.pos })
  await log.append('restore', { sweep: last!.pos })
  await log.append('unforget', { snaps: [gone.snap.id] })
  remove(...packsOf(gone).map((id) => packKey(id, gone.b)), snapKey(gone.snap.id, gone.b))

  // Its segment, whose packs are all gone, is given up.
  const without = await log.beginSession('heal')
  const body = { b: without, idx: [], drop: [], gone: [gone.segment.id] }
  await log.repackSession({ b: without, body, recheck: async () => 'ok' })
  remove(indexKey(gone.segment.id, gone.b))

  // Given up, and the sweep that did it is restored, but not the one behind it, which took the packs: in vain remembered.
  const between = await commit('between')
  await log.append('forget', { snaps: [between.snap.id] })
  const gaveUp = await log.append('sweep', { packs: [], snaps: [between.snap.id] })
  await log.append('sweep', { packs: packsOf(between), snaps: [] })
  await log.append('restore', { sweep: gaveUp!.pos })
  await log.append('unforget', { snaps: [between.snap.id] })
  remove(...packsOf(between).map((id) => packKey(id, between.b)), snapKey(between.snap.id, between.b))

  // Given up and whole again, and another sweep after that: remembered.
  const whole = await commit('whole')
  await log.append('forget', { snaps: [whole.snap.id] })
  const undone = await log.append('sweep', { packs: packsOf(whole), snaps: [whole.snap.id] })
  await log.append('restore', { sweep: undone!.pos })
  await log.append('sweep', { packs: [], snaps: [] })
  await log.append('unforget', { snaps: [whole.snap.id] })

  // The same chunks in other packs.
  const moved = await commit('moved')
  const again = build('moved')
  const repack = await log.beginSession('repack')
  await putSession(again, repack)
  const drop = packsOf(moved)
  await log.repackSession({
    b: repack,
    body: { b: repack, idx: [again.segment.id], drop },
    recheck: async () => 'ok',
  })
  remove(...drop.map((id) => packKey(id, moved.b)))

  // The same packs in a new place, dropped where they were.
  const heal = await log.beginSession('heal')
  await putSession(old, heal)
  const healed = { b: heal, idx: [old.segment.id], drop: packsOf(old) }
  await log.repackSession({ b: heal, body: healed, recheck: async () => 'ok' })
  remove(...packsOf(old).map((id) => packKey(id, oldB)))

  // By another device, with its lists outside of the record.
  const other = await createDevice(upkeepEnv.secrets, nodeRandom, 'second')
  const otherLog = await open(other)
  const listed = build('listed')
  const b = await otherLog.beginSession('backup')
  await putSession(listed, b)
  await store.put(snapKey(listed.snap.id, b), bodyOfBytes(listed.snap.bytes))
  const lists = listObjects(store, keys, nodeRandom)
  await otherLog.append('commit', {
    b,
    snaps: await lists.save([listed.snap.id], b),
    idx: await lists.save([listed.segment.id], b),
    uses: { packs: [], snaps: [] },
  })
  await log.refresh()
  await log.append('device-', { id: other.id })

  // A session that nobody finishes, and words about a chunk and a slot.
  const expired = await log.beginSession('backup')
  await expireSession(log, expired)
  await log.append('expire', { b: oldB })
  await log.append('lost', { chunks: ['0f'.repeat(32)] })
  await log.append('found', { chunks: ['0f'.repeat(32)] })
  await log.append('key+', { slot: '0123456789abcdef', kind: 'password', epoch: 2 })
  await log.append('key-', { slot: '0123456789abcdef' })
  await storeCheckpoint(store, keys, log.state, upkeepEnv)
  return { place, keys, log, words, snapshots, devices: { first: device, removed: other }, expired }
}

/**
 * A repository at two destinations whose stores have no conditional writes: the log of `guest` lies at `owned`, and that of `owned` has one writer at
 * a time, of whom there were two.
 */
export async function makeRepositoryWithoutConditions(folder: string) {
  const { description, keys, device, slots } = await makeKeys()
  const owned = join(folder, 'owned')
  const guest = join(folder, 'guest')
  const stores = { owned: await localStore(owned), guest: await localStore(guest) }
  const next = await createDevice(upkeepEnv.secrets, nodeRandom, 'next')
  const ground = { ...upkeepEnv, description, keys, slots }
  const open = (store: ObjectStore) =>
    openLog(store, {
      ...ground,
      device: next,
      place: { id: 'p', name: 'disk' },
      remembered: forgetfulHeads(),
      homeOf: async () => stores.owned,
    })

  const { destId } = await createRepositoryAt(stores.owned, { ...ground, device, where: { kind: 'owned' } })
  const log = await open(stores.owned)
  await takeOver(log, next)
  const where = { kind: 'home', store: stores.owned, destId } as const
  await createRepositoryAt(stores.guest, { ...ground, device: next, where })
  const guestLog = await open(stores.guest)
  const session = buildSession({ description, keys, device: next }, growFolder(folder, 'any'))
  await commitSession({ id: 'p', store: stores.owned, log }, session)
  await commitSession({ id: 'p', store: stores.guest, log: guestLog }, session)
  return { owned, guest, snapId: session.snap.id }
}

/** A small folder whose content its name decides. Made once, for times are content, too. */
function growFolder(folder: string, name: string): string {
  const source = join(folder, 'sources', name)
  if (existsSync(source)) return source
  mkdirSync(join(source, 'below'), { recursive: true })
  writeFileSync(join(source, `${name}.txt`), `${name}\n`.repeat(2000))
  for (let at = 0; at < 5; at++)
    writeFileSync(join(source, 'below', `${at}`), `${name} ${at}`.repeat(at * 50))
  return source
}
