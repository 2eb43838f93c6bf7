import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BackupOrder } from '../../main/app/work/backup-order.ts'
import { expectedBytes } from '../../main/app/work/expected-bytes.ts'
import type { Engine } from '../../main/engine/engine.ts'

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'everstow-expected-'))
  mkdirSync(join(base, 'docs'))
  writeFileSync(join(base, 'docs', 'note'), 'twelve bytes')
})
afterEach(() => rmSync(base, { recursive: true }))

type Row = { readonly id: string; readonly files: number; readonly sourceBytes: number }

/** What a plan's backup, the first of these rows, is told to expect. */
function expected(rows: readonly Row[]): Promise<number | undefined> {
  const engine = { home: join(base, 'home'), backups: { list: () => ({ backups: rows }) } }
  const order = { plan: { id: 'p' }, sources: [join(base, 'docs')], exclude: [], excludePresets: [] }
  return expectedBytes(
    engine as unknown as Engine,
    order as unknown as BackupOrder,
    'now',
    new AbortController().signal,
  )
}

const now = { id: 'now', files: 0, sourceBytes: 0 }
const large = { id: 'then', files: 60_000, sourceBytes: 700 }

test('of many files the backup before says how much it will be, and nothing is walked over: not the one that has just begun', async () => {
  expect(await expected([now, large])).toBe(700)
  expect(await expected([now, { id: 'cut', files: 0, sourceBytes: 0 }, large])).toBe(700)
})

test('few files, or ones that nobody has counted, are counted', async () => {
  expect(await expected([now])).toBe(12)
  expect(await expected([now, { ...large, files: 3 }])).toBe(12)
})
