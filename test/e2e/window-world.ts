import type {
  Backup,
  CallName,
  CallOutput,
  CallParsed,
  Place,
  Plan,
  Run,
  SliceName,
  SliceState,
  WireError,
} from '../../main/contract/index.ts'

import { databaseAnswers } from './window-databases-world.ts'
import { exploreAnswers } from './window-explore-world.ts'
import { healthAnswers } from './window-health-world.ts'
import { lookAnswers } from './window-look-world.ts'
import { mirrorAnswers, mirrorJobs } from './window-mirrors-world.ts'
import { restoreAnswers } from './window-restore-world.ts'
import { scheduleAnswers } from './window-schedule-world.ts'
import { storageAnswers } from './window-storage-world.ts'
import { busySyncs, calmSyncs, syncAnswers } from './window-sync-world.ts'
import { unprotectedAnswers } from './window-unprotected-world.ts'

export type Answered = { readonly output: unknown } | { readonly error: WireError }
export type Patch = (slice: SliceName, set: Record<string, unknown>) => void

/** What the double knows and says. */
export interface DoubleWorld {
  readonly state: { [N in SliceName]: SliceState<N> }
  answer<N extends CallName>(name: N, input: CallParsed<N>, patch: Patch): Promise<Answered>
}

/** A world whose work goes on until it may end: what is seen only meanwhile is there for as long as somebody looks. */
export function withWorkHeld(world: DoubleWorld): DoubleWorld & { letEnd(): void } {
  let letEnd = (): void => {}
  const mayEnd = new Promise<void>((resolve) => {
    letEnd = resolve
  })
  const isEnd = (slice: SliceName, set: Record<string, unknown>): boolean =>
    slice === 'runs' && Object.values(set).some((run) => (run as Run).state === 'done')
  return {
    ...world,
    letEnd: () => letEnd(),
    answer: (name, input, patch) =>
      world.answer(name, input, (slice, set) => {
        if (isEnd(slice, set)) void mayEnd.then(() => patch(slice, set))
        else patch(slice, set)
      }),
  }
}

const DAY = 86_400_000
const iso = (ms: number): string => new Date(ms).toISOString()

const places: Place[] = [
  {
    id: 'p_disk000001',
    name: 'Blue USB disk',
    type: 'local',
    path: '/media/ada/blue/everstow',
    url: '/media/ada/blue/everstow',
    secretNames: [],
    health: { state: 'ok', checkedAt: iso(Date.now() - 700_000) },
    capabilities: {
      writes: true,
      reads: true,
      deletes: true,
      conditionalWrites: true,
      freeBytes: 612_000_000_000,
      totalBytes: 1_000_000_000_000,
    },
    copies: 200,
    behind: 0,
    bytes: 312_400_000_000,
  },
  {
    id: 'p_s3aaaaaaa1',
    name: 'Amazon S3',
    type: 's3',
    bucket: 'ada-backups',
    region: 'eu-west-3',
    url: 's3://ada-backups',
    secretNames: ['accessKeyId', 'secretAccessKey'],
    health: { state: 'ok', checkedAt: iso(Date.now() - 700_000) },
    capabilities: { writes: true, reads: true, deletes: true, conditionalWrites: true, versioning: true },
    copies: 199,
    behind: 1,
    bytes: 310_100_000_000,
  },
  {
    id: 'p_r2aaaaaaa1',
    name: 'Cloudflare R2',
    type: 'r2',
    account: '9f3c2ab44d',
    bucket: 'ada-r2',
    url: 's3://ada-r2',
    secretNames: ['accessKeyId', 'secretAccessKey'],
    health: {
      state: 'failed',
      checkedAt: iso(Date.now() - 3_600_000),
      error: { code: 'credentials-refused', data: { status: 403, bucket: 'ada-r2' }, retry: 'never' },
    },
    copies: 197,
    behind: 3,
    bytes: 305_000_000_000,
  },
]

