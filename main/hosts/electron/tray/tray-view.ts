import type { Plan, Run, ShownPage, Status, StatusLevel, SyncedFolder } from '../../../contract/index.ts'
import type { Words } from '../words.ts'
import type { TaskbarView } from './taskbar.ts'

/** A page of the window. */
export type Page = ShownPage

/** What the icon says; each has a shape and a colour of its own in `assets/icons/tray`. */
export type TrayIcon = 'protected' | 'working' | 'paused' | 'waiting' | 'attention' | 'failed' | 'hold'

export type TrayAction =
  | { readonly do: 'cancel'; readonly runId: string }
  | { readonly do: 'back-up'; readonly planId: string }
  | { readonly do: 'sync' }
  | { readonly do: 'pause'; readonly until: 'hour' | 'tomorrow' | 'resumed' }
  | { readonly do: 'resume' }
  | { readonly do: 'show'; readonly page?: Page }
  | { readonly do: 'quit' }

export type TrayLine =
  | { readonly kind: 'separator' }
  | { readonly kind: 'text'; readonly label: string }
  | { readonly kind: 'action'; readonly label: string; readonly action: TrayAction }
  | { readonly kind: 'submenu'; readonly label: string; readonly lines: readonly TrayLine[] }

export interface TrayView {
  readonly icon: TrayIcon
  readonly tooltip: string
  readonly lines: readonly TrayLine[]
}

/** What of the contract's state the tray and the taskbar show. */
export interface ShownState {
  readonly status: Status
  readonly runs: readonly Run[]
  readonly plans: readonly Plan[]
  readonly syncs: readonly SyncedFolder[]
}

/** Nothing set up yet is calm: there is nothing wrong, only something to come. */
const ICONS: Readonly<Record<StatusLevel, TrayIcon>> = {
  empty: 'waiting',
  protected: 'protected',
  working: 'working',
  paused: 'paused',
  waiting: 'waiting',
  attention: 'attention',
  failed: 'failed',
}

/** What the tray shows: a pure function of the contract's state. The menu has ten lines at most. */
export function trayView(state: ShownState, words: Words): TrayView {
  const { status } = state
  const running = runningOf(state)
  const held = heldBy(status)
  const verdict = words.sentence((held ?? status).sentence)
  return {
    icon: held ? 'hold' : ICONS[status.level],
    tooltip: held ? verdict : tooltip(status, words),
    lines: withinTen([
      { kind: 'text', label: verdict },
      ...progressLines(running, words),
      { kind: 'separator' },
      ...backUpLines(state.plans, words),
      ...syncLines(state.syncs, words),
      ...pauseLines(status, state.plans.length + state.syncs.length > 0, words),
      action(words.text('tray.restore'), { do: 'show', page: 'restore' }),
      ...conflictLines(state, words),
      ...problemLines(status, words),
      action(words.text('tray.open'), { do: 'show' }),
      action(words.text('tray.quit'), { do: 'quit' }),
    ]),
  }
}

/** What the dock or the taskbar shows of the same state. */
export function taskbarView(state: ShownState, words: Words): TaskbarView {
  const waiting = conflictsOf(state) + problemsOf(state.status).length
  return {
    waiting,
    waitingText: words.text('tray.waiting', { count: waiting }),
    progress: progressOfAll(runningOf(state)),
  }
}

function runningOf({ runs }: ShownState): readonly Run[] {
  return runs.filter((run) => run.state === 'running')
}

/** The problem for which the guard holds back clean-up and sync, if it does: nothing is worse. */
function heldBy(status: Status): Status['problems'][number] | undefined {
  return status.problems.find(({ id }) => id.startsWith('unusual-change/'))
}

/** What needs a person; conflicts are counted by themselves, and what is only good to know is no problem. */
function problemsOf(status: Status): Status['problems'] {
  return status.problems.filter(
    ({ id, level }) => (level === 'attention' || level === 'failed') && !id.startsWith('sync-conflicts/'),
  )
}

function conflictsOf({ syncs }: ShownState): number {
  return syncs.reduce((sum, { conflicts }) => sum + conflicts, 0)
}

/** All running work as one bar. */
function progressOfAll(running: readonly Run[]): TaskbarView['progress'] {
  if (running.length === 0) return 'none'
  if (running.some(({ bytesTotal }) => !bytesTotal)) return 'unknown'
  const total = running.reduce((sum, { bytesTotal = 0 }) => sum + bytesTotal, 0)
  return running.reduce((sum, { bytes }) => sum + bytes, 0) / total
}

