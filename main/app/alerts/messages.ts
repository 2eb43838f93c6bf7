import { z } from 'zod'
import { Finding, type HealthReport, Sentence, Verdict } from '../../contract/index.ts'
import type { Texts } from '../text.ts'

/** What is sent, as it waits to be sent. */
export const AlertMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('incident'),
    event: z.enum(['opened', 'reminder', 'solved']),
    finding: Finding,
    openedAt: z.string(),
  }),
  z.object({
    kind: z.literal('digest'),
    verdict: Verdict,
    sentence: Sentence,
    plans: z.array(z.object({ name: z.string(), done: z.number(), failed: z.number() })),
  }),
  z.object({ kind: z.literal('ping'), outcome: z.enum(['success', 'failure']) }),
  z.object({ kind: z.literal('test') }),
])
export type AlertMessage = z.infer<typeof AlertMessage>

/** A message in words: one line, and what to do. */
export interface MessageText {
  readonly title: string
  readonly lines: readonly string[]
}

/** How the last seven days went. */
export function digestOf({ verdict, sentence, plans }: HealthReport): AlertMessage {
  return {
    kind: 'digest',
    verdict,
    sentence,
    plans: plans.map(({ planName, week }) => ({
      name: planName,
      done: week.done + week.incomplete,
      failed: week.failed,
    })),
  }
}

/** Puts a message into words. */
export function messageText(message: AlertMessage, texts: Texts): MessageText {
  const { text, sentence } = texts
  switch (message.kind) {
    case 'incident': {
      const what = sentence(message.finding.sentence)
      if (message.event === 'solved') return { title: text('alerts.solved', { what }), lines: [] }
      const since = text('alerts.since', { openedAt: message.openedAt })
      const todo = sentence(message.finding.todo)
      return message.event === 'opened'
        ? { title: what, lines: [todo] }
        : { title: text('alerts.still', { what }), lines: [since, todo] }
    }
    case 'digest':
      return {
        title: text('alerts.digest', { what: sentence(message.sentence) }),
        lines: message.plans.map(({ name, done, failed }) =>
          text('alerts.digestPlan', { plan: name, done, failed }),
        ),
      }
    case 'ping':
      return { title: text(`alerts.ping.${message.outcome}`), lines: [] }
    case 'test':
      return { title: text('alerts.test'), lines: [text('alerts.testBody')] }
  }
}

/** The word for a message in programs: `incident.opened`, `digest`, `test` … */
export function eventName(message: AlertMessage): string {
  return message.kind === 'incident' ? `incident.${message.event}` : message.kind
}
