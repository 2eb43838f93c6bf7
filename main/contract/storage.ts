import { z } from 'zod'
import { call, None } from './call.ts'
import { PlaceHealth, Verdict } from './health.ts'
import { Bytes, Id, IsoTime, Sentence } from './nouns.ts'

/** What a place holds, how that grows, and what sets it an end. */
export const StoragePlace = PlaceHealth.pick({
  placeId: true,
  placeName: true,
  type: true,
  verdict: true,
  stored: true,
  trend: true,
  cost: true,
}).extend({
  budgetBytes: Bytes.optional(),
  /** The disk it lies on, as long as it is there to ask. */
  disk: z.object({ freeBytes: Bytes, totalBytes: Bytes }).optional(),
  /** The nearer of budget and disk; absent where neither is known. */
  room: z
    .object({
      by: z.enum(['budget', 'disk']),
      leftBytes: Bytes,
      /** At the usual pace; absent where there is no pace, or where that is years away. */
      fullAt: IsoTime.optional(),
    })
    .optional(),
  /** Bytes a day, as the samples of three months say; may be less than nothing. Absent: too few of them. */
  pace: z.number().optional(),
  /** What its backups would take one by one, and what of that is spared by storing data once and by compressing it. */
  savings: z
    .object({
      backups: z.number().int(),
      sourceBytes: Bytes,
      /** Both absent where nothing tells them apart. */
      knownBytes: Bytes.optional(),
      compressedBytes: Bytes.optional(),
    })
    .optional(),
})
export type StoragePlace = z.infer<typeof StoragePlace>

export const StorageReport = z.object({
  at: IsoTime,
  verdict: Verdict,
  sentence: Sentence,
  /** Over all places that were measured. */
  storedBytes: Bytes,
  places: z.array(StoragePlace),
})
export type StorageReport = z.infer<typeof StorageReport>

const Sized = {
  path: z.string(),
  name: z.string(),
  bytes: Bytes,
  /** Below it, whatever is not a folder. */
  files: z.number().int(),
}

/** What a folder of a backup takes, before compression. */
export const FolderSizes = z.object({
  backupId: Id,
  planId: Id.optional(),
  planName: z.string().optional(),
  createdAt: IsoTime,
  /** `''`: the top. */
  folder: z.string(),
  bytes: Bytes,
  files: z.number().int(),
  /** Largest first. */
  entries: z.array(z.object({ ...Sized, kind: z.enum(['file', 'directory', 'symlink', 'other']) })),
  /** What is not listed. */
  rest: z.object({ entries: z.number().int(), bytes: Bytes, files: z.number().int() }),
  /** At least so much lies in a place for this backup alone; absent where that is not known without looking. */
  ownBytes: Bytes.optional(),
})
export type FolderSizes = z.infer<typeof FolderSizes>

export const storageCalls = {
  'storage.report': call('view', None, StorageReport),
  /** Sizes in a folder of a backup, or of a plan's newest. Without a folder: the first where there is something to choose from. */
  'storage.folders': call(
    'view',
    z
      .object({
        plan: z.string().max(120).optional(),
        backupId: Id.optional(),
        folder: z.string().max(32_768).optional(),
        limit: z.number().int().min(1).max(1_000).default(200),
      })
      .refine(({ plan, backupId }) => (plan === undefined) !== (backupId === undefined), 'plan or backupId'),
    FolderSizes,
  ),
}
