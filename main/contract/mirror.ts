import { z } from 'zod'
import { call, None, Started } from './call.ts'
import { IgnorePreview } from './ignore-preview.ts'
import { Bytes, Id, IsoTime, PathText, WireError } from './nouns.ts'

const Name = z.string().trim().min(1).max(100)
const Patterns = z.array(z.string().min(1).max(1_000)).max(1_000)
const Days = z.number().int().min(1).max(36_500)
const Schedule = z.string().trim().min(1).max(200)
/** A path as in the keys of the objects, with `/`. */
const InnerPath = z.string().max(1_000)

/** Deletions that wait for a person's word. */
const HeldCount = z.object({ count: z.number().int(), total: z.number().int() })

/** How the last run of a mirror ended. */
export const MirrorEnd = z.object({
  at: IsoTime,
  outcome: z.enum(['done', 'incomplete', 'failed', 'cancelled']),
  transferred: z.number().int(),
  bytes: Bytes,
  deleted: z.number().int(),
  /** What was left as it is, besides links and special files. */
  left: z.number().int(),
  held: HeldCount.optional(),
  error: WireError.optional(),
})
export type MirrorEnd = z.infer<typeof MirrorEnd>

/** A folder whose files lie in a place as plain objects, one way. */
export const Mirror = z.object({
  id: Id,
  name: z.string(),
  placeId: Id,
  placeName: z.string(),
  folder: z.string(),
  /** The objects lie under `<prefix>/files/`, what they replaced under `<prefix>/versions/`. */
  prefix: z.string(),
  /** `push`: the folder decides. `pull`: the objects decide. */
  direction: z.enum(['push', 'pull']),
  ignore: z.array(z.string()),
  /** Days that versions are kept. */
  keepDays: z.number().int(),
  schedule: z.string(),
  lastStartAt: IsoTime.optional(),
  /**
   * `new`: it never ran. `current`: the last run left nothing to do. `incomplete`: it left files alone. `held`: many deletions wait for a person, or an unusual change
   * in the folder does. `waiting`: the place or the folder is not there now, or takes nothing at this hour. `paused`: nothing runs by itself. `failed`: it cannot go on by itself.
   */
  state: z.enum(['new', 'current', 'running', 'incomplete', 'held', 'waiting', 'paused', 'failed']),
  /** What the deciding side held at the last run that could look. */
  holds: z.object({ files: z.number().int(), bytes: Bytes }).optional(),
  last: MirrorEnd.optional(),
  /** What keeps it from going on. */
  error: WireError.optional(),
})
export type Mirror = z.infer<typeof Mirror>

/** What a run did, or would do. Lists hold the first 1,000. */
export const MirrorReport = z.object({
  mirrorId: Id,
  name: z.string(),
  direction: z.enum(['push', 'pull']),
  /** Files brought to the other side; in a preview, those that may have to be. */
  transferred: z.number().int(),
  bytes: Bytes,
  /** Of these, how many took the place of a version that is kept. */
  replaced: z.number().int(),
  deleted: z.number().int(),
  deletedPaths: z.array(z.string()),
  unchanged: z.number().int(),
  /** Versions whose days were over. */
  tidied: z.number().int(),
  /** What somebody else did to the objects: `changed` and `added` ones are kept, `gone` ones were put there again. */
  foreign: z.array(z.object({ path: z.string(), kind: z.enum(['changed', 'added', 'gone']) })),
  /** What was left as it is, and why. */
  left: z.array(
    z.object({
      path: z.string(),
      reason: z.enum([
        'symlink',
        'special',
        'unreadable',
        'changing',
        'name',
        'too-long',
        'clash',
        'in-the-way',
        'failed',
      ]),
      error: WireError.optional(),
    }),
  ),
  held: HeldCount.optional(),
  /** What the deciding side holds. */
  holds: z.object({ files: z.number().int(), bytes: Bytes }),
})
export type MirrorReport = z.infer<typeof MirrorReport>

/** A file as it lies in a place, or a version of one. */
export const MirroredFile = z.object({
  path: z.string(),
  bytes: Bytes,
  /** When it was put there; for a version, when it was put aside. */
  at: IsoTime,
  /** Names the version; absent: the file as it is. */
  version: z.string().optional(),
})
export type MirroredFile = z.infer<typeof MirroredFile>

/** Calls about folders that lie somewhere as plain objects. */
export const mirrorCalls = {
  'mirror.list': call('view', None, z.array(Mirror)),
  /** Nothing is transferred yet. */
  'mirror.add': call(
    'admin',
    z.object({
      name: Name,
      folder: PathText,
      placeId: Id,
      prefix: z.string().trim().min(1).max(400).optional(),
      direction: z.enum(['push', 'pull']).default('push'),
      ignore: Patterns.default([]),
      keepDays: Days.default(30),
      schedule: Schedule.default('manual'),
    }),
    Mirror,
  ),
  'mirror.update': call(
    'admin',
    z.object({
      id: Id,
      change: z
        .object({ name: Name, ignore: Patterns, keepDays: Days, schedule: Schedule })
        .partial()
        .strict(),
    }),
    Mirror,
  ),
  /** Forgets the mirror. Its files stay, and so do its objects. */
  'mirror.remove': call('admin', z.object({ id: Id }), z.object({ removed: z.boolean() })),
  /** `confirmed`: many deletions were looked at, and are wanted; else the run fails with `confirmation-needed` before it deletes. */
  'mirror.run': call('operate', z.object({ id: Id, confirmed: z.boolean().default(false) }), Started),
  /** What a run would do now. Reads no file. */
  'mirror.preview': call('view', z.object({ id: Id }), MirrorReport),
  /** What would be mirrored of a folder with these patterns. */
  'mirror.previewIgnore': call(
    'view',
    z.object({ folder: PathText, ignore: Patterns.default([]), path: InnerPath.default('') }),
    IgnorePreview,
  ),
  /** Files and versions of a path and below it. */
  'mirror.files': call(
    'view',
    z.object({
      id: Id,
      path: InnerPath.default(''),
      versions: z.boolean().default(true),
      limit: z.number().int().min(1).max(100_000).default(10_000),
    }),
    z.object({ files: z.array(MirroredFile), total: z.number().int() }),
  ),
  /** Brings a file back into the mirror's folder, or another one. What lies there goes to that folder's `.everstow/versions`. */
  'mirror.restore': call(
    'operate',
    z.object({
      id: Id,
      path: InnerPath.min(1),
      /** Absent: the file as it lies there now, else its newest version. */
      version: z.string().max(100).optional(),
      into: PathText.optional(),
    }),
    z.object({ path: z.string() }),
  ),
} as const
