import type {
  Channel,
  Finding,
  GuardAlarm,
  HealthReport,
  PlaceHealth,
  PlanHealth,
} from '../../main/contract/index.ts'
import type { DoubleWorld } from './window-double-world.ts'

const DAY = 86_400_000
const iso = (ms: number): string => new Date(ms).toISOString()
const dayAgo = (days: number): string => iso(Date.now() - days * DAY).slice(0, 10)

const rates = (days: number, done: number, incomplete: number, failed: number) => ({
  days,
  runs: done + incomplete + failed,
  done,
  incomplete,
  failed,
  successRate: (done + incomplete) / (done + incomplete + failed),
})

const stale: Finding = {
  id: 'place-stale/pl_documents/p_r2aaaaaaa1',
  kind: 'place-stale',
  level: 'attention',
  isDamage: false,
  sentence: {
    key: 'report.placeStale',
    params: { plan: 'Documents and pictures', place: 'Cloudflare R2', count: 9 },
  },
  todo: { key: 'reportTodo.placeStale', params: { plan: 'Documents and pictures', place: 'Cloudflare R2' } },
  planId: 'pl_documents',
  placeId: 'p_r2aaaaaaa1',
}
const failed: Finding = {
  id: 'run-failed/pl_projects',
  kind: 'run-failed',
  level: 'failing',
  isDamage: false,
  sentence: { key: 'report.runFailed', params: { plan: 'Projects' } },
  todo: { key: 'reportTodo.runFailed', params: { plan: 'Projects' } },
  planId: 'pl_projects',
}

/** What the double says of the health of its world, and of its alert channels. */
export function healthAnswers(state: DoubleWorld['state']) {
  let channels: Channel[] = [
    {
      id: 'alert_1',
      type: 'email',
      name: 'Ada',
      address: 'ada@example.org',
      hasSecret: true,
      state: 'ok',
      lastSentAt: iso(Date.now() - 2 * DAY),
      waiting: 0,
    },
    {
      id: 'alert_2',
      type: 'webhook',
      name: 'Team room',
      address: 'https://hooks.example.org',
      hasSecret: true,
      state: 'failing',
      failingSince: iso(Date.now() - DAY),
      error: { code: 'alert-refused', data: { place: 'hooks.example.org', status: 404 }, retry: 'never' },
      waiting: 3,
    },
  ]
  return {
    'health.report': () => ({ output: reportOf(state) }),
    'alert.list': () => ({ output: channels }),
    'alert.add': (input: { type: Channel['type']; name: string }) => {
      const channel: Channel = {
        id: `alert_${channels.length + 1}`,
        type: input.type,
        name: input.name,
        address: 'https://new.example.org',
        hasSecret: false,
        state: 'unused',
        waiting: 0,
      }
      channels = [...channels, channel]
      return { output: channel }
    },
    'alert.remove': ({ id }: { id: string }) => {
      channels = channels.filter((channel) => channel.id !== id)
      return { output: { removed: true } }
    },
    'alert.test': ({ id }: { id: string }) => ({ output: { ok: id !== 'alert_2', durationMs: 120 } }),
  }
}

function reportOf(state: DoubleWorld['state']): HealthReport {
  const plans = Object.values(state.plans)
  const places = Object.values(state.places)
  const isCalm = state.status.current.level === 'protected'
  const findings = plans.length === 0 || isCalm ? [] : [failed, stale]
  return {
    at: iso(Date.now()),
    verdict: plans.length === 0 ? 'attention' : isCalm ? 'healthy' : 'failing',
    hasDamage: false,
    sentence: findings[0]?.sentence ?? { key: 'report.healthy', params: { count: plans.length } },
    findings,
    plans: plans.map((plan, at) => planHealth(state, plan.id, plan.name, at, plan.placeIds)),
    places: places.map((place, at) => placeHealth(place.id, place.name, place.type, place.bytes, at)),
    incidents: isCalm
      ? []
      : [
          { finding: stale, openedAt: iso(Date.now() - 2 * DAY) },
          { finding: failed, openedAt: iso(Date.now() - 4 * DAY), closedAt: iso(Date.now() - 3 * DAY) },
        ],
  }
}

