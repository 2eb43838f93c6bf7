import { Finding, type Incident } from '../../contract/index.ts'
import type { IncidentRow } from '../../engine/engine.ts'
import { isoTime } from '../wire/backup-view.ts'
import { isNews } from './findings.ts'

/** Something to be told of an incident. */
export interface IncidentNews {
  readonly event: 'opened' | 'reminder' | 'solved'
  readonly finding: Finding
  readonly openedMs: number
}

/** What the book of incidents becomes, and what is told. */
export interface Reconciled {
  readonly open: readonly { finding: string; detail: string; openedMs: number; told: number }[]
  readonly update: readonly { id: number; detail: string; told: number }[]
  readonly close: readonly { id: number; closedMs: number }[]
  readonly news: readonly IncidentNews[]
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Told again after so many days; later once a week. */
const REMINDER_DAYS = [1, 3, 7]
const WEEK_DAYS = 7
/** What was solved so recently and is back is told only if it stays for an hour. */
const BACK_SOON_MS = 6 * HOUR_MS
const STAYS_MS = HOUR_MS

/**
 * Compares what is wrong now with the incidents that are open. Each is told once when it opens, again after one, three and seven days and then weekly, and when
 * it is gone. What was missed while nobody looked is one message.
 */
export function reconcile(
  findings: readonly Finding[],
  open: readonly IncidentRow[],
  closed: readonly IncidentRow[],
  nowMs: number,
): Reconciled {
  const wrong = new Map(findings.filter(isNews).map((finding) => [finding.id, finding]))
  const result = {
    open: [] as { finding: string; detail: string; openedMs: number; told: number }[],
    update: [] as { id: number; detail: string; told: number }[],
    close: [] as { id: number; closedMs: number }[],
    news: [] as IncidentNews[],
  }
  for (const row of open) {
    const finding = wrong.get(row.finding)
    wrong.delete(row.finding)
    if (finding) {
      const told = toldBy(row, nowMs)
      const detail = JSON.stringify(finding)
      if (told > row.told)
        result.news.push({ event: row.told === 0 ? 'opened' : 'reminder', finding, openedMs: row.openedMs })
      if (told > row.told || detail !== row.detail) result.update.push({ id: row.id, detail, told })
      continue
    }
    result.close.push({ id: row.id, closedMs: nowMs })
    const was = findingOf(row)
    if (row.told > 0 && was) result.news.push({ event: 'solved', finding: was, openedMs: row.openedMs })
  }
  for (const finding of wrong.values()) {
    const isBack = closed.some(
      (row) => row.finding === finding.id && Math.abs(nowMs - (row.closedMs ?? nowMs)) < BACK_SOON_MS,
    )
    result.open.push({
      finding: finding.id,
      detail: JSON.stringify(finding),
      openedMs: nowMs,
      told: isBack ? 0 : 1,
    })
    if (!isBack) result.news.push({ event: 'opened', finding, openedMs: nowMs })
  }
  return result
}

/** How often somebody should have been told by now. */
function toldBy({ openedMs, told }: IncidentRow, nowMs: number): number {
  // A clock that was set back makes nothing older.
  const age = Math.max(0, nowMs - openedMs)
  if (told === 0) return age >= STAYS_MS ? Math.max(1, reminders(age) + 1) : 0
  return Math.max(told, reminders(age) + 1)
}

function reminders(age: number): number {
  const days = age / DAY_MS
  const weekly = Math.max(0, Math.floor((days - REMINDER_DAYS.at(-1)!) / WEEK_DAYS))
  return REMINDER_DAYS.filter((each) => days >= each).length + weekly
}

/** What an incident was about; undefined where another version kept it in other words. */
function findingOf({ detail }: IncidentRow): Finding | undefined {
  try {
    return Finding.parse(JSON.parse(detail))
  } catch {
    return undefined
  }
}

/** An incident as clients see it. */
export function incidentView(row: IncidentRow): Incident | undefined {
  const finding = findingOf(row)
  return (
    finding && {
      finding,
      openedAt: isoTime(row.openedMs),
      ...(row.closedMs === undefined ? {} : { closedAt: isoTime(row.closedMs) }),
    }
  )
}