const MOST_LINES = 10

/** Of too many the separator goes first, then the verdict: while something is at work, the line below it says as much. */
function withinTen(lines: readonly TrayLine[]): readonly TrayLine[] {
  if (lines.length <= MOST_LINES) return lines
  const joined = lines.filter(({ kind }) => kind !== 'separator')
  return joined.slice(Math.max(0, joined.length - MOST_LINES))
}

/** "Backed up 12 min ago · next 18:00 · 3 of 3 copies"; a problem or a wait goes first, because the worst wins. */
function tooltip(status: Status, words: Words): string {
  const facts = [
    status.lastBackupAt
      ? words.text('tray.backedUp', { ago: words.ago(status.lastBackupAt) })
      : words.text('tray.neverBackedUp'),
    status.nextRunAt && words.text('tray.next', { time: words.time(status.nextRunAt) }),
    status.copiesTotal > 0 &&
      words.text('tray.copies', { current: status.copiesCurrent, count: status.copiesTotal }),
  ].filter((fact) => typeof fact === 'string' && fact !== '')
  const calm = status.level === 'protected' || status.level === 'empty'
  return calm ? facts.join(' · ') : words.sentence(status.sentence)
}

function progressLines(running: readonly Run[], words: Words): TrayLine[] {
  const [first] = running
  if (!first) return []
  const one = progressOf(first, words)
  const label =
    running.length === 1 ? one : words.text('tray.progressMore', { first: one, count: running.length - 1 })
  return [
    { kind: 'text', label },
    action(words.text('tray.stop', { label: first.label }), { do: 'cancel', runId: first.id }),
  ]
}

function progressOf(run: Run, words: Words): string {
  if (!run.bytesTotal) return words.text('tray.progressStarting', { label: run.label })
  const percent = words.percent(run.bytes / run.bytesTotal)
  return run.secondsLeft === undefined
    ? words.text('tray.progress', { label: run.label, percent })
    : words.text('tray.progressLeft', { label: run.label, percent, left: words.duration(run.secondsLeft) })
}

function backUpLines(plans: readonly Plan[], words: Words): TrayLine[] {
  if (plans.length === 0) return []
  const lines = plans.map((plan) => action(plan.name, { do: 'back-up', planId: plan.id }))
  return [{ kind: 'submenu', label: words.text('tray.backUpNow'), lines }]
}

function syncLines(syncs: readonly SyncedFolder[], words: Words): TrayLine[] {
  return syncs.length === 0 ? [] : [action(words.text('tray.syncNow'), { do: 'sync' })]
}

function conflictLines(state: ShownState, words: Words): TrayLine[] {
  const count = conflictsOf(state)
  return count === 0
    ? []
    : [action(words.text('tray.conflicts', { count }), { do: 'show', page: 'conflicts' })]
}

function pauseLines(status: Status, isAnythingSetUp: boolean, words: Words): TrayLine[] {
  // A pause can be overshadowed by something worse; the way back is offered as long as it lasts.
  if (status.level === 'paused' || status.pausedUntil !== undefined)
    return [action(words.text('tray.resume'), { do: 'resume' })]
  if (!isAnythingSetUp) return []
  const lines = [
    action(words.text('tray.pauseHour'), { do: 'pause', until: 'hour' }),
    action(words.text('tray.pauseTomorrow'), { do: 'pause', until: 'tomorrow' }),
    action(words.text('tray.pauseForever'), { do: 'pause', until: 'resumed' }),
  ]
  return [{ kind: 'submenu', label: words.text('tray.pause'), lines }]
}

function problemLines(status: Status, words: Words): TrayLine[] {
  const count = problemsOf(status).length
  return count === 0 ? [] : [action(words.text('tray.problems', { count }), { do: 'show', page: 'problems' })]
}

function action(label: string, what: TrayAction): TrayLine {
  return { kind: 'action', label, action: what }
}

/** When a pause ends: ISO time, or undefined for "until I resume". By "tomorrow" people mean the morning, eight o'clock here. */
export function pauseEnd(until: 'hour' | 'tomorrow' | 'resumed', nowMs: number): string | undefined {
  if (until === 'resumed') return undefined
  if (until === 'hour') return new Date(nowMs + 3_600_000).toISOString()
  const morning = new Date(nowMs)
  morning.setDate(morning.getDate() + 1)
  morning.setHours(8, 0, 0, 0)
  return morning.toISOString()
}
