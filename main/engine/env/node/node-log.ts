import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino'
import type { Log, LogFields, LogLevel, LogLevels } from '../log.ts'
import { loggableFields, redactText } from '../log-fields.ts'
import { openLogFile } from './log-file.ts'

/** JSON lines on standard error, or in a file that is rotated. Lines are written before the call returns: a crash loses none. */
export function createNodeLog(levels: LogLevels, where: 'stderr' | { readonly path: string }): Log {
  return createLog(
    levels,
    where === 'stderr' ? destination({ dest: 2, sync: true }) : openLogFile(where.path),
  )
}

/** The same into any stream of lines. */
export function createLog(levels: LogLevels, stream: DestinationStream): Log {
  const root = pino(
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
  return areaLog(root, levels, undefined)
}

function areaLog(root: Logger, levels: LogLevels, name: string | undefined): Log {
  const level = (name !== undefined && Object.hasOwn(levels, name) && levels[name]) || levels.default
  const logger = root.child(name === undefined ? {} : { area: name }, { level })
  const write = (level: Exclude<LogLevel, 'silent'>) => (message: string, fields?: LogFields) => {
    if (!logger.isLevelEnabled(level)) return
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
