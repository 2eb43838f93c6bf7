import { z } from 'zod'
import { call, None, Started } from './call.ts'
import { Bytes, Id, IsoTime, PathText } from './nouns.ts'
import { VersionPreview } from './sync-nouns.ts'

/** What comes of one backup. */
export const RestorePart = z.object({
  /** A backup id or `latest`. */
  backupId: Id,
  /** Files, folders or globs inside the backup; none: everything. */
  paths: z.array(PathText).max(10_000).default([]),
  /** Read from this copy; absent: the best one is chosen. */
  placeId: Id.optional(),
})

const RestoreInput = RestorePart.extend({
  /** A folder; with `pack` the path of the file. */
  into: PathText,
  existing: z.enum(['skip', 'replace', 'rename']).default('rename'),
  /** Parts of further backups, restored in the same go: they become visible together. Of two versions of a file the newer keeps the name. */
  more: z.array(RestorePart).max(200).default([]),
  /** One file instead of a folder. */
  pack: z.enum(['zip', 'tar']).optional(),
})

const InsidePath = z.string().min(1).max(32_768)

/** Why a copy is the one that is read. */
export const CopyReason = z.enum(['chosen', 'here', 'only', 'near', 'answers'])

/** A restore that was written down. */
export const RecordedRestore = z.object({
  /** The run that did it. */
  id: Id,
  at: IsoTime,
  into: z.string(),
  backupIds: z.array(Id),
  /** `gone`: the folder it went into is not there now. */
  state: z.enum(['undoable', 'undone', 'gone']),
  undoneAt: IsoTime.optional(),
  /** The folder with what was replaced. */
  keptIn: z.string().optional(),
})
export type RecordedRestore = z.infer<typeof RecordedRestore>

export const restoreCalls = {
  /** What a restore would do, and whether it can: place reachable, key there, backup there, space. Touches nothing. */
  'restore.preflight': call(
    'operate',
    RestoreInput,
    z.object({
      ok: z.boolean(),
      checks: z.array(
        z.object({
          id: z.enum(['backup', 'place', 'key', 'space', 'target']),
          ok: z.boolean(),
          sentence: z.object({
            key: z.string(),
            params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
          }),
        }),
      ),
      placeId: Id.optional(),
      placeName: z.string().optional(),
      files: z.number().int(),
      bytes: Bytes,
      downloadBytes: Bytes,
      newFiles: z.number().int(),
      replaced: z.number().int(),
      unchanged: z.number().int(),
      leftAlone: z.number().int(),
      targetEmpty: z.boolean(),
      /** By what was really brought back from there before; absent where nothing was. */
      estimatedMs: z.number().optional(),
      /** Each backup, in the order it was asked for. */
      parts: z.array(
        z.object({
          backupId: Id,
          placeId: Id.optional(),
          placeName: z.string().optional(),
          reason: CopyReason,
          files: z.number().int(),
          bytes: Bytes,
          downloadBytes: Bytes,
        }),
      ),
    }),
  ),
  /** The versions of a file over all backups of its source whose content differs, newest first. */
  'restore.versions': call(
    'view',
    z.object({ backupId: Id, path: InsidePath }),
    z.array(
      z.object({
        /** The newest backup that holds it. */
        backupId: Id,
        createdAt: IsoTime,
        modifiedAt: IsoTime,
        sizeBytes: Bytes,
        backups: z.number().int(),
      }),
    ),
  ),
  /** What a file of a backup holds, where that can be shown. */
  'restore.preview': call('view', z.object({ backupId: Id, path: InsidePath }), VersionPreview),
  /** What lies now where a file of a backup came from. Without `preview` nothing is there, or nobody can tell where that is. */
  'restore.present': call(
    'view',
    z.object({ backupId: Id, path: InsidePath }),
    z.object({ path: z.string().optional(), preview: VersionPreview.optional() }),
  ),
  /** `dryRun`: goes through all of it and writes nothing. `expectedBytes`: what the pre-flight counted; how far it is is measured against that. */
  'restore.start': call(
    'operate',
    RestoreInput.extend({ dryRun: z.boolean().default(false), expectedBytes: Bytes.optional() }),
    Started,
  ),
  /** A new folder beside the original (or in the home folder), or a file with `pack`, that does not exist yet. */
  'restore.suggestTarget': call(
    'view',
    z.object({
      backupId: Id,
      /** Further backups of the same restore. */
      more: z.array(Id).max(200).default([]),
      pack: z.enum(['zip', 'tar']).optional(),
    }),
    z.object({ path: z.string(), originals: z.array(z.string()) }),
  ),
  /** Restores of this computer that can be undone, were, or could be if their folder was there; newest first. */
  'restore.list': call('view', None, z.array(RecordedRestore)),
  /** Takes a restore back, by the run that did it. `dryRun`: only says what would happen. */
  'restore.undo': call('operate', z.object({ id: Id, dryRun: z.boolean().default(false) }), Started),
}
