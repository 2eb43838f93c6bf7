import { createRequire } from 'node:module'
import type { DestinationStream, Logger } from 'pino'
import type { Log, LogFields, LogLevel, LogLevels } from '../log.ts'
import { loggableFields, redactText } from '../log-fields.ts'
import { openLogFile } from './log-file.ts'

/** JSON lines on standard error, or in a file that is rotated. Lines are written before the call returns: a crash loses none. */
export function createNodeLog(levels: LogLevels, where: 'stderr' | { readonly path: string }): Log {
  return createLog(levels, () =>
    where === 'stderr' ? loadPino().destination({ dest: 2, sync: true }) : openLogFile(where.path),
  )
}

/** The same into any stream of lines, opened with the first of them. */
export function createLog(levels: LogLevels, open: () => DestinationStream): Log {
  let opened: Logger | undefined
  const root = () => {
    opened ??= openLogger(open())
    return opened
  }
  return areaLog(root, levels, undefined)
}

/** Most commands that only look write no line: pino is loaded with the first, and at once, because a line must not wait. */
function loadPino(): typeof import('pino') {
  return createRequire(import.meta.url)('pino')
}

function openLogger(stream: DestinationStream): Logger {
  const { pino, stdTimeFunctions } = loadPino()
  return pino(
    {
      level: 'debug',
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // pino would take a field named `err` apart once more; ours are plain data by then.
      serializers: { err: (value: unknown) => value },
    },
    stream,
  )
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }

function areaLog(root: () => Logger, levels: LogLevels, name: string | undefined): Log {
  const lowest = (name !== undefined && Object.hasOwn(levels, name) && levels[name]) || levels.default
  let logger: Logger | undefined
  const write = (level: Exclude<LogLevel, 'silent'>) => (message: string, fields?: LogFields) => {
    if (RANK[level] < RANK[lowest]) return
    logger ??= root().child(name === undefined ? {} : { area: name })
    logger[level](fields ? apartFromOurs(loggableFields(fields)) : {}, redactText(message))
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    area: (inner) => areaLog(root, levels, inner),
  }
}

const OURS = ['level', 'time', 'pid', 'area', 'msg']

/** A line has each key once: a field of the same name as one of ours gets a `_` behind it. */
function apartFromOurs(fields: Record<string, unknown>): Record<string, unknown> {
  if (!OURS.some((key) => Object.hasOwn(fields, key))) return fields
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [OURS.includes(key) ? `${key}_` : key, value]),
  )
}
