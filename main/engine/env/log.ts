/**
 * Structured logging. The message is a constant; everything that varies is a field. A `Secret` among the fields prints `***`.
 * Levels: `info` for what was done, `warn` for what went wrong and was handled, `error` with details for failures, `debug` for checks.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A log for one area (`storage`, `delivery` …), whose level can be set on its own. */
  area(name: string): Log
}

export type LogFields = Readonly<Record<string, unknown>>
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** `info` everywhere, or a level per area: `{ default: 'info', storage: 'debug' }`. */
export interface LogLevels {
  readonly default: LogLevel
  readonly [area: string]: LogLevel
}

export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  area: () => silentLog,
}
