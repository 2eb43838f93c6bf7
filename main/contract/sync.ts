import { z } from 'zod'
import { call, None, Started } from './call.ts'
import { IgnorePreview } from './ignore-preview.ts'
import { Id, IsoTime, PathText, WireError } from './nouns.ts'
import {
  FileVersion,
  InnerPath,
  Invite,
  SpaceCheck,
  SpaceEntry,
  SyncConflict,
  SyncedFolder,
  SyncFigures,
  SyncInput,
  SyncOperation,
  SyncPatterns,
  SyncStrategy,
  VersionPreview,
} from './sync-nouns.ts'

/** Calls about folders that are kept the same on several devices. */
export const syncCalls = {
  'sync.list': call('view', None, z.array(SyncedFolder)),
  /** Spaces that lie in a place, synced here or not. */
  'sync.spaces': call(
    'view',
    z.object({ placeId: Id }),
    z.array(z.object({ spaceId: z.string(), name: z.string(), createdAt: IsoTime })),
  ),
  /** Makes a space, or joins the one of that name which lies in the place. Nothing is synced yet. */
  'sync.add': call('admin', SyncInput, SyncedFolder.extend({ joined: z.boolean() })),
  'sync.update': call(
    'admin',
    z.object({
      id: Id,
      change: z
        .object({
          strategy: SyncStrategy,
          only: z.array(InnerPath.min(1)).max(1_000),
          ignore: SyncPatterns,
          auto: z.boolean(),
        })
        .partial()
        .strict(),
    }),
    SyncedFolder,
  ),
  /** Leaves the space. The folder's files stay, and so does what lies in the place. */
  'sync.remove': call('admin', z.object({ id: Id }), z.object({ removed: z.boolean() })),
  /** Syncs one folder, or all. */
  'sync.run': call('operate', z.object({ id: Id.optional() }), Started),
  /** What waits to be brought to the others. Looks at the folder; needs no network. */
  'sync.queue': call('view', z.object({ id: Id }), z.array(SyncOperation)),
  /** Lets changes wait until they change again, or (`on: false`) takes that back. */
  'sync.drop': call(
    'operate',
    z.object({ id: Id, keys: z.array(z.string()).max(10_000).optional(), on: z.boolean().default(true) }),
    z.object({ dropped: z.number().int() }),
  ),
  'sync.figures': call('view', None, SyncFigures),
  /** What was done last, newest first. */
  'sync.activity': call(
    'view',
    z.object({ id: Id, limit: z.number().int().min(1).max(1_000).default(100) }),
    z.array(SyncOperation),
  ),
  'sync.conflicts': call(
    'view',
    z.object({ id: Id.optional(), state: z.enum(['open', 'resolved']).default('open') }),
    z.array(SyncConflict),
  ),
  /** The versions of a conflict side by side, and what merging them gives where all are texts. */
  'sync.compare': call(
    'view',
    z.object({ conflictId: Id }),
    z.object({
      base: VersionPreview.optional(),
      here: VersionPreview,
      there: VersionPreview,
      merged: z.object({ text: z.string(), isClean: z.boolean() }).optional(),
    }),
  ),
  /** `merged` takes the clean merge, or the text given. */
  'sync.resolve': call(
    'operate',
    z.object({
      conflictIds: z.array(Id).max(10_000).optional(),
      keep: z.enum(['local', 'remote', 'both', 'merged']),
      text: z.string().max(8_000_000).optional(),
    }),
    z.object({
      resolved: z.number().int(),
      failed: z.array(z.object({ conflictId: Id, error: WireError })),
    }),
  ),
  /** Takes a decision back: the version that gave way comes back under its own name beside the other. */
  'sync.reopen': call('operate', z.object({ conflictId: Id }), SyncConflict),
  /** `approve` lets held deletions happen; `restore` brings back what was deleted. */
  'sync.decide': call(
    'operate',
    z.object({ id: Id, heldId: z.string().max(200), decision: z.enum(['approve', 'restore']) }),
    z.object({ decided: z.boolean() }),
  ),
  /** One folder of what the space holds, with what was deleted from it where that is asked for. */
  'sync.browse': call(
    'view',
    z.object({ id: Id, path: InnerPath.default(''), withDeleted: z.boolean().default(false) }),
    z.array(SpaceEntry),
  ),
  /** Versions of a file, newest first. */
  'sync.versions': call('view', z.object({ id: Id, path: InnerPath.min(1) }), z.array(FileVersion)),
  'sync.preview': call(
    'view',
    z.object({ id: Id, path: InnerPath.min(1), slot: z.number().int().positive() }),
    VersionPreview,
  ),
  /** Brings a version back: under its name (what is there goes to the versions), or under another. A deleted folder comes back whole. */
  'sync.restore': call(
    'operate',
    z.object({
      id: Id,
      path: InnerPath.min(1),
      /** Absent: what it was before it was deleted. */
      slot: z.number().int().positive().optional(),
      as: InnerPath.min(1).optional(),
    }),
    z.object({ path: z.string(), files: z.number().int() }),
  ),
  /** What would be synced of a folder with these choices. */
  'sync.previewIgnore': call(
    'view',
    z.object({
      folder: PathText,
      only: z.array(InnerPath.min(1)).max(1_000).default([]),
      ignore: SyncPatterns.default([]),
      path: InnerPath.default(''),
    }),
    IgnorePreview,
  ),
  /**
   * Lets one more device open what is encrypted in a place: a code that works once. It is given here and kept nowhere. Whoever has it and can reach the place
   * reads everything there, backups too.
   */
  'sync.invite': call(
    'admin',
    z.object({ placeId: Id, hours: z.number().int().min(1).max(168).default(24) }),
    z.object({
      inviteId: Id,
      placeName: z.string(),
      code: z.string(),
      /** The code as a picture, SVG. */
      qr: z.string(),
      until: IsoTime,
    }),
  ),
  /** Invites that can still be used; those that are over are deleted. */
  'sync.invites': call('view', z.object({ placeId: Id }), z.array(Invite)),
  /** Takes invites back: one, or all of a place. */
  'sync.revokeInvites': call(
    'admin',
    z.object({ placeId: Id, inviteId: Id.optional() }),
    z.object({ revoked: z.number().int() }),
  ),
  'sync.check': call('operate', z.object({ id: Id, deep: z.boolean().default(false) }), SpaceCheck),
  /** Removes from the space what no version of the last 30 days needs, and what a sync displaced here longer ago. */
  'sync.tidy': call('admin', z.object({ id: Id, dryRun: z.boolean().default(false) }), Started),
} as const
