import { z } from 'zod'
import { alertCalls } from './alerts.ts'
import { apiKeyCalls } from './api-keys.ts'
import { auditCalls } from './audit.ts'
import { call, None, Started } from './call.ts'
import { dataCalls } from './data.ts'
import { databaseCalls } from './databases.ts'
import { guardCalls } from './guard.ts'
import { healthCalls } from './health.ts'
import { hostCalls } from './host.ts'
import { mirrorCalls } from './mirror.ts'
import {
  Backup,
  Bytes,
  FileEntry,
  Id,
  IsoTime,
  PathText,
  Place,
  PlaceCapabilities,
  PlaceChange,
  PlaceInput,
  PlaceSecrets,
  Plan,
  PlanChange,
  PlanInput,
  SkippedItem,
  WireError,
} from './nouns.ts'
import { BackupRecord, CloudStatus, Settings, Statistics, Status } from './overview.ts'
import { postgresCalls } from './postgres.ts'
import { repositoryCalls } from './repository-calls.ts'
import { restoreCalls } from './restore.ts'
import { Run } from './runs.ts'
import { scheduleCalls } from './schedules.ts'
import { storageCalls } from './storage.ts'
import { syncCalls } from './sync.ts'
import { unprotectedCalls } from './unprotected.ts'

const BackupFilter = z.object({
  planId: Id.optional(),
  synced: z.boolean().optional(),
  /** It has a copy there. */
  placeId: Id.optional(),
  format: z.enum(['snapshot', 'archive']).optional(),
  /** `damaged`: a copy of it is damaged or gone. */
  state: z.enum(['creating', 'complete', 'incomplete', 'failed', 'interrupted', 'damaged']).optional(),
  /** ISO date or time; inclusive. A date alone means the whole day. */
  from: IsoTime.optional(),
  to: IsoTime.optional(),
  /** A source path (or part of one). */
  source: z.string().max(1_000).optional(),
  /** Text in id, plan name, tag or sources. */
  search: z.string().max(200).optional(),
})

const BackupQuery = BackupFilter.extend({
  limit: z.number().int().min(1).max(1_000).default(50),
  offset: z.number().int().nonnegative().default(0),
})

