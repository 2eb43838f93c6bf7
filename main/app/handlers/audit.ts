import type { AppContext } from '../app-context.ts'
import { endOf, startOf } from '../day-or-time.ts'
import type { Handlers } from '../server/contract-server.ts'

/** Calls about the audit log. */
export function auditHandlers({ engine: { audit } }: AppContext) {
  return {
    'audit.list': async ({ limit, from, to }) => {
      const entries = await audit.read({
        limit,
        ...(from === undefined ? {} : { fromMs: startOf(from, 'from') }),
        ...(to === undefined ? {} : { toMs: endOf(to, 'to') }),
      })
      return { entries: entries.map(({ previous: _, ...entry }) => entry) }
    },

    'audit.verify': async ({ known }) => {
      const verdict = await audit.verify(known)
      return { ok: verdict.problem === undefined, ...verdict }
    },

    'audit.lines': async ({ skip, limit }) => {
      const lines: string[] = []
      let at = 0
      for await (const line of audit.lines()) {
        if (at++ < skip) continue
        lines.push(line)
        if (lines.length === limit) break
      }
      return { lines }
    },
  } satisfies Partial<Handlers>
}
