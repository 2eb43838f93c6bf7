import { isAbsolute, join, resolve } from 'node:path'
import { EverstowError } from '../../engine/model/errors.ts'
import {
  isPostgresSource,
  parsePostgresSource,
  postgresSourceText,
} from '../../engine/model/postgres-source.ts'

/** What typed paths are understood against. */
export interface Surroundings {
  readonly cwd: string
  readonly userHome: string
}

const URL_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i

/** A typed path or glob as an absolute one: `~` is the home folder, the rest is relative to the working folder. */
export function absolutePath(typed: string, { cwd, userHome }: Surroundings): string {
  if (typed === '~') return userHome
  if (typed.startsWith('~/') || typed.startsWith('~\\')) return join(userHome, typed.slice(2))
  return isAbsolute(typed) ? resolve(typed) : resolve(cwd, typed)
}

/** Like `absolutePath`, for what is backed up: the address of a database is brought into its usual form. One that holds a password is not repeated. */
export function absoluteSource(typed: string, surroundings: Surroundings): string {
  const scheme = URL_SCHEME.exec(typed)?.[0]
  if (isPostgresSource(typed)) return postgresSourceText(parsePostgresSource(typed))
  if (scheme) throw new EverstowError('not-supported', { data: { what: `source ${scheme}…` } })
  return absolutePath(typed, surroundings)
}
