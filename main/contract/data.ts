import { z } from 'zod'
import { call, None } from './call.ts'
import { BackupFormat, Bytes, Id, IsoTime, StatusLevelName } from './nouns.ts'

/** How the content of a file is understood. `json`: one value; `ndjson`, `csv`: records; `text`: UTF-8; `bytes`: anything else. */
export const DataKind = z.enum(['json', 'ndjson', 'csv', 'text', 'bytes'])
export type DataKind = z.infer<typeof DataKind>

/** A path inside a backup, `/` between names: as listings show it. */
const InsidePath = z.string().min(1).max(32_768)
/** Part of a parsed value: a JSON Pointer (`/prices/0`, `''` for all of it) or a JSONPath (`$.prices[*].eur`, RFC 9535). */
const Select = z.string().max(2_000)
/** A backup: its id, the beginning of one, or `latest`. With `at`: the newest that was made up to then. */
const Which = { backup: Id.default('latest'), at: IsoTime.optional() }
/** Which backups are meant; times are those of the backups, inclusive. */
const BackupRange = {
  /** Name or id of a plan. */
  plan: z.string().max(120).optional(),
  /** A source path, or a part of one. */
  source: z.string().max(1_000).optional(),
  from: IsoTime.optional(),
  to: IsoTime.optional(),
}
/** How many places did not answer, where there are any: what is there alone was not looked through. */
const Unsearched = z.number().int().positive().optional()
const limit = (most: number, usual: number) => z.number().int().min(1).max(most).default(usual)

/** A backup as those see it who read data in it. */
export const DataBackup = z.object({
  id: Id,
  createdAt: IsoTime,
  plan: z.string().optional(),
  format: BackupFormat,
  state: z.enum(['complete', 'incomplete']),
  /** Absent for who sees only a part of what is in backups. */
  files: z.number().int().optional(),
  sizeBytes: Bytes.optional(),
  /** Those of which something may be seen. */
  sources: z.array(z.string()),
  tag: z.string().optional(),
})
export type DataBackup = z.infer<typeof DataBackup>

/** Data in a backup, under the shortest name that only it has there. */
export const DataSource = z.object({
  name: z.string(),
  path: z.string(),
  kind: DataKind,
  sizeBytes: Bytes,
  modifiedAt: IsoTime,
})
export type DataSource = z.infer<typeof DataSource>

/** A file, and the newest backup that holds it so. */
export const DataFile = z.object({
  path: z.string(),
  kind: DataKind,
  sizeBytes: Bytes,
  modifiedAt: IsoTime,
  backupId: Id,
  createdAt: IsoTime,
  /** Backups that hold it so; 1 where one backup was asked. */
  backups: z.number().int(),
})
export type DataFile = z.infer<typeof DataFile>

/** Where something that was read lies. */
const Read = {
  backupId: Id,
  createdAt: IsoTime,
  path: z.string(),
  kind: DataKind,
  sizeBytes: Bytes,
  modifiedAt: IsoTime,
}

/** One level of a parsed value. */
export const DataNode = z.object({
  /** JSON Pointer from the top of the value. */
  pointer: z.string(),
  /** The key or index it has in what it is in; absent for the value itself. */
  key: z.string().optional(),
  type: z.enum(['object', 'array', 'string', 'number', 'boolean', 'null']),
  /** Members of an object or array, letters of a text. */
  length: z.number().int().optional(),
  /** A number, boolean, null, or the beginning of a text. */
  preview: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
})
export type DataNode = z.infer<typeof DataNode>

/** The value at one backup. */
export const SeriesPoint = z.object({
  backupId: Id,
  createdAt: IsoTime,
  /** `missing`: the file or the value was not there. `error`: it could not be read; `code` says why. */
  state: z.enum(['found', 'missing', 'error']),
  /** Where a JSONPath finds several values: all of them, as an array. */
  value: z.unknown().optional(),
  code: z.string().max(60).optional(),
  /** Differs from the point before. */
  changed: z.boolean(),
})
export type SeriesPoint = z.infer<typeof SeriesPoint>

