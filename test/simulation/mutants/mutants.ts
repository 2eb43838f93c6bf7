/** A mistake that somebody could make, as a change of one source file, and the tests that must notice it. */
export interface Mutant {
  readonly name: string
  /** Below `main/engine`. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly from: string
  readonly to: string
  /** Put at the end of the file. */
  readonly added?: string
  readonly killedBy: keyof typeof SUITES
  readonly known?: KnownKiller
}

/** What of its suite killed a mutant before: a seed of its histories, or a test by a part of its name. */
export type KnownKiller = { readonly seed: number } | { readonly test: string; readonly file?: string }

/** Tests that are quick enough to be run for every mutant. */
export const SUITES = {
  histories: ['test/simulation/collection'],
  schedules: ['test/simulation/commit-log'],
  log: ['test/unit/repository-log/collection.test.ts', 'test/unit/repository-log/commit-log.test.ts'],
  replaying: ['test/unit/repository-log/replay-refusals.test.ts'],
  collecting: ['test/unit/maintenance-snapshot/collect.test.ts'],
  format: ['test/unit/repository/format', 'test/formats/repository-v1.test.ts'],
  tampering: ['test/formats/tamper.test.ts'],
  reading: ['test/unit/repository-read/proven-chunks.test.ts'],
  places: ['test/simulation/repository'],
  delivering: ['test/unit/delivery-snapshot'],
} as const