function planHealth(
  state: DoubleWorld['state'],
  planId: string,
  planName: string,
  at: number,
  placeIds: readonly string[],
): PlanHealth {
  return {
    planId,
    planName,
    verdict: at === 0 ? 'attention' : 'failing',
    week: at === 0 ? rates(7, 7, 0, 0) : rates(7, 5, 1, 1),
    month: at === 0 ? rates(30, 29, 1, 0) : rates(30, 26, 1, 3),
    durationMedianMs: 184_000,
    durationP95Ms: 612_000,
    newest: {
      backupId: 'backup_000',
      at: iso(Date.now() - 700_000),
      sourceBytes: 48_200_000_000,
      newBytes: 312_000_000,
      storedBytes: 201_000_000,
    },
    dedupSaved: at === 0 ? 0.97 : 0,
    compressionSaved: 0.36,
    staleAfterMs: at === 0 ? 2 * DAY : null,
    places: placeIds.map((placeId, number) => ({
      placeId,
      placeName: state.places[placeId]?.name ?? placeId,
      ...(number === 2 ? {} : { provenAt: iso(Date.now() - 700_000 - number * DAY) }),
      isStale: number === 2,
      recovery:
        number === 0
          ? {
              state: 'known',
              durationMs: 1_140_000,
              bytes: 48_200_000_000,
              bytesPerSecond: 42_300_000,
              basis: 'drill',
              measuredAt: iso(Date.now() - 3 * DAY),
              measuredBytes: 61_000_000,
            }
          : { state: 'unknown', reason: number === 1 ? 'never-tried' : 'no-backup' },
    })),
    days: Array.from({ length: 30 }, (_, day) => ({
      date: dayAgo(29 - day),
      done: at === 1 && day % 11 === 4 ? 0 : 1,
      incomplete: day === 17 ? 1 : 0,
      failed: at === 1 && day % 11 === 4 && day !== 4 ? 1 : 0,
    })),
  }
}

function placeHealth(
  placeId: string,
  placeName: string,
  type: PlaceHealth['type'],
  bytes: number,
  at: number,
): PlaceHealth {
  return {
    placeId,
    placeName,
    type,
    verdict: at === 2 ? 'attention' : 'healthy',
    stored: { bytes, at: iso(Date.now() - 3_600_000) },
    trend:
      at === 2
        ? []
        : Array.from({ length: 60 }, (_, day) => ({
            date: dayAgo(59 - day),
            bytes: Math.round(bytes * (0.7 + (0.3 * day) / 59)),
          })),
    requests: {
      month: '2026-11',
      read: 1_204,
      write: 3_310,
      list: 88,
      delete: 12,
      readBytes: 4_000_000,
      writeBytes: 900_000_000,
    },
    cost:
      type === 'local'
        ? { state: 'free' }
        : at === 2
          ? { state: 'unknown' }
          : {
              state: 'estimated',
              currency: 'USD',
              monthToDate: 5.012,
              forecast: 7.43,
              priceDate: '2025-06-01',
              priceSource: 'https://aws.amazon.com/s3/pricing/ (Paris)',
              isOwn: false,
            },
  }
}

const sentence = {
  key: 'report.unusualMinutes',
  params: { plan: 'Work', touched: 812, files: 900, count: 4 },
}

/** A world in which a change waits for somebody to look. */
export function withUnusualChange(world: DoubleWorld): DoubleWorld {
  const { current } = world.state.status
  const problem = { id: 'unusual-change/pl_work', level: 'failed' as const, sentence, backupId: 'backup_002' }
  world.state.status = { current: { ...current, problems: [problem, ...current.problems] } }
  const alarm: GuardAlarm = {
    planId: 'pl_work',
    planName: 'Work',
    backupId: 'backup_002',
    goodBackupId: 'backup_004',
    since: iso(Date.now()),
    signals: ['churn', 'entropy'],
    touchedFiles: 812,
    files: 900,
    isPinned: true,
    sentence,
  }
  return {
    ...world,
    answer: async (name, input, patch) => {
      if (name === 'guard.list') return { output: [alarm] }
      if (name === 'guard.accept')
        return { output: { planId: alarm.planId, planName: alarm.planName, backupId: alarm.backupId } }
      return world.answer(name, input, patch)
    },
  }
}
