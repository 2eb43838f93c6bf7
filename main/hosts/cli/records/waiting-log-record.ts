import type { Outbox } from '../../../contract/index.ts'

/** What a place lacks of a log, as JSON documents show it. */
export function waitingLogRecord({ databaseName, placeName, files }: Outbox['logs'][number]) {
  return { database: databaseName, place: placeName, files }
}
