import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect } from 'vitest'
import type { ArchiveSource } from '../../main/engine/archive/read/archive-source.ts'
import { restoreArchive } from '../../main/engine/restore/archive/restore-archive.ts'
import type { RestoreOptions, RestoreReport } from '../../main/engine/restore/restore-options.ts'
import { tarEntry, tarOf } from '../formats/hostile-archives/tar-builder.ts'

/** A folder of each test's own, and the one that is restored into. */
export let folder = ''
export let target = ''
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'restore-')))
  target = join(folder, 'target')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** A source in memory that notes which ranges were asked for. */
export function sourceOf(gzip: Buffer, more: Partial<ArchiveSource> = {}) {
  const opened: ({ start: number; end: number } | undefined)[] = []
  const source: ArchiveSource = {
    sizeBytes: gzip.length,
    sha256: sha256(gzip),
    open: (range) => {
      opened.push(range)
      const bytes = range ? gzip.subarray(range.start, range.end) : gzip
      return Readable.from(
        (function* () {
          for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
        })(),
      )
    },
    ...more,
  }
  return { source, opened }
}

export const restore = (gzip: Buffer, more: Partial<RestoreOptions> = {}): Promise<RestoreReport> =>
  restoreArchive({ source: sourceOf(gzip).source, into: target, existing: 'skip', ...more })

export const simple = (files: Readonly<Record<string, string>>): Buffer =>
  gzipSync(tarOf(...Object.entries(files).map(([name, content]) => tarEntry({ name, content }))))

export const text = (path: string): string => readFileSync(join(target, path), 'utf8')

/** Nothing of ours is left: no staging folder in or beside the target. */
export const expectClean = () => {
  for (const place of [folder, target]) {
    if (existsSync(place))
      expect(readdirSync(place).filter((name) => name.startsWith('.everstow-restore'))).toEqual([])
  }
}