export const DataChange = z.object({
  change: z.enum(['added', 'removed', 'changed', 'moved']),
  /** JSON Pointer in the newer value, of what was removed in the older; of a text the number of the line, from 1. */
  path: z.string(),
  /** Where it was before, where that is elsewhere. */
  fromPath: z.string().optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
})
export type DataChange = z.infer<typeof DataChange>

/** Calls that look into backups as data. A caller with a scope sees what lies in it and nothing else. */
export const dataCalls = {
  /** Backups that can be read, newest first. */
  'data.backups': call(
    'view',
    z.object({
      /** Only this one: its id, the beginning of one, or `latest`; not there: `unknown-backup`. */
      backup: Id.optional(),
      ...BackupRange,
      format: BackupFormat.optional(),
      search: z.string().max(200).optional(),
      limit: limit(10_000, 50),
      offset: z.number().int().nonnegative().default(0),
    }),
    z.object({ backups: z.array(DataBackup), total: z.number().int() }),
  ),
  /** The data in a backup by name (`data_sources`): files that can be parsed, by name. */
  'data.sources': call(
    'view',
    z.object({ ...Which, limit: limit(10_000, 500), offset: z.number().int().nonnegative().default(0) }),
    z.object({ backupId: Id, createdAt: IsoTime, sources: z.array(DataSource), total: z.number().int() }),
  ),
  /** Files by path, kind and date: of one backup, else over all of them; equal ones once. */
  'data.files': call(
    'view',
    z.object({
      backup: Id.optional(),
      at: IsoTime.optional(),
      ...BackupRange,
      /** Only below this folder. */
      folder: z.string().max(32_768).default(''),
      /** A glob over the path (`**` over folders), or without `/` over the name; a text without `*` and `?`: part of the name. */
      name: z.string().min(1).max(500).optional(),
      kind: DataKind.optional(),
      modifiedFrom: IsoTime.optional(),
      modifiedTo: IsoTime.optional(),
      limit: limit(10_000, 100),
      offset: z.number().int().nonnegative().default(0),
    }),
    z.object({ files: z.array(DataFile), truncated: z.boolean(), unsearched: Unsearched }),
  ),
  /** One level of a parsed file, so that somebody can choose what to select. */
  'data.outline': call(
    'view',
    z.object({
      ...Which,
      path: InsidePath,
      /** A JSON Pointer. */
      pointer: Select.default(''),
      as: DataKind.optional(),
      limit: limit(1_000, 200),
      /** Members before it are left out. */
      offset: z.number().int().nonnegative().default(0),
    }),
    z.object({ ...Read, node: DataNode, members: z.array(DataNode), truncated: z.boolean() }),
  ),
  /**
   * A file of a backup, parsed, or a part of it. `json`: the value, or what `select` finds. `ndjson`, `csv`: `length` records from `offset` on. `text`, `bytes`: `length`
   * bytes from `offset` on, `text` cut between letters. `data-too-large` where a value is larger than `maxBytes` as JSON.
   */
  'data.read': call(
    'view',
    z.object({
      ...Which,
      /** A path, or a name of `data.sources`. */
      path: InsidePath,
      as: DataKind.optional(),
      select: Select.optional(),
      offset: Bytes.default(0),
      length: z.number().int().min(1).max(4_194_304).optional(),
      maxBytes: z.number().int().min(1).max(4_194_304).default(1_048_576),
    }),
    z.object({
      ...Read,
      /** Of `json`, `ndjson` (records) and `csv` (records, by their column names). */
      value: z.unknown().optional(),
      /** Of `text`. */
      text: z.string().optional(),
      /** Of `bytes`. */
      base64: z.string().optional(),
      /** Where the rest begins; absent at the end. */
      nextOffset: Bytes.optional(),
      /** Records there are, where that is known. */
      total: z.number().int().optional(),
    }),
  ),
  /** Everything that a JSONPath finds in a file, or in all files of a glob. */
  'data.query': call(
    'view',
    z.object({
      ...Which,
      /** A path, a name of `data.sources`, or a glob. */
      path: InsidePath,
      select: Select,
      as: DataKind.optional(),
      limit: limit(10_000, 100),
      maxBytes: z.number().int().min(1).max(4_194_304).default(1_048_576),
    }),
    z.object({
      backupId: Id,
      createdAt: IsoTime,
      matches: z.array(z.object({ path: z.string(), pointer: z.string(), value: z.unknown() })),
      truncated: z.boolean(),
      /** Files that could not be read as data, with the reason. */
      unread: z.array(z.object({ path: z.string(), code: z.string().max(60) })),
    }),
  ),
  /** How a value developed over backups, oldest first. */
  'data.series': call(
    'view',
    z.object({
      path: InsidePath,
      select: Select.default(''),
      as: DataKind.optional(),
      ...BackupRange,
      /** The newest so many backups. */
      limit: limit(1_000, 100),
      /** Only the first of equal points. */
      changesOnly: z.boolean().default(false),
      maxBytes: z.number().int().min(1).max(4_194_304).default(1_048_576),
    }),
    z.object({ points: z.array(SeriesPoint), truncated: z.boolean() }),
  ),
  /** Versions of a file whose content differs, newest first. */
  'data.versions': call(
    'view',
    z.object({ ...Which, path: InsidePath, limit: limit(1_000, 100) }),
    z.object({
      versions: z.array(
        z.object({
          /** The newest backup that holds it. */
          backupId: Id,
          createdAt: IsoTime,
          /** When the oldest backup that holds it was made. */
          sinceAt: IsoTime,
          modifiedAt: IsoTime,
          sizeBytes: Bytes,
          backups: z.number().int(),
        }),
      ),
      truncated: z.boolean(),
    }),
  ),
  /** What changed in a file: values of JSON and records, lines of texts; of bytes only whether they differ. */
  'data.diff': call(
    'view',
    z.object({
      from: Id,
      to: Id.default('latest'),
      path: InsidePath,
      /** Where it is in the newer backup, if that is elsewhere. */
      toPath: InsidePath.optional(),
      /** A JSON Pointer: only what is below it. */
      pointer: Select.default(''),
      as: DataKind.optional(),
      limit: limit(10_000, 500),
      maxBytes: z.number().int().min(1).max(4_194_304).default(1_048_576),
    }),
    z.object({
      from: z.object({ ...Read }),
      to: z.object({ ...Read }),
      kind: DataKind,
      equal: z.boolean(),
      added: z.number().int(),
      removed: z.number().int(),
      changed: z.number().int(),
      changes: z.array(DataChange),
      truncated: z.boolean(),
    }),
  ),
  /** Files whose name or content has a text, whatever its case. Contents of one backup: of texts and data only. */
  'data.search': call(
    'view',
    z.object({
      text: z.string().min(1).max(500),
      in: z.enum(['names', 'contents']).default('names'),
      /** Contents: of this backup; names: of all backups unless one is named. */
      backup: Id.optional(),
      at: IsoTime.optional(),
      ...BackupRange,
      /** As `name` of `data.files`. */
      name: z.string().min(1).max(500).optional(),
      limit: limit(1_000, 50),
    }),
    z.object({
      hits: z.array(
        z.object({
          path: z.string(),
          backupId: Id,
          createdAt: IsoTime,
          sizeBytes: Bytes,
          /** Contents: where, and the text around it. */
          line: z.number().int().optional(),
          excerpt: z.string().optional(),
        }),
      ),
      /** There is more: hits beyond the limit, or contents that were not looked through. */
      truncated: z.boolean(),
      unsearched: Unsearched,
    }),
  ),
  /** How it stands with the backups one may see. */
  'data.status': call(
    'view',
    None,
    z.object({
      level: StatusLevelName,
      backups: z.number().int(),
      newestAt: IsoTime.optional(),
      oldestAt: IsoTime.optional(),
      plans: z.array(
        z.object({ id: Id, name: z.string(), backups: z.number().int(), newestAt: IsoTime.optional() }),
      ),
      /** Of the hour that ends now, for callers with a budget. */
      budget: z.object({ bytesPerHour: Bytes, usedBytes: Bytes }).optional(),
    }),
  ),

  /** What is kept on this computer so that data need not be read twice. */
  'data.cache': call('view', None, z.object({ bytes: Bytes, limitBytes: Bytes })),
  'data.clearCache': call('operate', None, z.object({ bytes: Bytes })),
} as const
