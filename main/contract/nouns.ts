import { z } from 'zod'

/** A short text a person typed: trimmed, no control characters. */
const Label = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((text) => !/\p{Cc}/u.test(text), 'control characters')

export const Id = z.string().min(1).max(120)
export const IsoTime = z.string().max(40)
export const Bytes = z.number().int().nonnegative()
export const PathText = z.string().min(1).max(32_768)

/** An error as it crosses to a person's side: the sentence is made there from `errors.<code>`. */
export const WireError = z.object({
  code: z.string().max(60),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  retry: z.enum(['retry', 'wait', 'never']),
})
export type WireError = z.infer<typeof WireError>

/** A sentence for people: a key of `assets/locales` and what goes into it. */
export const Sentence = z.object({
  key: z.string().max(100),
  params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
})
export type Sentence = z.infer<typeof Sentence>

/** What copies for a place may wait for. */
export const Condition = z.enum(['mains', 'unmetered', 'online'])
export type Condition = z.infer<typeof Condition>
/** What a plan may wait for; `reachable`: one of its places. */
export const PlanCondition = z.enum([...Condition.options, 'reachable'])
export type PlanCondition = z.infer<typeof PlanCondition>

/** The verdict. `protected` < `working` < `paused` < `waiting` < `attention` < `failed`: the worst wins; `empty`: nothing set up yet. */
export const StatusLevelName = z.enum([
  'empty',
  'protected',
  'working',
  'paused',
  'waiting',
  'attention',
  'failed',
])

// ── places ────────────────────────────────────────────────────────────────────────────────────────────────

export const PlaceType = z.enum(['local', 's3', 'r2', 'b2', 'gcs', 'azure'])
export type PlaceType = z.infer<typeof PlaceType>

const Price = z.number().nonnegative().max(1_000_000)

/** What its owner says a place costs. */
export const OwnPrices = z.object({
  /** The day they were typed, `2026-11-21`. */
  asOf: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  currency: z.string().regex(/^[A-Z]{3}$/),
  /** A gigabyte (10⁹ bytes) for a month. */
  storageGbMonth: Price,
  putPer1000: Price,
  getPer1000: Price,
  listPer1000: Price,
  /** A gigabyte that is read. */
  egressGb: Price,
})
export type OwnPrices = z.infer<typeof OwnPrices>

const placeFields = {
  path: PathText.optional(),
  bucket: z.string().max(255).optional(),
  prefix: z.string().max(500).optional(),
  endpoint: z.string().max(500).optional(),
  region: z.string().max(60).optional(),
  account: z.string().max(100).optional(),
  project: z.string().max(100).optional(),
  credentialsFile: PathText.optional(),
  profile: z.string().max(100).optional(),
  pathStyle: z.boolean().optional(),
  storageClass: z.string().max(60).optional(),
  /** Bytes a second; absent: no limit. */
  uploadLimit: z.number().int().positive().optional(),
  downloadLimit: z.number().int().positive().optional(),
  /** Limits by the hour of the week: `mon-fri 08:00-18:00 up:1MB down:5MB; sat-sun pause`. */
  limits: z.string().max(2_000).optional(),
  /** Snapshots here together should take no more. */
  budgetBytes: z.number().int().positive().optional(),
  prices: OwnPrices.optional(),
  /** Copies go there only while this holds. */
  waitFor: z.array(Condition).max(3).optional(),
  /** No copies go there at these hours: `22:00-07:00`. */
  quietHours: z.string().max(20).optional(),
}

/** One way only: what is typed here is never sent back. */
export const PlaceSecrets = z
  .object({
    accessKeyId: z.string().max(300),
    secretAccessKey: z.string().max(300),
    sessionToken: z.string().max(5_000),
    connectionString: z.string().max(5_000),
    sasToken: z.string().max(5_000),
    accountKey: z.string().max(300),
    serviceAccountJson: z.string().max(20_000),
  })
  .partial()
export type PlaceSecrets = z.infer<typeof PlaceSecrets>