const plans: Plan[] = [
  {
    id: 'pl_documents',
    name: 'Documents and pictures',
    sources: ['/home/ada/Documents', '/home/ada/Pictures', '/home/ada/Desktop'],
    format: 'archive',
    placeIds: places.map((place) => place.id),
    exclude: [],
    excludePresets: ['caches', 'temporary'],
    schedule: 'every:24h',
    keepDays: 365,
    lastBackupAt: iso(Date.now() - 12 * 60_000),
    lastBackupId: 'backup_000',
    copies: { current: 2, total: 3 },
    nextRunAt: iso(Date.now() + 23.8 * 3_600_000),
  },
  {
    id: 'pl_projects',
    name: 'Projects',
    sources: ['/home/ada/Projects'],
    format: 'archive',
    placeIds: [places[0]?.id ?? '', places[1]?.id ?? ''],
    exclude: ['*.iso'],
    excludePresets: ['build', 'caches'],
    schedule: 'daily@02:00',
    lastBackupAt: iso(Date.now() - 9 * 3_600_000),
    copies: { current: 2, total: 2 },
    nextRunAt: iso(Date.now() + 10 * 3_600_000),
  },
]

const backups: Backup[] = Array.from({ length: 200 }, (_, index) => backupNumber(index))

function backupNumber(index: number): Backup {
  const plan = plans[index % 2]
  const createdAtMs = Date.now() - 12 * 60_000 - index * 0.45 * DAY
  const stamp = iso(createdAtMs).replace(/[-:]/g, '').replace('T', '_').slice(0, 15)
  const failed = index === 7
  const r2 = index < 6 && index % 2 === 0 ? 'failed' : 'synced'
  return {
    id: `backup_${String(index).padStart(3, '0')}`,
    planId: plan?.id,
    planName: plan?.name,
    filename: `unified_backup_${stamp}.tar.gz`,
    createdAt: iso(createdAtMs),
    format: 'archive',
    state: failed ? 'failed' : index === 3 ? 'incomplete' : 'complete',
    sizeBytes: failed ? 0 : 1_480_000_000 + index * 1_731_007,
    sourceBytes: 4_260_000_000 + index * 2_000_003,
    files: 18_204 + index * 13,
    md5: 'd41d8cd98f00b204e9800998ecf8427e',
    sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    syncStatus: failed ? 'failed' : r2 === 'failed' ? 'pending' : 'synced',
    copies: failed
      ? []
      : places
          .filter((place) => plan?.placeIds.includes(place.id))
          .map((place) => {
            const bad = place.type === 'r2' && r2 === 'failed'
            return {
              placeId: place.id,
              placeName: place.name,
              placeType: place.type,
              state: bad ? ('failed' as const) : ('synced' as const),
              url: `${place.url}/unified_backup_${stamp}.tar.gz`,
              ...(bad ? { error: place.health.error } : { syncedAt: iso(createdAtMs + 60_000) }),
              ...(index > 2 && !bad ? { verifiedAt: iso(createdAtMs + DAY / 4) } : {}),
            }
          }),
    sources: plan?.sources ?? [],
    skippedCount: index === 3 ? 2 : 0,
    durationMs: 94_000,
    pinned: false,
    indexed: true,
    ...(index === 0 ? { tag: 'before the move' } : {}),
    ...(failed
      ? { error: { code: 'disk-full', data: { path: '/home/ada/.everstow' }, retry: 'never' as const } }
      : {}),
  }
}

const settings: SliceState<'settings'>['current'] = {
  language: 'en',
  theme: 'light',
  closeToTray: true,
  startAtLogin: false,
  notifications: true,
  pushIntervalSeconds: 3_600,
  autoSync: true,
  verifySchedule: 'every:6h',
  cleanupSchedule: 'weekly@sun 04:00',
  drillSchedule: 'weekly@sun 05:00',
  weeklyDigest: false,
  serveApi: false,
  apiPort: 7_700,
  serveData: false,
  updates: 'auto',
  logLevel: 'info',
  trayHintShown: false,
}

const progress: Run = {
  id: 'run_1',
  kind: 'backup',
  label: 'Projects',
  planId: 'pl_projects',
  state: 'running',
  phase: 'reading',
  startedAt: iso(Date.now() - 40_000),
  files: 8_412,
  filesTotal: 18_650,
  bytes: 1_910_000_000,
  bytesTotal: 4_270_000_000,
  bytesPerSecond: 84_300_000,
  secondsLeft: 184,
  currentPath: '/home/ada/Projects/atlas/assets/maps/europe/france/tiles/14/8301/5634.webp',
  copies: [
    {
      placeId: 'p_disk000001',
      placeName: 'Blue USB disk',
      state: 'syncing',
      sentBytes: 610_000_000,
      totalBytes: 1_490_000_000,
    },
    {
      placeId: 'p_s3aaaaaaa1',
      placeName: 'Amazon S3',
      state: 'pending',
      sentBytes: 0,
      totalBytes: 1_490_000_000,
    },
  ],
}

