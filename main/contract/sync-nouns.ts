import { z } from 'zod'
import { Bytes, Id, IsoTime, PathText, WireError } from './nouns.ts'

const SyncName = z.string().trim().min(1).max(100)
/** A path inside a synced folder, with `/`; empty: the folder itself. */
export const InnerPath = z.string().max(32_768)
export const SyncPatterns = z.array(z.string().min(1).max(1_000)).max(1_000)

/** What happens when two devices changed one file before either heard of the other. No strategy destroys the losing version. */
export const SyncStrategy = z.enum(['last_write_wins', 'server_preferred', 'local_preferred', 'manual'])
export type SyncStrategy = z.infer<typeof SyncStrategy>

/** Many deletions at once, which wait for a person's word: `out` would delete on the other devices, `in` here. */
export const HeldDeletions = z.object({
  id: z.string(),
  direction: z.enum(['out', 'in']),
  files: z.number().int(),
  /** Of so many synced files. */
  of: z.number().int(),
  /** Some of their paths. */
  examples: z.array(z.string()),
})
export type HeldDeletions = z.infer<typeof HeldDeletions>

/** A folder that is kept the same on several devices, as it is on this one. */
export const SyncedFolder = z.object({
  id: Id,
  name: z.string(),
  spaceId: z.string(),
  placeId: Id,
  placeName: z.string(),
  folder: z.string(),
  strategy: SyncStrategy,
  /** Only these subfolders; none: everything. */
  only: z.array(z.string()),
  ignore: z.array(z.string()),
  /** Whether it is synced by itself while the application runs. */
  auto: z.boolean(),
  /**
   * `synced`: nothing is left to do. `pending`: something waits to be synced. `syncing`: at work. `waiting`: the place or the folder is not there now.
   * `held`: many deletions wait for a person. `failed`: it cannot go on by itself.
   */
  state: z.enum(['new', 'synced', 'pending', 'syncing', 'waiting', 'held', 'paused', 'failed']),
  /** When both sides were last the same. */
  lastSyncAt: IsoTime.optional(),
  files: z.number().int(),
  bytes: Bytes,
  /** Changes here that the others do not have. */
  pendingChanges: z.number().int(),
  /** Conflicts that nobody looked at yet. */
  conflicts: z.number().int(),
  held: HeldDeletions.optional(),
  /** What could not be synced, and why. */
  problems: z.array(z.object({ path: z.string(), error: WireError })),
  /** What lies in the folder and can be synced by nobody: pipes, sockets and devices, other volumes, names that are not Unicode. The first of it by name. */
  leftOut: z
    .object({
      count: z.number().int(),
      first: z.array(
        z.object({ path: z.string(), reason: z.enum(['special-file', 'other-volume', 'name-not-unicode']) }),
      ),
    })
    .optional(),
  totals: z.object({
    uploadedBytes: Bytes,
    downloadedBytes: Bytes,
    syncs: z.number().int(),
    failures: z.number().int(),
    averageMs: z.number(),
    conflicts: z.number().int(),
  }),
  error: WireError.optional(),
})
export type SyncedFolder = z.infer<typeof SyncedFolder>

/** One step of a sync, done or to be done. */
export const SyncOperation = z.object({
  /** What `sync.drop` takes. */
  key: z.string(),
  do: z.enum(['upload', 'download', 'move', 'delete', 'make', 'conflict']),
  /** `out`: from here to the others. `in`: to here. */
  direction: z.enum(['out', 'in']),
  path: z.string(),
  /** Where it was before a move. */
  from: z.string().optional(),
  sizeBytes: Bytes.optional(),
  status: z.enum(['pending', 'in_progress', 'completed', 'failed', 'dropped']),
  at: IsoTime.optional(),
  error: WireError.optional(),
})
export type SyncOperation = z.infer<typeof SyncOperation>

/** One of the versions in a conflict. */
export const ConflictSide = z.object({
  sizeBytes: Bytes,
  modifiedAt: IsoTime.optional(),
  /** Which device wrote it; absent: not known any more. */
  device: z.string().optional(),
})
export type ConflictSide = z.infer<typeof ConflictSide>

export const SyncConflict = z.object({
  id: Id,
  folderId: Id,
  folderName: z.string(),
  path: z.string(),
  at: IsoTime,
  /** `waiting`: nothing was decided, both are kept as they are. `copy`: the shared version has the name, the own one lies beside it. `sent`: the own one was taken, the other is in the history. */
  kind: z.enum(['waiting', 'copy', 'sent']),
  /** What both sides had last. */
  base: ConflictSide.optional(),
  here: ConflictSide,
  there: ConflictSide,
  /** Where the own version lies. */
  copyPath: z.string().optional(),
  state: z.enum(['open', 'resolved']),
  kept: z.enum(['local', 'remote', 'both', 'merged']).optional(),
  resolvedAt: IsoTime.optional(),
})
export type SyncConflict = z.infer<typeof SyncConflict>