export const PlaceInput = z.object({
  name: Label,
  /** Any of the usual names, in any case: `aws`, `S3`, `Cloudflare R2`, `gcp` … */
  type: z.string().trim().min(1).max(40),
  ...placeFields,
  secrets: PlaceSecrets.optional(),
})
export type PlaceInput = z.infer<typeof PlaceInput>

/** What is to change: what is absent stays. An empty text takes a field away, `null` the budget or the prices. */
export const PlaceChange = PlaceInput.partial().extend({
  budgetBytes: PlaceInput.shape.budgetBytes.nullable(),
  prices: PlaceInput.shape.prices.nullable(),
})
export type PlaceChange = z.infer<typeof PlaceChange>

export const PlaceCapabilities = z.object({
  writes: z.boolean(),
  reads: z.boolean(),
  deletes: z.boolean().optional(),
  conditionalWrites: z.boolean(),
  versioning: z.boolean().optional(),
  objectLock: z.boolean().optional(),
  clockOffsetMs: z.number().optional(),
  freeBytes: Bytes.optional(),
  totalBytes: Bytes.optional(),
})
export type PlaceCapabilities = z.infer<typeof PlaceCapabilities>

export const Place = z.object({
  id: Id,
  name: z.string(),
  type: PlaceType,
  ...placeFields,
  /** Where it is, in one line: `s3://bucket/prefix`, `/mnt/disk/backups`. */
  url: z.string(),
  /** Names of the secrets that are kept for it; never their values. */
  secretNames: z.array(z.string()),
  health: z.object({
    /** `unknown` until something was tried; `waiting`: away (network, drive), calm. */
    state: z.enum(['unknown', 'ok', 'waiting', 'failed']),
    checkedAt: IsoTime.optional(),
    error: WireError.optional(),
  }),
  capabilities: PlaceCapabilities.optional(),
  /** Copies that lie here, and how many backups still have to come. */
  /** The repository that lies here, once one does. */
  repositoryId: Id.optional(),
  copies: z.number().int(),
  behind: z.number().int(),
  bytes: Bytes,
})
export type Place = z.infer<typeof Place>

// ── plans ─────────────────────────────────────────────────────────────────────────────────────────────────

export const BackupFormat = z.enum(['archive', 'snapshot'])

const planFields = {
  name: Label,
  /** Absolute files, folders or globs. */
  sources: z.array(PathText).min(1).max(1_000),
  format: BackupFormat,
  placeIds: z.array(Id).min(1).max(50),
  exclude: z.array(z.string().min(1).max(1_000)).max(1_000),
  /** Names of exclusion presets (`caches`, `build`, `temporary`, `apps`, `media`). */
  excludePresets: z.array(z.string().max(40)).max(20),
  /** `manual`, `every:24h`, `daily@02:00` (`daily@08:00,18:30`), `weekly@…`, `monthly@…`, a cron expression, `on-change` or `on-connect`. */
  schedule: z.string().max(200),
  /** What the schedule waits for. */
  waitFor: z.array(PlanCondition).max(4).optional(),
  /** The schedule starts nothing at these hours: `22:00-07:00`. */
  quietHours: z.string().max(20).optional(),
  /** A copy older than so many hours is too old; absent: twice what lies between two runs, at least a day. */
  staleAfterHours: z.number().int().positive().max(87_600).optional(),
  /** Backups older than this are removed by a clean-up; absent: kept. */
  keepDays: z.number().int().positive().max(36_500).optional(),
  /** Snapshots: which ones stay: `last:7,daily:14,weekly:8,monthly:12,yearly:5,within:30d`; absent: all. */
  keep: z.string().min(1).max(200).optional(),
  /** Snapshots: another rule for single places, by their id. */
  keepAt: z.record(Id, z.string().min(1).max(200)).optional(),
  compression: z.enum(['normal', 'fast']).optional(),
  /** Two documents with a note in each source folder: whatever changes them touches what nobody has reason to touch. */
  canaries: z.boolean().optional(),
}

/** What a new plan makes where nobody chooses. */
export const DEFAULT_FORMAT = 'snapshot' satisfies z.infer<typeof BackupFormat>

