import { z } from 'zod'
import { call, None, Started } from './call.ts'
import { Bytes, Id } from './nouns.ts'
import {
  DiffEntry,
  FoundFile,
  Outbox,
  Proof,
  RecoveryKit,
  RepositoryInfo,
  RetentionPreview,
} from './repositories.ts'

const Passphrase = z.string().min(1).max(1_000)
const Words = z.string().min(1).max(2_000)

/** Calls about repositories, their keys, what waits to be delivered, and what may go. */
export const repositoryCalls = {
  'repository.list': call('view', None, z.array(RepositoryInfo)),
  /**
   * Uses the repository that lies at a place: with its passphrase, the 24 words of its kit, or the code of an invite, which is used up by it; `secret` is any of
   * these. Fills the list with its backups.
   */
  'repository.adopt': call(
    'admin',
    z.object({
      placeId: Id,
      passphrase: Passphrase.optional(),
      words: Words.optional(),
      invite: z.string().min(1).max(200).optional(),
      secret: Words.optional(),
    }),
    z.object({ repository: RepositoryInfo, backups: z.number().int() }),
  ),
  /** After a place was restored on purpose: its older history counts from now on. */
  'repository.acceptHistory': call('admin', z.object({ placeId: Id }), z.object({ accepted: z.boolean() })),
  /** Single-writer places: this computer becomes the writer. */
  'repository.takeOver': call('admin', z.object({ placeId: Id }), z.object({ taken: z.boolean() })),

  /** Stores everything anew that older keys seal, in every place; goes on where a run before it stopped. */
  'repository.renew': call(
    'admin',
    z.object({ repositoryId: Id, graceHours: z.number().min(0).max(8_760).default(72) }),
    Started,
  ),

  /** Makes a recovery slot everywhere and gives its words, once. It counts when they were typed back. */
  'key.makeKit': call('admin', z.object({ repositoryId: Id.optional() }), RecoveryKit),
  'key.confirmKit': call(
    'admin',
    z.object({ repositoryId: Id.optional(), words: Words }),
    z.object({ confirmed: z.boolean() }),
  ),
  'key.add': call(
    'admin',
    z.object({
      repositoryId: Id.optional(),
      label: z.string().trim().min(1).max(100),
      passphrase: Passphrase,
    }),
    z.object({ slotId: Id }),
  ),
  'key.remove': call(
    'admin',
    z.object({ repositoryId: Id.optional(), slotId: Id }),
    z.object({ removed: z.boolean() }),
  ),
  /**
   * A new epoch for new data. Slots whose secret is not known here fall away; a new kit is given. `renews`: everything is to be stored anew, too, which
   * `repository.renew` does; the wish is kept until that is done.
   */
  'key.rotate': call(
    'admin',
    z.object({ repositoryId: Id.optional(), renews: z.boolean().default(false) }),
    z.object({ epoch: z.number().int(), fallenSlots: z.array(z.string()), kit: RecoveryKit }),
  ),

  'offline.set': call('operate', z.object({ on: z.boolean() }), Outbox),
  'outbox.list': call('view', None, Outbox),
  /** `evenUnsaved`: also where no place has the backup yet, which gives it up. */
  'outbox.remove': call(
    'admin',
    z.object({ backupId: Id, placeId: Id.optional(), evenUnsaved: z.boolean().default(false) }),
    z.object({ removed: z.number().int() }),
  ),
  'outbox.clear': call(
    'admin',
    z.object({ evenUnsaved: z.boolean().default(false) }),
    z.object({ removed: z.number().int(), kept: z.number().int() }),
  ),

  'backup.pin': call('operate', z.object({ id: Id, pinned: z.boolean() }), z.object({ pinned: z.boolean() })),
  /** Files and folders by name over all backups. Archives without an index are among them once they were looked into. */
  'backup.find': call(
    'view',
    z.object({ name: z.string().min(1).max(500), limit: z.number().int().min(1).max(1_000).default(100) }),
    z.object({
      matches: z.array(FoundFile),
      truncated: z.boolean(),
      /** Names of places that did not answer, where there are any: what is there alone is not among the matches. */
      unsearched: z.array(z.string()).optional(),
    }),
  ),
  /** What changed between two archives, or two snapshots of one repository. */
  'backup.diff': call(
    'view',
    z.object({ from: Id, to: Id, limit: z.number().int().min(1).max(100_000).default(1_000) }),
    z.object({
      added: z.number().int(),
      removed: z.number().int(),
      changed: z.number().int(),
      entries: z.array(DiffEntry),
      truncated: z.boolean(),
    }),
  ),
  /** A piece of one file, at most 4 MiB, as base64. */
  'backup.read': call(
    'view',
    z.object({
      id: Id,
      path: z.string().min(1).max(32_768),
      offset: Bytes.default(0),
      length: z.number().int().min(1).max(4_194_304).default(4_194_304),
    }),
    z.object({ base64: z.string(), sizeBytes: Bytes }),
  ),
  /** Restores samples into a scratch folder, compares them, removes them. */
  'backup.drill': call(
    'operate',
    z.object({
      planId: Id.optional(),
      placeId: Id.optional(),
      files: z.number().int().min(1).max(10_000).default(50),
    }),
    Started,
  ),
  'proof.list': call('view', None, z.array(Proof)),

  /** What the retention rules (or the one given) would do, per place; changes nothing. */
  'retention.preview': call(
    'view',
    z.object({
      planId: Id.optional(),
      placeId: Id.optional(),
      keep: z.string().max(200).optional(),
      budgetBytes: Bytes.optional(),
    }),
    RetentionPreview,
  ),
  /** Forgets by the rules and collects what nothing needs any more. */
  'backup.prune': call(
    'admin',
    z.object({
      placeId: Id.optional(),
      dryRun: z.boolean().default(false),
      /** Hours until what was swept is deleted for good; until then it can be undone. */
      graceHours: z.number().min(0).max(8_760).default(72),
      /** Also where more than half of a series goes. */
      confirmed: z.boolean().default(false),
      /** Also of plans whose unusual change nobody has accepted yet. */
      evenHeld: z.boolean().default(false),
    }),
    Started,
  ),
  /** Takes back what was forgotten and swept and is still in its grace. */
  'retention.undo': call(
    'admin',
    z.object({ placeId: Id.optional() }),
    z.object({ backups: z.number().int() }),
  ),
} as const
