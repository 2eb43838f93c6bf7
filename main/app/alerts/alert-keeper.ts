import type { Finding, Settings } from '../../contract/index.ts'
import type { Configuration } from '../../engine/engine.ts'
import { asEverstowError } from '../../engine/model/errors.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'
import type { AppContext } from '../app-context.ts'
import { noteSent } from '../channels/channel-state.ts'
import { channelsOf, type KeptChannel } from '../channels/channels.ts'
import { healthReport } from '../health/health-report.ts'
import { type IncidentNews, reconcile } from '../health/incidents.ts'
import { sampleNowAndThen } from '../health/sample-now-and-then.ts'
import { AlertMessage, digestOf } from './messages.ts'
import { messagesFor, pingsFor, retryMs, sortQueue } from './queue.ts'
import { sendAlert, textsOf } from './send-alert.ts'

/** Looks after alerts while the application runs. */
export interface AlertKeeper {
  /** Called again and again by the one process that starts what is due; ends once what is due now has gone out or not. */
  look(): Promise<void>
  /** Ends what is being sent; it is sent again later. */
  stop(): Promise<void>
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS
/** Looking costs some milliseconds; nothing that it finds is more urgent than this. */
const JUDGE_APART_MS = MINUTE_MS
/** A place that is away is asked how much lies there so often at most. */
const SAMPLE_APART_MS = HOUR_MS
/** Closed incidents are kept so long. */
const KEPT_MS = 90 * DAY_MS

/** Up to which entry of the history watchers outside were told. */
const HEARD_FACT = 'alerts/heard'
const DIGEST_FACT = 'alerts/digest'

/** What the notice of a run has told already when it opens (`notices.ts`). */
const TOLD_BY_RUNS: readonly Finding['kind'][] = ['run-failed', 'incomplete', 'damage', 'place-failed']

/** Makes the keeper of an application's alerts. */
export function createAlertKeeper(app: AppContext): AlertKeeper {
  const { engine } = app
  const { clock, random } = engine.env
  const log = engine.env.log.area('alerts')
  const ended = new AbortController()
  let looking: Promise<void> | undefined
  let sampling: Promise<void> | undefined
  let judgedMs: number | undefined
  let sampledMs: number | undefined

  async function lookOnce(): Promise<void> {
    try {
      const configuration = await engine.configuration.read()
      const now = clock.now()
      const hasEnded = engine.history.lastId() !== heardUntil()
      if (judgedMs === undefined || hasEnded || Math.abs(now - judgedMs) >= JUDGE_APART_MS) {
        judgedMs = now
        await judge(configuration, await app.settings())
      }
      await sendDue(configuration)
    } catch (error) {
      log.error('looking after alerts failed', { error })
    }
  }

  /** Keeps the book of incidents, and queues what is to be told of them. */
  async function judge(configuration: Configuration, settings: Settings): Promise<void> {
    const now = clock.now()
    const channels = channelsOf(configuration)
    const report = healthReport(engine, configuration)
    const { news, ...book } = reconcile(
      report.findings,
      engine.alerts.open(),
      engine.alerts.closed(now - DAY_MS),
      now,
    )
    const heard = engine.history.lastId()
    const before = heardUntil()
    const digest = digestDue(settings, now)
    const messages: AlertMessage[] = news.map(({ openedMs, ...one }) => ({
      kind: 'incident',
      ...one,
      openedAt: new Date(openedMs).toISOString(),
    }))
    if (digest.isDue) messages.push(digestOf(report))
    const send = [
      ...messages.flatMap((message) => messagesFor(channels, message, now, random)),
      ...(before === undefined ? [] : pingsFor(channels, engine.history.after(before), now, random)),
    ]
    const facts = [
      ...(heard === before ? [] : [{ name: HEARD_FACT, value: String(heard) }]),
      ...(digest.since === undefined ? [] : [{ name: DIGEST_FACT, value: String(digest.since) }]),
    ]
    const isChange = [book.open, book.update, book.close, send, facts].some((list) => list.length > 0)
    if (!isChange) return
    engine.alerts.change({ ...book, send, facts })
    engine.alerts.forget(now - KEPT_MS)
    for (const one of news) await tellDesktop(one)
    app.changed()
  }

  /** Undefined before anything was heard: what was before is no news. */
  function heardUntil(): number | undefined {
    const kept = engine.facts.get(HEARD_FACT)
    // A catalogue that was made anew counts from the beginning.
    return kept === undefined ? undefined : Math.min(Number(kept), engine.history.lastId())
  }

  /** Once a week, from when it was asked for. A clock that was wrong begins a new week. */
  function digestDue({ weeklyDigest }: Settings, now: number): { isDue: boolean; since?: number } {
    const since = Number(engine.facts.get(DIGEST_FACT) ?? Number.NaN)
    if (!weeklyDigest) return { isDue: false, ...(Number.isFinite(since) && since !== 0 ? { since: 0 } : {}) }
    if (!(since > 0) || since > now) return { isDue: false, since: now }
    return now - since >= WEEK_MS ? { isDue: true, since: now } : { isDue: false }
  }

  async function tellDesktop({ event, finding }: IncidentNews): Promise<void> {
    if (event === 'opened' && TOLD_BY_RUNS.includes(finding.kind)) return
    if (event === 'solved') {
      const what = (await textsOf(app)).sentence(finding.sentence)
      app.emit('notice', { level: 'success', sentence: { key: 'notices.solved', params: { what } } })
    } else
      app.emit('notice', {
        level: finding.level === 'failing' ? 'failed' : 'attention',
        sentence: finding.sentence,
      })
  }

  async function sendDue(configuration: Configuration): Promise<void> {
    const channels = channelsOf(configuration)
    const { due, stale } = sortQueue(engine.alerts.waiting(), channels, clock.now())
    if (stale.length > 0) engine.alerts.drop(stale)
    if (due.length === 0) return
    const texts = await textsOf(app)
    await Promise.all(channels.map((channel) => sendTo(channel)))
    app.changed()

    /** One after the other; where one fails, the rest would too, and waits with it. */
    async function sendTo(channel: KeptChannel): Promise<void> {
      for (const row of due.filter(({ channelId }) => channelId === channel.id)) {
        if (ended.signal.aborted) return
        try {
          const message = AlertMessage.parse(JSON.parse(row.message))
          await sendAlert(engine, channel, texts, { ...row, message }, ended.signal)
          engine.alerts.drop([row.id])
          noteSent(engine, channel.id)
          log.info('alert sent', { channel: channel.name, subject: row.subject })
        } catch (caught) {
          const error = asEverstowError(caught)
          if (error.code === 'cancelled') return
          const attempts = row.attempts + 1
          engine.alerts.retry(row.id, attempts, retryMs(attempts, clock.now()))
          noteSent(engine, channel.id, storedErrorOf(error))
          log.warn('alert not sent', { channel: channel.name, attempts, error })
          return
        }
      }
    }
  }

  async function sample(): Promise<void> {
    try {
      const { destinations } = await engine.configuration.read()
      const ids = destinations.map(({ id }) => id)
      await sampleNowAndThen(app, ids, ended.signal)
    } catch (error) {
      log.warn('storage not measured', { error })
    }
  }

  return {
    async look() {
      if (ended.signal.aborted) return
      looking ??= lookOnce().finally(() => {
        looking = undefined
      })
      const now = clock.now()
      if (sampledMs === undefined || Math.abs(now - sampledMs) >= SAMPLE_APART_MS) {
        sampledMs = now
        // A place that takes its time keeps no message waiting.
        sampling ??= sample().finally(() => {
          sampling = undefined
        })
      }
      await Promise.all([looking, sampling])
    },
    async stop() {
      ended.abort()
      await Promise.all([looking, sampling])
    },
  }
}
