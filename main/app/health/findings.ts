import type { Finding, Sentence, Verdict } from '../../contract/index.ts'

/** What is known of a plan when somebody judges it. Times are milliseconds since 1970. */
export interface PlanFacts {
  readonly id: string
  readonly name: string
  /** From which age on a copy is too old; undefined where only a person knows. */
  readonly staleAfterMs: number | undefined
  readonly lastRunFailed: boolean
  /** Files that the newest backup could not read; undefined where it is complete or there is none. */
  readonly unreadFiles: number | undefined
  readonly newestBackupId: string | undefined
  /** What the guard says of a change that nobody has accepted yet. */
  readonly unusual?: Sentence | undefined
  readonly places: readonly {
    readonly id: string
    readonly name: string
    /** When the data of the newest good copy was read. */
    readonly provenMs: number | undefined
    /** From when on there could have been one. */
    readonly sinceMs: number
    /** The newest drill from here did not bring back what was backed up. */
    readonly drillFailed: boolean
  }[]
}

/** What is known of a place. */
export interface PlaceFacts {
  readonly id: string
  readonly name: string
  readonly hasRefused: boolean
  readonly damagedCopies: number
  readonly storedBytes: number | undefined
  readonly budgetBytes: number | undefined
}

/** What is known of a cluster under continuous protection, without asking its server. */
export interface DatabaseFacts {
  readonly id: string
  readonly name: string
  /** From when on its server could have handed over its log. */
  readonly sinceMs: number
  readonly hasEverArchived: boolean
  /** Since when every file of its log has been refused. */
  readonly failingSinceMs: number | undefined
  /** Places where files of its log are not what was stored and could not be mended. */
  readonly damaged: readonly { readonly placeId: string; readonly place: string; readonly count: number }[]
}

/** Age of something, never negative: a clock may have been corrected. */
export function ageMs(atMs: number, nowMs: number): number {
  return Math.max(0, nowMs - atMs)
}

/** Whether a plan's copy in a place is too old, or one that should be there is not. */
export function isStale(
  { staleAfterMs }: Pick<PlanFacts, 'staleAfterMs'>,
  { provenMs, sinceMs }: Pick<PlanFacts['places'][number], 'provenMs' | 'sinceMs'>,
  nowMs: number,
): boolean {
  return staleAfterMs !== undefined && ageMs(provenMs ?? sinceMs, nowMs) > staleAfterMs
}

/** What is wrong with a plan. */
export function planFindings(plan: PlanFacts, nowMs: number): Finding[] {
  const { id, name, places } = plan
  const about = { planId: id, isDamage: false } as const
  const stale = places.filter((place) => isStale(plan, place, nowMs))
  const found: Finding[] = []
  const isWhollyStale = stale.length > 0 && stale.length === places.length
  if (places.every(({ provenMs }) => provenMs === undefined))
    found.push({
      ...about,
      id: `never/${id}`,
      kind: 'never',
      level: isWhollyStale ? 'failing' : 'attention',
      ...said('never', { plan: name }),
    })
  else if (isWhollyStale)
    found.push({
      ...about,
      id: `stale/${id}`,
      kind: 'stale',
      level: 'failing',
      ...said('stale', { plan: name, count: daysSince(newestOf(stale), nowMs) }),
    })
  else
    for (const place of stale)
      found.push({
        ...about,
        id: `place-stale/${id}/${place.id}`,
        kind: 'place-stale',
        level: 'attention',
        placeId: place.id,
        ...said('placeStale', {
          plan: name,
          place: place.name,
          count: daysSince(place.provenMs ?? place.sinceMs, nowMs),
        }),
      })
  if (plan.unusual)
    found.push({
      ...about,
      id: `unusual-change/${id}`,
      kind: 'unusual-change',
      level: 'failing',
      sentence: plan.unusual,
      todo: { key: 'reportTodo.unusualChange', params: { plan: name } },
    })
  if (plan.lastRunFailed)
    found.push({
      ...about,
      id: `run-failed/${id}`,
      kind: 'run-failed',
      level: 'failing',
      ...said('runFailed', { plan: name }),
    })
  if (plan.unreadFiles !== undefined)
    found.push({
      ...about,
      id: `incomplete/${id}`,
      kind: 'incomplete',
      level: 'attention',
      ...said('incomplete', { plan: name, count: plan.unreadFiles }),
    })
  for (const place of places)
    if (place.drillFailed)
      found.push({
        ...about,
        id: `drill-failed/${id}/${place.id}`,
        kind: 'drill-failed',
        level: 'failing',
        isDamage: true,
        placeId: place.id,
        ...said('drillFailed', { plan: name, place: place.name }),
      })
  return found
}