/** A home with three places, two plans, 200 backups, work in progress, one refused key and one failed run. */
export function busyWorld(): DoubleWorld {
  const state: DoubleWorld['state'] = {
    status: {
      current: {
        level: 'attention',
        sentence: { key: 'status.behind', params: { count: 3, place: 'Cloudflare R2' } },
        problems: [
          {
            id: 'place/p_r2aaaaaaa1',
            level: 'attention',
            sentence: { key: 'status.behind', params: { count: 3, place: 'Cloudflare R2' } },
            error: places[2]?.health.error,
            placeId: 'p_r2aaaaaaa1',
          },
          {
            id: 'incomplete',
            level: 'attention',
            sentence: { key: 'status.incomplete', params: { count: 2 } },
            backupId: 'backup_003',
            planId: 'pl_projects',
          },
          { id: 'plain-secrets', level: 'protected', sentence: { key: 'status.plainSecrets' } },
        ],
        lastBackupAt: iso(Date.now() - 12 * 60_000),
        nextRunAt: iso(Date.now() + 10 * 3_600_000),
        copiesCurrent: 4,
        copiesTotal: 5,
        secretStore: 'plain-file',
        offline: false,
        days: Array.from({ length: 30 }, (_, index) => ({
          date: iso(Date.now() - (29 - index) * DAY).slice(0, 10),
          backups: index === 11 ? 0 : 2 + (index % 3),
          failures: index === 21 ? 1 : 0,
          bytes: index === 11 ? 0 : 900_000_000 + ((index * 7919) % 13) * 310_000_000,
        })),
      },
    },
    runs: { run_1: progress },
    places: Object.fromEntries(places.map((place) => [place.id, place])),
    plans: Object.fromEntries(plans.map((plan) => [plan.id, plan])),
    recent: { backups: backups.slice(0, 20), total: backups.length },
    settings: { current: settings },
    api: { current: { state: 'off', port: 7_700 } },
    update: { current: { state: 'off' } },
    syncs: busySyncs,
    mirrors: {},
    stats: {
      current: {
        total_backups: 200,
        total_size_mb: 312_400,
        total_size_bytes: 312_400_000_000,
        cloud_synced: 196,
        provider: 'local, aws, r2',
        pending: 3,
        failed: 1,
        source_size_mb: 853_000,
        saved_ratio: 0.634,
        last_backup: backups[0]?.createdAt ?? null,
        places: [],
      },
    },
  }
  return { state, answer: answers(state) }
}

/** The same home when all is well. */
export function calmWorld(): DoubleWorld {
  const world = busyWorld()
  const { current } = world.state.status
  world.state.status = {
    current: {
      ...current,
      level: 'protected',
      sentence: { key: 'status.protected', params: { current: 5, total: 5 } },
      problems: [],
      copiesCurrent: 5,
    },
  }
  world.state.runs = {}
  world.state.syncs = calmSyncs
  const [disk, , r2] = places
  const [documents] = plans
  if (!disk || !r2 || !documents) throw new Error('a home without its places')
  const calm = { ...r2, health: disk.health, copies: r2.copies + r2.behind, behind: 0 }
  world.state.places = { ...world.state.places, [r2.id]: calm }
  world.state.plans = {
    ...world.state.plans,
    [documents.id]: { ...documents, copies: { current: 3, total: 3 } },
  }
  return world
}

/** A computer where nothing is set up. */
export function newWorld(): DoubleWorld {
  const world = busyWorld()
  const { status, stats } = world.state
  Object.assign(world.state, {
    status: {
      current: {
        ...status.current,
        level: 'empty',
        sentence: { key: 'status.empty' },
        problems: [],
        lastBackupAt: undefined,
        nextRunAt: undefined,
        copiesCurrent: 0,
        copiesTotal: 0,
        days: status.current.days.map((day) => ({ ...day, backups: 0, failures: 0, bytes: 0 })),
      },
    },
    runs: {},
    places: {},
    plans: {},
    syncs: {},
    mirrors: {},
    recent: { backups: [], total: 0 },
    stats: {
      current: {
        ...stats.current,
        total_backups: 0,
        total_size_mb: 0,
        total_size_bytes: 0,
        cloud_synced: 0,
        last_backup: null,
        saved_ratio: 0,
      },
    },
  })
  return { state: world.state, answer: answers(world.state) }
}

