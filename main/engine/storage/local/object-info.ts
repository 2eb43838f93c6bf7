import type { BigIntStats } from 'node:fs'
import { lstat, realpath } from 'node:fs/promises'
import type { ObjectInfo } from '../object-store.ts'
import { systemCode } from './fs-errors.ts'
import { assertPresent, type LocalPlace } from './place.ts'
import type { Facts } from './sidecar.ts'

/** A file and what is recorded of it, as an object. */
export function infoOf(key: string, stat: BigIntStats, facts: Facts = {}): ObjectInfo {
  return {
    key,
    sizeBytes: Number(stat.size),
    modifiedMs: Number(stat.mtimeMs),
    etag: etagOf(stat),
    ...(facts.sha256 === undefined ? {} : { sha256: facts.sha256 }),
    ...(facts.md5 === undefined ? {} : { md5: facts.md5 }),
    metadata: facts.metadata ?? {},
  }
}

/** Changes with every put: a replaced object is another file. */
export function etagOf(stat: BigIntStats): string {
  return [stat.size, stat.mtimeNs, stat.ino].map((number) => number.toString(16)).join('-')
}

/**
 * The file at `target`; `undefined` when no object is there: nothing, a folder, a link or something behind one, or a name that differs in case.
 * Before it says so it makes sure that the place itself has not gone.
 */
export async function statOf(place: LocalPlace, target: string): Promise<BigIntStats | undefined> {
  try {
    if ((await realpath(target)) === target) {
      const stat = await lstat(target, { bigint: true })
      if (stat.isFile()) return stat
    }
  } catch (error) {
    if (!isAbsence(error)) throw error
  }
  await assertPresent(place)
  return undefined
}

/** Whether a system error only says that nothing is there. */
export function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? '')
}
