import type { Outbox } from '../../../contract/index.ts'
import type { Paint } from '../output/paint.ts'
import type { Say } from '../output/say.ts'

/** What places lack of the logs of protected databases, a line for each place. */
export function waitingLogLines(logs: Outbox['logs'], say: Say, paint: Paint): string[] {
  return logs.map(({ placeName: place, databaseName: database, files }) =>
    paint('warn', say('outbox.log', { place, database, count: files })),
  )
}