function answers(state: DoubleWorld['state']): DoubleWorld['answer'] {
  let lastRun = 1

  function start(
    run: Partial<Run> & Pick<Run, 'kind' | 'label'>,
    ended: Partial<Run>,
    patch: Patch,
  ): Answered {
    const id = `run_${++lastRun}`
    const begun: Run = { ...progress, copies: undefined, planId: undefined, ...run, id, state: 'running' }
    patch('runs', { [id]: begun })
    setTimeout(() => {
      patch('runs', {
        [id]: { ...begun, state: 'done', phase: 'finished', endedAt: iso(Date.now()), ...ended },
      })
    }, 1_200)
    return { output: { runId: id } }
  }

  function matching({
    planId,
    placeId,
    state: how,
    format,
    synced,
    search,
    from,
  }: CallParsed<'backup.days'>): Backup[] {
    const known = state.recent.total === 0 ? [] : backups
    return known.filter(
      (backup) =>
        (!planId || backup.planId === planId) &&
        (!placeId || backup.copies.some((copy) => copy.placeId === placeId)) &&
        (!format || backup.format === format) &&
        (!how ||
          backup.state === how ||
          (how === 'damaged' && backup.copies.some((copy) => copy.state === how))) &&
        (!from || dayOf(backup) === from) &&
        (synced === undefined || (backup.syncStatus === 'synced') === synced) &&
        (!search || JSON.stringify(backup).toLowerCase().includes(search.toLowerCase())),
    )
  }

  const table: { [N in CallName]?: (input: CallParsed<N>, patch: Patch) => Answered | Promise<Answered> } = {
    'app.info': () => ({
      output: {
        name: 'Everstow',
        version: '0.1.0',
        platform: 'linux',
        host: 'headless',
        home: '/home/ada/.local/share/everstow',
        secretStore: 'plain-file',
        locale: 'en-GB',
        can: {
          pickFolder: false,
          openFolder: true,
          startAtLogin: false,
          tray: false,
          serveApi: true,
          showWindow: false,
        },
      },
    }),
    'schedule.list': () => ({
      output: {
        isKept: true,
        jobs: [
          ...Object.values(state.plans).map(({ id, name, nextRunAt, schedule }) => ({
            id,
            planName: name,
            schedule,
            ...(nextRunAt ? { nextRunAt } : {}),
            upcoming: [],
            conditions: [],
            ...(id === 'pl_projects' ? { note: { key: 'whyNot.deaf.limit' } } : {}),
            why: nextRunAt
              ? { key: 'whyNot.notYet', params: { at: nextRunAt } }
              : { key: 'whyNot.wait.unmetered' },
          })),
          ...mirrorJobs(state.mirrors),
          ...[
            { id: 'verify', nextRunAt: '2026-11-21T20:00:00.000Z' },
            { id: 'cleanup', nextRunAt: '2026-11-22T04:00:00.000Z' },
            { id: 'drill', nextRunAt: '2026-11-22T05:00:00.000Z' },
          ].map((job) => ({
            ...job,
            schedule: 'daily@04:00',
            upcoming: [],
            conditions: [],
            why: { key: 'whyNot.notYet', params: { at: job.nextRunAt } },
          })),
        ],
      },
    }),
    'settings.update': (change, patch) => {
      patch('settings', { current: { ...state.settings.current, ...change } })
      patch('api', { current: apiOf(state.settings.current) })
      return { output: state.settings.current }
    },
    'outbox.list': () => ({
      output: { offline: false, items: [], logs: [], spoolBytes: 0, spoolLimitBytes: 20_000_000_000 },
    }),
    'repository.list': () => ({ output: [] }),
    'proof.list': () => ({ output: [] }),
    'source.suggest': () => ({
      output: [
        { path: '/home/ada/Documents', kind: 'documents', ticked: true },
        { path: '/home/ada/Pictures', kind: 'pictures', ticked: true },
        { path: '/home/ada/Desktop', kind: 'desktop', ticked: true },
        { path: '/home/ada/Projects', kind: 'projects', ticked: true },
        { path: '/home/ada/Videos', kind: 'videos', ticked: false },
      ],
    }),
    'source.measure': ({ sources }) => ({
      output: { files: 4_021 * sources.length, bytes: 1_730_000_000 * sources.length, skipped: 0 },
    }),
    'folder.browse': ({ path = '/home/ada' }) => ({
      output: {
        path,
        parent: path.replace(/\/[^/]+$/, '') || '/',
        entries: ['Documents', 'Music', 'Pictures', 'Projects', 'Videos'].map((name) => ({
          name,
          path: `${path}/${name}`,
          kind: 'directory',
          sizeBytes: 0,
        })),
        truncated: false,
      },
    }),
    'place.test': ({ input, id }) =>
      input?.bucket === 'wrong' || id === 'p_r2aaaaaaa1'
        ? {
            output: {
              ok: false,
              durationMs: 210,
              error: { code: 'credentials-refused', data: { status: 403 }, retry: 'never' },
            },
          }
        : {
            output: {
              ok: true,
              durationMs: 184.2,
              capabilities: {
                writes: true,
                reads: true,
                deletes: true,
                conditionalWrites: true,
                versioning: false,
                freeBytes: 612_000_000_000,
                totalBytes: 1_000_000_000_000,
              },
            },
          },
    ...healthAnswers(state),
    ...exploreAnswers(backups),
    ...storageAnswers(state),
    ...unprotectedAnswers(state),
    ...scheduleAnswers(),
    ...databaseAnswers(
      (patch) => (run, ended) => start(run, ended, patch),
      () => state.status.current.level === 'protected',
    ),
    ...restoreAnswers(state, start),
    ...lookAnswers(),
    ...mirrorAnswers(state, (patch) => (run, ended) => start(run, ended, patch)),
    ...syncAnswers(state, (patch) => (run, ended) => start(run, ended, patch)),
    'place.add': ({ secrets, test, ...input }, patch) => {
      const place: Place = {
        ...input,
        id: `p_new${Object.keys(state.places).length}`,
        type: input.type as Place['type'],
        url: input.path ?? `s3://${input.bucket}`,
        secretNames: Object.keys(secrets ?? {}),
        health: { state: test ? 'ok' : 'unknown' },
        copies: 0,
        behind: 0,
        bytes: 0,
      }
      patch('places', { [place.id]: place })
      return { output: place }
    },
    'plan.add': (input, patch) => {
      const plan: Plan = { schedule: 'daily@03:00', ...input, id: `pl_new${Object.keys(state.plans).length}` }
      patch('plans', { [plan.id]: plan })
      return { output: plan }
    },
    'plan.update': ({ id, change }, patch) => {
      const before = state.plans[id]
      if (!before) return { error: { code: 'unknown-plan', data: { name: id }, retry: 'never' } }
      // null takes a rule away.
      const plan = {
        ...before,
        ...change,
        keep: change.keep ?? undefined,
        keepDays: change.keepDays ?? undefined,
        quietHours: change.quietHours ?? undefined,
        staleAfterHours: change.staleAfterHours ?? undefined,
      }
      patch('plans', { [id]: plan })
      return { output: plan }
    },
    'backup.start': ({ plan }, patch) =>
      start({ kind: 'backup', label: state.plans[plan ?? '']?.name ?? 'Files' }, {}, patch),
    'backup.days': (filter) => {
      const days = new Map<string, Backup[]>()
      for (const backup of matching(filter)) {
        const date = dayOf(backup)
        days.set(date, [...(days.get(date) ?? []), backup])
      }
      const output = [...days].toSorted().map(([date, of]) => ({
        date,
        backups: of.length,
        incomplete: of.filter(({ state: how }) => how === 'incomplete').length,
        failed: of.filter(({ state: how }) => how === 'failed' || how === 'interrupted').length,
        damaged: of.filter(({ copies }) => copies.some(({ state: how }) => how === 'damaged')).length,
      }))
      return { output }
    },
    'backup.list': ({ limit, offset, ...filter }) => {
      const found = matching(filter)
      return { output: { backups: found.slice(offset, offset + limit), total: found.length } }
    },
    'backup.get': ({ id }) => {
      const backup = backups.find((each) => each.id === id)
      if (!backup) return { error: { code: 'unknown-backup', data: { id }, retry: 'never' } }
      const skipped = [
        { path: '/home/ada/Projects/atlas/.git/index.lock', reason: 'vanished' },
        { path: '/home/ada/Projects/vault/private.key', reason: 'unreadable', code: 'EACCES' },
      ]
      return { output: { ...backup, skipped: backup.skippedCount > 0 ? skipped : [] } }
    },
    'backup.files': ({ folder, search }) => ({ output: filesOf(folder, search) }),
    'backup.push': (_, patch) => start({ kind: 'push', label: 'all' }, {}, patch),
    'backup.verify': (_, patch) => start({ kind: 'verify', label: 'all' }, {}, patch),
    'backup.cleanup': ({ keepDays = 90, dryRun }, patch) =>
      start(
        { kind: 'cleanup', label: 'old backups' },
        {
          cleanup: {
            dryRun,
            keepDays,
            removed:
              keepDays >= 90
                ? []
                : backups.slice(190).map(({ id, createdAt, sizeBytes }) => ({ id, createdAt, sizeBytes })),
            kept: 190,
            protectedIds: ['backup_000'],
            freedBytes: keepDays >= 90 ? 0 : 17_000_000_000,
            problems: [],
          },
        },
        patch,
      ),
    'catalogue.rebuild': (_, patch) => {
      setTimeout(() => patch('recent', { backups: backups.slice(0, 12), total: 12 }), 900)
      return start({ kind: 'rebuild', label: 'places' }, {}, patch)
    },
    'run.wait': async ({ id }) => {
      while (state.runs[id]?.state === 'running') await new Promise((again) => setTimeout(again, 50))
      return { output: state.runs[id] }
    },
    'run.cancel': ({ id }, patch) => {
      patch('runs', { [id]: { ...state.runs[id], state: 'cancelled', phase: 'finished' } })
      return { output: { cancelled: true } }
    },
    'automation.pause': (_, patch) => {
      patch('status', {
        current: { ...state.status.current, level: 'paused', sentence: { key: 'status.pausedForever' } },
      })
      return { output: state.status.current }
    },
    'env.import': ({ apply }) => ({
      output: {
        places: [
          {
            name: 'AWS S3',
            type: 's3',
            url: 's3://old-bucket',
            secretNames: ['accessKeyId', 'secretAccessKey'],
            existed: false,
          },
        ],
        settings: [{ name: 'autoSync', value: 'true' }],
        ignored: ['PATH'],
        warnings: [{ key: 'env.compressAlways' }],
        applied: apply,
      },
    }),
  }

  return async (name, input, patch) => {
    const answer = table[name]
    if (!answer) throw new Error(`the double has no answer to ${name}`)
    return answer(input, patch)
  }
}