/** What a version holds, for people to look at. */
export const VersionPreview = z.object({
  sizeBytes: Bytes,
  /** Absent: it is no text, or too long to show. */
  text: z.string().optional(),
  /** A picture small enough to show, as a data URL. */
  image: z.string().optional(),
})
export type VersionPreview = z.infer<typeof VersionPreview>

/** A version of a file that the space keeps. */
export const FileVersion = z.object({
  /** Names it in `sync.restore`. */
  slot: z.number().int(),
  at: IsoTime,
  device: z.string(),
  path: z.string(),
  /** `deleted`: from here on there was none. */
  change: z.enum(['created', 'changed', 'moved', 'deleted', 'kept']),
  sizeBytes: Bytes.optional(),
  isCurrent: z.boolean(),
})
export type FileVersion = z.infer<typeof FileVersion>

export const SpaceEntry = z.object({
  nodeId: z.string(),
  name: z.string(),
  path: z.string(),
  kind: z.enum(['file', 'directory', 'symlink']),
  sizeBytes: Bytes,
  modifiedAt: IsoTime.optional(),
  /** In the history only. */
  isDeleted: z.boolean(),
  deletedAt: IsoTime.optional(),
})
export type SpaceEntry = z.infer<typeof SpaceEntry>

/** What a sync came to. */
export const SyncReport = z.object({
  folders: z.array(
    z.object({
      folderId: Id,
      name: z.string(),
      uploaded: z.number().int(),
      downloaded: z.number().int(),
      moved: z.number().int(),
      deleted: z.number().int(),
      conflicts: z.number().int(),
      uploadedBytes: Bytes,
      downloadedBytes: Bytes,
      problems: z.array(z.object({ path: z.string(), error: WireError })),
      /** Something kept changing: the next sync goes on. */
      unfinished: z.boolean(),
      held: HeldDeletions.optional(),
      error: WireError.optional(),
    }),
  ),
})
export type SyncReport = z.infer<typeof SyncReport>

/** Whether everything that a space keeps is there as it was stored. */
export const SpaceCheck = z.object({
  folderId: Id,
  name: z.string(),
  packs: z.number().int(),
  bytes: Bytes,
  /** Paths whose current content is damaged or gone. */
  damaged: z.array(z.string()),
  error: WireError.optional(),
})
export type SpaceCheck = z.infer<typeof SpaceCheck>

/** What removing from a space what no version needs any more came to. */
export const SpaceTidyReport = z.object({
  folderId: Id,
  name: z.string(),
  dryRun: z.boolean(),
  /** Packs that are deleted (or would be). */
  packs: z.number().int(),
  bytes: Bytes,
  /** Packs that are given up; they are deleted when no device can be reading them any more. */
  leavingPacks: z.number().int(),
  leavingBytes: Bytes,
})
export type SpaceTidyReport = z.infer<typeof SpaceTidyReport>

export const SyncInput = z.object({
  name: SyncName,
  folder: PathText,
  placeId: Id,
  strategy: SyncStrategy.default('server_preferred'),
  only: z.array(InnerPath.min(1)).max(1_000).default([]),
  ignore: SyncPatterns.default([]),
  auto: z.boolean().default(true),
})

/** How often syncing went well, and how long it took, since it began here. */
const Rates = { syncs: z.number().int(), failures: z.number().int(), averageMs: z.number() }
const Frequency = z.object({ name: z.string(), conflicts: z.number().int() })

/** How syncing has gone, from what is written down of it anyway. */
export const SyncFigures = z.object({
  /** The last 30, oldest first. */
  days: z.array(
    z.object({ date: z.string(), sentBytes: Bytes, fetchedBytes: Bytes, conflicts: z.number().int() }),
  ),
  /** Of days up to this one not every transfer is kept any more. */
  cutAt: z.string().optional(),
  folders: z.array(z.object({ folderId: Id, name: z.string(), ...Rates })),
  places: z.array(z.object({ placeId: Id, placeName: z.string(), ...Rates })),
  /** Conflicts by the endings of their files, and by the other device; the most frequent ones. */
  endings: z.array(Frequency),
  devices: z.array(Frequency),
})
export type SyncFigures = z.infer<typeof SyncFigures>

/** An invite that lies in a place and can still be used. */
export const Invite = z.object({
  inviteId: Id,
  /** The device that made it. */
  device: z.string(),
  createdAt: IsoTime,
  until: IsoTime,
})
export type Invite = z.infer<typeof Invite>