/** Everything a window, a command or a program may ask. A new call is two edits: here, and its handler in `app/handlers`. */
export const calls = {
  ...postgresCalls,
  ...repositoryCalls,
  ...scheduleCalls,
  ...databaseCalls,
  ...dataCalls,
  ...healthCalls,
  ...storageCalls,
  ...unprotectedCalls,
  ...guardCalls,
  ...alertCalls,
  ...auditCalls,
  ...apiKeyCalls,
  ...syncCalls,
  ...mirrorCalls,
  ...hostCalls,
  ...restoreCalls,
  'app.info': call(
    'view',
    None,
    z.object({
      name: z.literal('Everstow'),
      version: z.string(),
      platform: z.string(),
      host: z.enum(['electron', 'headless', 'cli', 'library']),
      home: z.string(),
      secretStore: z.enum(['keychain', 'sealed-file', 'plain-file', 'memory']),
      locale: z.string(),
      /** What this host can do beyond the engine. */
      can: z.object({
        pickFolder: z.boolean(),
        openFolder: z.boolean(),
        startAtLogin: z.boolean(),
        tray: z.boolean(),
        serveApi: z.boolean(),
        showWindow: z.boolean(),
      }),
    }),
  ),
  'settings.get': call('view', None, Settings),
  'settings.update': call('admin', Settings.partial().strict(), Settings),

  'place.list': call('view', None, z.array(Place)),
  'place.add': call('admin', PlaceInput.extend({ test: z.boolean().default(true) }), Place),
  'place.update': call(
    'admin',
    z.object({ id: Id, change: PlaceChange, secrets: PlaceSecrets.optional() }),
    Place,
  ),
  /** Stops using the place; what lies there stays. */
  'place.remove': call('admin', z.object({ id: Id }), z.object({ copiesLeftBehind: z.number().int() })),
  /** Writes, reads, lists and deletes a probe for real. `id`: a place that exists; `input`: one that is being set up. */
  'place.test': call(
    'operate',
    z.object({ id: Id.optional(), input: PlaceInput.optional() }),
    z.object({
      ok: z.boolean(),
      capabilities: PlaceCapabilities.optional(),
      error: WireError.optional(),
      durationMs: z.number(),
    }),
  ),

  'plan.list': call('view', None, z.array(Plan)),
  'plan.add': call('admin', PlanInput, Plan),
  'plan.update': call('admin', z.object({ id: Id, change: PlanChange }), Plan),
  'plan.remove': call('admin', z.object({ id: Id }), z.object({ removed: z.boolean() })),

  /** Folders people usually want safe, that exist here. */
  'source.suggest': call(
    'view',
    None,
    z.array(
      z.object({
        path: z.string(),
        kind: z.enum([
          'documents',
          'pictures',
          'desktop',
          'music',
          'videos',
          'projects',
          'downloads',
          'home',
        ]),
        ticked: z.boolean(),
      }),
    ),
  ),
  /** Size of sources after exclusions. */
  'source.measure': call(
    'view',
    z.object({
      sources: z.array(PathText).min(1).max(1_000),
      exclude: z.array(z.string()).default([]),
      excludePresets: z.array(z.string()).default([]),
    }),
    z.object({ files: z.number().int(), bytes: Bytes, skipped: z.number().int() }),
  ),
  /** Sub-folders and files of a folder of this computer, for choosing. No path: the home folder. */
  'folder.browse': call(
    'view',
    z.object({ path: PathText.optional(), showHidden: z.boolean().default(false) }),
    z.object({
      path: z.string(),
      parent: z.string().optional(),
      entries: z.array(
        z.object({
          name: z.string(),
          path: z.string(),
          kind: z.enum(['directory', 'file']),
          sizeBytes: Bytes,
        }),
      ),
      truncated: z.boolean(),
    }),
  ),
  'backup.start': call(
    'operate',
    z.object({
      /** A plan (id or name), or paths to back up once. Neither: every plan is wanted, one after the other; use plan.list. */
      plan: z.string().max(120).optional(),
      paths: z.array(PathText).max(1_000).optional(),
      placeIds: z.array(Id).max(50).optional(),
      format: z.enum(['archive', 'snapshot']).optional(),
      exclude: z.array(z.string()).optional(),
      tag: z.string().trim().max(100).optional(),
    }),
    Started,
  ),
  'backup.list': call('view', BackupQuery, z.object({ backups: z.array(Backup), total: z.number().int() })),
  /** The days with backups that match, oldest first; local to the computer that made them. */
  'backup.days': call(
    'view',
    BackupFilter,
    z.array(
      z.object({
        date: z.string(),
        backups: z.number().int(),
        incomplete: z.number().int(),
        failed: z.number().int(),
        damaged: z.number().int(),
      }),
    ),
  ),
  'backup.get': call('view', z.object({ id: Id }), Backup.extend({ skipped: z.array(SkippedItem) })),
  /** What lies in one folder of a backup (`''`: the top), or everything whose path contains `search`. */
  'backup.files': call(
    'view',
    z.object({
      id: Id,
      folder: z.string().max(32_768).default(''),
      recursive: z.boolean().default(false),
      search: z.string().max(200).optional(),
      limit: z.number().int().min(1).max(10_000).default(500),
      offset: z.number().int().nonnegative().default(0),
    }),
    z.object({ entries: z.array(FileEntry), total: z.number().int() }),
  ),
  /** Delivers what has not reached its places; `id`: only that backup. */
  'backup.push': call('operate', z.object({ id: Id.optional() }), Started),
  /** Reads stored copies whole and compares checksums; `id`: one backup, else all of them and the logs of protected databases. */
  'backup.verify': call(
    'operate',
    z.object({
      id: Id.optional(),
      placeId: Id.optional(),
      /** Snapshots and logs: how much of the stored data is read, the longest unread first. */
      dataPercent: z.number().min(0).max(100).default(100),
      /** Mends what it can: snapshots from other places, other packs and live files, logs from other places. */
      heal: z.boolean().default(false),
    }),
    Started,
  ),
  'backup.cleanup': call(
    'admin',
    z.object({
      keepDays: z.number().int().min(1).max(36_500).optional(),
      dryRun: z.boolean().default(false),
      /** Also of plans whose unusual change nobody has accepted yet. */
      evenHeld: z.boolean().default(false),
    }),
    Started,
  ),
  /** Reads the places and writes the catalogue anew; loses nothing that lies in a place. */
  'catalogue.rebuild': call('operate', None, Started),

  /** What runs, and what ended lately. */
  'run.list': call('view', None, z.array(Run)),
  'run.get': call('view', z.object({ id: Id }), Run),
  /** Answers when the run has ended. */
  'run.wait': call('view', z.object({ id: Id }), Run),
  'run.cancel': call('operate', z.object({ id: Id }), z.object({ cancelled: z.boolean() })),

  'status.get': call('view', None, Status),
  /** No `untilMs`: until it is resumed. */
  'automation.pause': call('operate', z.object({ until: IsoTime.optional() }), Status),
  'automation.resume': call('operate', None, Status),
  'stats.get': call('view', None, Statistics),
  'cloud.status': call(
    'view',
    z.object({ limit: z.number().int().min(1).max(100).default(10) }),
    CloudStatus,
  ),
  'backup.records': call('view', BackupQuery, z.array(BackupRecord)),

  /** Settings of the older systems. `apply: false` only says what it would do. Values of secrets are never in the answer. */
  'env.import': call(
    'admin',
    z.object({
      text: z.string().max(1_048_576),
      apply: z.boolean().default(false),
      /** Where the file lies: relative paths in it start there. Absent: the person's home. */
      folder: PathText.optional(),
      sources: z.array(PathText).optional(),
    }),
    z.object({
      places: z.array(
        z.object({
          name: z.string(),
          type: z.string(),
          url: z.string(),
          secretNames: z.array(z.string()),
          existed: z.boolean(),
        }),
      ),
      settings: z.array(z.object({ name: z.string(), value: z.string() })),
      ignored: z.array(z.string()),
      warnings: z.array(
        z.object({
          key: z.string(),
          params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
        }),
      ),
      applied: z.boolean(),
    }),
  ),
} as const

export type Calls = typeof calls
export type CallName = keyof Calls
export type CallInput<N extends CallName> = z.input<Calls[N]['input']>
export type CallParsed<N extends CallName> = z.output<Calls[N]['input']>
export type CallOutput<N extends CallName> = z.output<Calls[N]['output']>
