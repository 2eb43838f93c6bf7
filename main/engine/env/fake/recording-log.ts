import type { Log, LogFields, LogLevel } from '../log.ts'
import { loggableFields, redactText } from '../log-fields.ts'

export interface LogEntry {
  readonly level: Exclude<LogLevel, 'silent'>
  readonly area: string | undefined
  readonly message: string
  readonly fields: LogFields
}

/** A log that keeps what it would have written, cleaned of secrets like the real one. */
export interface RecordingLog extends Log {
  readonly entries: readonly LogEntry[]
  /** All of it as text, a line an entry; to look for what must not be there. */
  text(): string
}

export function createRecordingLog(): RecordingLog {
  const entries: LogEntry[] = []
  const forArea = (area: string | undefined): Log => {
    const record = (level: LogEntry['level']) => (message: string, fields?: LogFields) => {
      entries.push({ level, area, message: redactText(message), fields: loggableFields(fields ?? {}) })
    }
    return {
      debug: record('debug'),
      info: record('info'),
      warn: record('warn'),
      error: record('error'),
      area: forArea,
    }
  }
  return {
    ...forArea(undefined),
    entries,
    text: () => entries.map((entry) => JSON.stringify(entry)).join('\n'),
  }
}