const LOG = 'repository/log'
const FORMAT = 'repository/format'

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a session does not look whether its commit landed (S5 b)',
    file: `${LOG}/session.ts`,
    from: 'if (session?.done !== undefined) return { pos: session.done }',
    to: '',
    killedBy: 'histories',
    known: { seed: 155 },
  },
  {
    name: 'an expired session may commit (S5 c)',
    file: `${LOG}/session.ts`,
    from: 'if (!session || session.expired !== undefined || session.suspect) {',
    to: 'if (!session || session.suspect) {',
    killedBy: 'histories',
    known: { seed: 81 },
  },
  {
    name: 'nothing is looked at again before the commit (S5 d)',
    file: `${LOG}/session.ts`,
    from: "if ((await recheck(state)) === 'again') continue",
    to: '',
    killedBy: 'histories',
    known: { seed: 189 },
  },
  {
    name: 'a commit may follow another state than the one looked at (S5 e)',
    file: `${LOG}/session.ts`,
    from: "(latest.pos === state.pos ? undefined : 'stop')",
    to: '(latest.pos >= state.pos ? undefined : "stop")',
    killedBy: 'histories',
    known: { seed: 81 },
  },
  {
    name: 'a sweep looks at nothing that happened since it marked',
    file: `${LOG}/sweep.ts`,
    from: "precheck: ({ pos }) => (pos === behind ? undefined : 'stop'),",
    to: 'precheck: () => (behind < 0 ? "stop" : undefined),',
    killedBy: 'places',
    known: { seed: 144 },
  },
  {
    name: 'a pack swept since a session began still counts',
    file: `${LOG}/state-queries.ts`,
    from: '(state.swept.get(packId)?.at(-1) ?? -1) > pos',
    to: '(state.swept.get(packId)?.at(-1) ?? -1) > pos + 1e9',
    killedBy: 'places',
    known: { seed: 1 },
  },
  {
    name: 'the replay lets an expired session commit',
    file: `${LOG}/replay.ts`,
    from: 'if (!session || session.done !== undefined || session.expired !== undefined || session.suspect)',
    to: 'if (!session || session.done !== undefined || session.suspect)',
    killedBy: 'replaying',
  },
  {
    name: 'the replay lets a session commit twice',
    file: `${LOG}/replay.ts`,
    from: 'if (!session || session.done !== undefined || session.expired !== undefined || session.suspect)',
    to: 'if (!session || session.expired !== undefined || session.suspect)',
    killedBy: 'replaying',
  },
  {
    name: 'the replay makes a sweep final that was undone',
    file: `${LOG}/replay.ts`,
    from: 'known.restored === undefined && known.purged === undefined ? { ...known, purged: pos } : known',
    to: 'known.purged === undefined ? { ...known, purged: pos } : known',
    killedBy: 'replaying',
  },
  {
    name: 'the replay undoes a sweep that is final',
    file: `${LOG}/replay.ts`,
    from: 'if (!known || known.purged !== undefined || known.restored !== undefined) return',
    to: 'if (!known || known.restored !== undefined) return',
    killedBy: 'replaying',
  },
  {
    name: 'a record that came back in a flipped download is not seen as ours',
    file: `${LOG}/append-record.ts`,
    from: 'if (mine) return { ...record, pos: mine.pos }',
    to: 'void mine',
    killedBy: 'schedules',
  },
  {
    name: 'a swept pack is deleted without a purge',
    file: `${LOG}/deletion-rule.ts`,
    from: 'if (sweeps.length > 0) return false',
    to: 'if (sweeps.length > 0) return true',
    killedBy: 'histories',
    known: { seed: 5 },
  },
  {
    name: 'what no index names is deleted although its session goes on',
    file: `${LOG}/deletion-rule.ts`,
    from: "if (session.done === undefined) return 'keep'",
    to: "if (session.done === undefined) return 'delete'",
    killedBy: 'histories',
    known: { seed: 81 },
  },
  {
    name: 'a key that nobody knows is deleted',
    file: `${LOG}/deletion-rule.ts`,
    from: "if (!name) return 'unknown'",
    to: "if (!name) return 'delete'",
    killedBy: 'log',
    known: {
      test: 'what they left may be deleted, what others left not',
      file: 'test/unit/repository-log/collection.test.ts',
    },
  },
  {
    name: 'a pack is deleted by its id, whichever session brought it',
    file: `${LOG}/deletion-rule.ts`,
    from: '(state.swept.get(id) ?? []).filter((pos) => pos > done)',
    to: '(state.swept.get(id) ?? []).filter((pos) => pos > done || true)',
    killedBy: 'histories',
    known: { seed: 2 },
  },
  {
    name: 'a sweep is made final before its grace is over',
    file: `${LOG}/purge.ts`,
    from: 'if (log.storeNowMs() - (await log.writtenMs(pos, signal)) < graceMs) continue',
    to: 'void graceMs',
    killedBy: 'collecting',
    known: { test: 'within the grace nothing is deleted' },
  },
  {
    name: 'a sweep does not leave the packs that new commits use',
    file: `${LOG}/sweep.ts`,
    from: 'packs = packs.filter((pack) => !used.has(pack))',
    to: '',
    killedBy: 'histories',
    known: { seed: 386 },
  },
  {
    name: 'forgotten snapshots are no roots while they can be brought back',
    file: `${LOG}/sweep.ts`,
    from: 'if (isLive(snapshot) || isUndoable) roots.add(snap)',
    to: 'if (isLive(snapshot)) roots.add(snap); void isUndoable',
    killedBy: 'log',
    known: { test: 'forget, sweep, grace, purge', file: 'test/unit/repository-log/collection.test.ts' },
  },
  {
    name: 'snapshots of records that do not verify are no roots',
    file: `${LOG}/sweep.ts`,
    from: 'const roots = new Set(state.suspects.keys())',
    to: 'const roots = new Set<string>()',
    killedBy: 'log',
    known: {
      test: 'a commit by an unknown device does not count',
      file: 'test/unit/repository-log/commit-log.test.ts',
    },
  },
  {
    name: 'a clock that is off does not stop a sweep (G0)',
    file: `${LOG}/commit-log.ts`,
    from: 'if (Math.abs(storeOffsetMs) <= LARGEST_OFFSET_MS) return',
    to: 'if (Math.abs(storeOffsetMs) >= 0) return',
    killedBy: 'log',
    known: {
      test: 'a clock that is off forgets, sweeps',
      file: 'test/unit/repository-log/collection.test.ts',
    },
  },
  {
    name: 'a slot that reads badly once is believed',
    file: `${LOG}/commit-log.ts`,
    from: 'if (again && Buffer.from(again).equals(bytes)) return { bytes, judged }',
    to: 'return { bytes, judged }',
    killedBy: 'schedules',
    known: { seed: 15 },
  },
  {
    name: 'a put without an answer counts as done',
    file: `${LOG}/put-slot.ts`,
    from: "if (!there) return 'unknown'",
    to: "if (!there) return 'mine'",
    killedBy: 'schedules',
    known: { seed: 2 },
  },
  {
    name: 'a record goes on although it does not follow the last one',
    file: `${LOG}/judge-record.ts`,
    from: 'record.prev !== state.hash',
    to: 'record.prev.length !== state.hash.length',
    killedBy: 'replaying',
  },
  {
    name: 'a tree that cannot be read counts as empty when marking (G3)',
    file: 'maintenance/snapshot/marker.ts',
    from: '        graph = newGraph()\n        throw error',
    to: '        graph = newGraph()\n        void error',
    killedBy: 'collecting',
    known: { test: 'a tree that cannot be read stops the collection' },
  },
  {
    name: 'the AAD of blocks is dropped',
    file: `${FORMAT}/pack-layout.ts`,
    from: '      return block\n',
    to: '      return block.subarray(0, 0)\n',
    killedBy: 'format',
    known: {
      test: 'keys, nonces and additional data are those',
      file: 'test/unit/repository/format/pack.test.ts',
    },
  },
  {
    name: 'the AAD of records does not hold their position',
    file: `${FORMAT}/log-record.ts`,
    from: 'return Buffer.concat([MAGIC, numbers, keys.repoId, positionBytes(pos)])',
    to: 'return Buffer.concat([MAGIC, numbers, keys.repoId, positionBytes(pos * 0)])',
    killedBy: 'format',
    known: {
      test: 'may be looked into before anyone is believed',
      file: 'test/unit/repository/format/objects.test.ts',
    },
  },
  {
    name: 'the tag is not asked: what opens may be anything',
    file: 'repository/crypto/aead.ts',
    from: '    throw unopenable(what, cause)',
    to: '    void cause',
    killedBy: 'tampering',
  },
  {
    name: 'the commitment of a pack’s key is not compared',
    file: `${FORMAT}/pack-reader.ts`,
    from: '|| !timingSafeEqual(commitment, packCommitment(packKey))',
    to: '&& timingSafeEqual(commitment, packCommitment(packKey))',
    killedBy: 'format',
    known: { test: 'it commits to another key', file: 'test/unit/repository/format/pack.test.ts' },
  },
  {
    name: 'a sealed object may stand under another name',
    file: `${FORMAT}/sealed-object.ts`,
    from: "if (expectedId !== undefined && hash('sha256', bytes, 'hex') !== expectedId) throw damaged(type, 'hash')",
    to: 'void expectedId',
    killedBy: 'tampering',
    known: { test: 'a sealed object under the name of another' },
  },
  {
    name: 'the signature of a record is not asked',
    file: `${FORMAT}/log-record.ts`,
    from: "if (!isSignedBy(publicKey, message, bytes.subarray(-SIGNATURE_BYTES))) throw wrong('signature')",
    to: 'void isSignedBy; void message',
    killedBy: 'tampering',
    known: { test: 'record 0' },
  },
  {
    name: 'the nonce counter of a pack starts anew with every block',
    file: `${FORMAT}/pack-layout.ts`,
    from: '      nonce.writeUInt32LE(ordinal)\n',
    to: '      nonce.writeUInt32LE(0)\n',
    killedBy: 'format',
    known: {
      test: 'keys, nonces and additional data are those',
      file: 'test/unit/repository/format/pack.test.ts',
    },
  },
  {
    name: 'the trailer is believed without its seal',
    file: `${FORMAT}/pack-reader.ts`,
    from: "const plain = open(packKey, sealing.nonce, aad, sealedTrailer, 'pack')",
    to: 'const plain = unsealed(packKey, sealing.nonce, aad, sealedTrailer)',
    added: `
import { createDecipheriv } from 'node:crypto'
function unsealed(key, nonce, aad, sealed) {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
  return decipher.setAAD(aad).update(sealed.subarray(0, -TAG_BYTES))
}`,
    killedBy: 'tampering',
  },
  {
    name: 'the id of a chunk is not compared with its content',
    file: 'repository/read/open-chunks.ts',
    from: "if (!good) throw damaged(index.blockOf(slot), 'chunk-id')",
    to: 'void good',
    killedBy: 'reading',
  },
  {
    name: 'the index is stored before the packs that it names',
    file: 'delivery/snapshot/deliver-session.ts',
    from: '  const all = await putPacks(workspace,',
    to: '  await putMetadata(workspace, repository, await feed.sealed(), b, signal)\n  const all = await putPacks(workspace,',
    killedBy: 'delivering',
    known: { test: 'every pack is there before the index' },
  },
  {
    name: 'the snapshot is stored before its index',
    file: 'delivery/snapshot/deliver-session.ts',
    from: '  for (const segId of session.segments) {\n    await put(indexKey',
    to: '  await put(snapKey(session.snapId, b), paths.snap(session.snapId), session.snapId)\n  for (const segId of session.segments) {\n    await put(indexKey',
    killedBy: 'delivering',
    known: { test: 'every pack is there before the index' },
  },
  {
    name: 'a session whose packs were swept is committed all the same',
    file: 'delivery/snapshot/deliver-session.ts',
    from: "if (await holds(state)) return 'ok'",
    to: "if ((await holds(state)) || true) return 'ok'",
    killedBy: 'delivering',
    known: { test: 'swept by another process, and nowhere else' },
  },
]
