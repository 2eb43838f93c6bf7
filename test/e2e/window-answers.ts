import type {
  Backup,
  CallName,
  CallOutput,
  CallParsed,
  Place,
  Plan,
  Run,
  SliceState,
} from '../../main/contract/index.ts'
import { databaseAnswers } from './window-databases-world.ts'
import type { Answered, DoubleWorld, Patch } from './window-double-world.ts'
import { exploreAnswers } from './window-explore-world.ts'
import { healthAnswers } from './window-health-world.ts'
import { backups, DAY, iso, progress } from './window-items.ts'
import { lookAnswers } from './window-look-world.ts'
import { mirrorAnswers, mirrorJobs } from './window-mirrors-world.ts'
import { restoreAnswers } from './window-restore-world.ts'
import { scheduleAnswers } from './window-schedule-world.ts'
import { storageAnswers } from './window-storage-world.ts'
import { syncAnswers } from './window-sync-world.ts'
import { unprotectedAnswers } from './window-unprotected-world.ts'

/** What the double says to each call, going by what it knows. */
export function answers(state: DoubleWorld['state']): DoubleWorld['answer'] {
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
