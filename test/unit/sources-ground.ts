import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { resolveSources } from '../../main/engine/sources/files/resolve-sources.ts'
import type { SkippedItem } from '../../main/engine/sources/files/skipped-items.ts'
import {
  type FoundEntry,
  type WalkOptions,
  walkSources,
} from '../../main/engine/sources/files/walk-sources.ts'

let home: string
/** A path in the folder of the running test. */
export const at = (...names: string[]): string => join(home, ...names)

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'everstow-sources-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** Makes files that hold their own path, and folders where a path ends with a slash. */
export function make(...paths: string[]): void {
  for (const path of paths) {
    const full = at(path)
    mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true })
    if (!path.endsWith('/')) writeFileSync(full, path)
  }
}

export interface Walked {
  readonly paths: string[]
  readonly entries: FoundEntry[]
  readonly skipped: SkippedItem[]
  readonly leftOut: string[]
  readonly unmatched: string[]
}

/** Walks the sources to the end. */
export function walk(sources: readonly string[], options: Partial<WalkOptions> = {}): Walked {
  const skipped: SkippedItem[] = []
  const leftOut: string[] = []
  const unmatched: string[] = []
  const entries = [
    ...walkSources(resolveSources(sources), {
      exclude: [],
      neverInclude: [],
      cacheDirTags: false,
      checkpoint() {},
      onSkipped: (item) => skipped.push(item),
      onLeftOut: (path) => leftOut.push(path),
      onUnmatched: (source) => unmatched.push(source),
      ...options,
    }),
  ]
  return { paths: entries.map(({ path }) => path), entries, skipped, leftOut, unmatched }
}

export const linux = process.platform === 'linux'

/** The error of ours that `run` throws. */
export function catching(run: () => unknown): EverstowError {
  try {
    run()
  } catch (error) {
    if (error instanceof EverstowError) return error
    throw error
  }
  throw new Error('it did not throw')
}
