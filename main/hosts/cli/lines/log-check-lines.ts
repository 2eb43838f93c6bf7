import type { LogCheck } from '../../../contract/index.ts'
import type { Explain } from '../explain.ts'
import type { Paint } from '../output/paint.ts'
import type { Say } from '../output/say.ts'
import { safeText } from '../output/terminal-text.ts'
import { isLogSound } from '../records/log-check-record.ts'
import { shortly } from './check-lines.ts'

/** What was found in the log of a database at one place. */
export function logCheckLines(found: LogCheck, say: Say, paint: Paint, explain: Explain): string[] {
  const { files, bytes, damaged, healed, lost, error } = found
  const about = { place: found.placeName, database: found.databaseName }
  const unread = error ? [paint('warn', `  ${safeText(explain(error, about.place).message)}`)] : []
  const first =
    damaged.length === 0
      ? say('check.logGood', { ...about, count: files, size: say.bytes(bytes) })
      : say('check.logFound', { ...about, count: damaged.length })
  if (error && damaged.length === 0)
    return [paint('warn', say('check.logUnread', { ...about, count: files })), ...unread]
  return [
    paint(isLogSound(found) ? 'good' : 'bad', first),
    ...shortly(damaged, say, (name) => {
      const line = `  ${say('verify.damaged')}: ${name}`
      return lost.includes(name) ? paint('bad', `${line} – ${say('check.logLost')}`) : line
    }),
    ...(healed > 0 ? [paint('good', `  ${say('check.healed', { count: healed })}`)] : []),
    ...unread,
  ]
}

/** What a person can do about damage that remains in logs. */
export function logTodo(logs: readonly LogCheck[], say: Say, healing: boolean): string[] {
  const damaged = logs.filter((found) => !isLogSound(found))
  const databases = [
    ...new Set(damaged.filter(({ lost }) => lost.length > 0).map(({ databaseName }) => databaseName)),
  ]
  const isMendable = damaged.some((found) => found.damaged.length - found.healed > found.lost.length)
  return [
    ...(isMendable && !healing ? [say('check.todoHeal')] : []),
    ...databases.map((name) => say('check.logTodo', { command: `everstow db base ${JSON.stringify(name)}` })),
  ]
}
