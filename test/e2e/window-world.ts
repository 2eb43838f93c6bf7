import type { Run, SliceName } from '../../main/contract/index.ts'
import { answers } from './window-answers.ts'
import type { DoubleWorld } from './window-double-world.ts'
import { backups, DAY, iso, places, plans, progress, settings } from './window-items.ts'
import { busySyncs, calmSyncs } from './window-sync-world.ts'

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