/** Port 8080 belongs to another program. */
function apiOf({ serveApi, apiPort: port }: SliceState<'settings'>['current']): SliceState<'api'>['current'] {
  if (!serveApi) return { state: 'off', port }
  if (port === 8_080)
    return { state: 'failed', port, error: { code: 'port-taken', data: { port }, retry: 'wait' } }
  return { state: 'listening', port, url: `http://127.0.0.1:${port}` }
}

/** The local day of a backup. */
function dayOf({ createdAt }: Backup): string {
  const at = new Date(createdAt)
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')
}

function filesOf(folder: string, search: string | undefined): CallOutput<'backup.files'> {
  const modifiedAt = iso(Date.now() - 40 * DAY)
  const inside = (name: string): string => (folder ? `${folder}/${name}` : name)
  const folders = folder.split('/').length > 2 ? [] : ['Documents', 'Pictures', 'Invoices 2026']
  const names = ['contract signed.pdf', 'Ode to the sea.odt', 'budget.ods', 'notes.md', 'île de Ré.jpg']
  const entries = [
    ...folders.map((name) => ({
      path: inside(name),
      name,
      kind: 'directory' as const,
      sizeBytes: 0,
      mode: 0o755,
      modifiedAt,
    })),
    ...names.map((name, index) => ({
      path: inside(name),
      name,
      kind: 'file' as const,
      sizeBytes: 18_400 * (index + 1) ** 3,
      mode: 0o644,
      modifiedAt,
    })),
  ].filter((entry) => !search || entry.path.toLowerCase().includes(search.toLowerCase()))
  return { entries, total: entries.length }
}