/** What is wrong with a place. One that is away is calm: staleness tells when that lasts too long. */
export function placeFindings(place: PlaceFacts): Finding[] {
  const { id, name, damagedCopies, storedBytes, budgetBytes } = place
  const about = { placeId: id, isDamage: false } as const
  const found: Finding[] = []
  if (damagedCopies > 0)
    found.push({
      ...about,
      id: `damage/${id}`,
      kind: 'damage',
      level: 'failing',
      isDamage: true,
      ...said('damage', { place: name, count: damagedCopies }),
    })
  if (place.hasRefused)
    found.push({
      ...about,
      id: `place-failed/${id}`,
      kind: 'place-failed',
      level: 'attention',
      ...said('placeFailed', { place: name }),
    })
  if (storedBytes !== undefined && budgetBytes !== undefined && storedBytes > budgetBytes)
    found.push({
      ...about,
      id: `budget/${id}`,
      kind: 'budget',
      level: 'attention',
      ...said('budget', { place: name, storedBytes, budgetBytes }),
    })
  return found
}

/** A place that is away for a moment is no news: the server keeps its log meanwhile. */
const LOG_PATIENCE_MS = 15 * 60_000
/** So long a person may take to set up the server. */
const SETUP_MS = 86_400_000

/** What is wrong with the log of a database: without it moments since the last base backup are lost with the server. */
export function databaseFindings(
  { id, name, sinceMs, hasEverArchived, failingSinceMs, damaged }: DatabaseFacts,
  nowMs: number,
): Finding[] {
  const rotten = damaged.map(
    ({ placeId, place, count }): Finding => ({
      id: `log-damage/${id}/${placeId}`,
      kind: 'damage',
      level: 'failing',
      isDamage: true,
      placeId,
      ...said('logDamage', { database: name, place, count }),
    }),
  )
  const about = { id: `log-not-archived/${id}`, kind: 'log-not-archived', isDamage: false } as const
  if (failingSinceMs !== undefined && ageMs(failingSinceMs, nowMs) > LOG_PATIENCE_MS) {
    const params = { database: name, sinceAt: new Date(failingSinceMs).toISOString() }
    return [...rotten, { ...about, level: 'failing', ...said('logNotArchived', params) }]
  }
  if (!hasEverArchived && ageMs(sinceMs, nowMs) > SETUP_MS)
    return [...rotten, { ...about, level: 'attention', ...said('logNeverArchived', { database: name }) }]
  return rotten
}

/** That nobody hears of what goes wrong through a channel. */
export function channelFinding(channel: { readonly id: string; readonly name: string }): Finding {
  return {
    id: `channel/${channel.id}`,
    kind: 'channel',
    level: 'attention',
    isDamage: false,
    ...said('channel', { channel: channel.name }),
  }
}

/** The worst of what was found. */
export function verdictOf(findings: readonly Pick<Finding, 'level'>[]): Verdict {
  if (findings.some(({ level }) => level === 'failing')) return 'failing'
  return findings.length > 0 ? 'attention' : 'healthy'
}

/** Worst first: damage, then what fails, then what wants a look; otherwise as found. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  const rank = ({ isDamage, level }: Finding) => (isDamage ? 0 : level === 'failing' ? 1 : 2)
  return findings.toSorted((a, b) => rank(a) - rank(b))
}

/** A plan that was made just now has no backup yet, which is no news to who made it. */
export function isNews({ kind, level }: Finding): boolean {
  return kind !== 'never' || level === 'failing'
}

/** When the newest of these copies was made. If one was never there, from when on it could have been. */
function newestOf(places: PlanFacts['places']): number {
  return Math.max(...places.map(({ provenMs, sinceMs }) => provenMs ?? sinceMs))
}

const DAY_MS = 86_400_000
const daysSince = (atMs: number, nowMs: number): number => Math.floor(ageMs(atMs, nowMs) / DAY_MS)

function said(key: string, params: NonNullable<Sentence['params']>): Pick<Finding, 'sentence' | 'todo'> {
  return { sentence: { key: `report.${key}`, params }, todo: { key: `reportTodo.${key}`, params } }
}