export const PlanInput = z.object({
  ...planFields,
  format: planFields.format.default(DEFAULT_FORMAT),
  exclude: planFields.exclude.default([]),
  excludePresets: planFields.excludePresets.default([]),
  /** Absent: files every day at 03:00, databases at 02:00. */
  schedule: planFields.schedule.optional(),
})
export type PlanInput = z.input<typeof PlanInput>

/** What changes of a plan; what is absent stays. */
export const PlanChange = z
  .object(planFields)
  .partial()
  // null: keep for ever; no quiet hours; as the schedule says.
  .extend({
    keepDays: planFields.keepDays.nullable(),
    keep: planFields.keep.nullable(),
    quietHours: planFields.quietHours.nullable(),
    staleAfterHours: planFields.staleAfterHours.nullable(),
  })
export type PlanChange = z.infer<typeof PlanChange>

export const Plan = z.object({
  id: Id,
  name: z.string(),
  sources: z.array(z.string()),
  format: BackupFormat,
  placeIds: z.array(Id),
  exclude: z.array(z.string()),
  excludePresets: z.array(z.string()),
  schedule: z.string(),
  waitFor: z.array(PlanCondition).optional(),
  quietHours: z.string().optional(),
  staleAfterHours: z.number().optional(),
  keepDays: z.number().optional(),
  keep: z.string().optional(),
  keepAt: z.record(z.string(), z.string()).optional(),
  compression: z.enum(['normal', 'fast']).optional(),
  canaries: z.boolean().optional(),
  lastBackupAt: IsoTime.optional(),
  lastBackupId: Id.optional(),
  /** Of the newest backup: how many are where they belong, and in how many places it belongs. Absent: no backup yet. */
  copies: z.object({ current: z.number().int(), total: z.number().int() }).optional(),
  nextRunAt: IsoTime.optional(),
})
export type Plan = z.infer<typeof Plan>

// ── backups ───────────────────────────────────────────────────────────────────────────────────────────────

export const CopyState = z.enum(['pending', 'syncing', 'synced', 'waiting', 'failed', 'damaged', 'missing'])
export type CopyState = z.infer<typeof CopyState>

/** One backup in one place. */
export const Copy = z.object({
  placeId: Id,
  placeName: z.string(),
  placeType: z.string(),
  state: CopyState,
  url: z.string().optional(),
  syncedAt: IsoTime.optional(),
  verifiedAt: IsoTime.optional(),
  error: WireError.optional(),
})
export type Copy = z.infer<typeof Copy>

export const SkippedItem = z.object({ path: z.string(), reason: z.string(), code: z.string().optional() })

export const Backup = z.object({
  id: Id,
  planId: Id.optional(),
  planName: z.string().optional(),
  filename: z.string(),
  createdAt: IsoTime,
  format: BackupFormat,
  /** `complete`, `incomplete` (some files could not be read), `failed`, `interrupted` (the computer or program stopped). */
  state: z.enum(['creating', 'complete', 'incomplete', 'failed', 'interrupted']),
  sizeBytes: Bytes,
  sourceBytes: Bytes,
  files: z.number().int(),
  md5: z.string(),
  sha256: z.string(),
  /** Over all places: the older systems' word for it. */
  syncStatus: z.enum(['pending', 'syncing', 'synced', 'failed']),
  copies: z.array(Copy),
  sources: z.array(z.string()),
  skippedCount: z.number().int(),
  durationMs: z.number(),
  tag: z.string().optional(),
  /** Snapshots: no retention rule forgets it. */
  pinned: z.boolean(),
  /** True where it can be looked into without reading all of it: snapshots, and archives with an index. */
  indexed: z.boolean().optional(),
  error: WireError.optional(),
})
export type Backup = z.infer<typeof Backup>

export const FileEntry = z.object({
  path: z.string(),
  name: z.string(),
  kind: z.enum(['file', 'directory', 'symlink', 'hardlink', 'other']),
  sizeBytes: Bytes,
  mode: z.number().int(),
  modifiedAt: IsoTime,
  linkTarget: z.string().optional(),
})
export type FileEntry = z.infer<typeof FileEntry>
