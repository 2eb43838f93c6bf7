import type { AuditRecord } from '../../../contract/index.ts'
import type { Say } from './say.ts'

/** Who did what, as the window says it. */
export function actSentence(say: Say, { actor, action, outcome }: AuditRecord): string {
  const who = say.any(`activity.who.${actor.kind}`, { name: actor.name })
  const did = sentence(say, `did.${action.replace('.', '-')}`, { who })
  if (did === undefined) return say.any('activity.asked', { who, action })
  if (outcome === 'done') return did
  const act = say.any(`activity.do.${action.replace('.', '-')}`)
  return say.any(outcome === 'started' ? 'activity.began' : 'activity.tried', { who, act })
}

/** A text that may not be there: one without words is its key. */
function sentence(say: Say, name: string, params: Readonly<Record<string, string>>): string | undefined {
  const key = `activity.${name}`
  const text = say.any(key, params)
  return text === key ? undefined : text
}
