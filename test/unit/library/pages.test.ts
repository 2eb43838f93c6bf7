import { expect, test } from 'vitest'
import type { DataBackup } from '../../../main/contract/index.ts'
import { backupsOf } from '../../../main/hosts/library/backups.ts'
import { dataCallsOf } from '../../../main/hosts/library/data-calls.ts'
import { fakeCalls } from './fake-calls.ts'

const backupAt = (id: string, createdAt: string): DataBackup => ({
  id,
  createdAt,
  format: 'snapshot',
  state: 'complete',
  files: 3,
  sizeBytes: 30,
  sources: ['/work'],
})
const atMs = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString()

/** As the engine answers: newest first, up to a time, a page of them. */
const servedFrom = (backups: () => readonly DataBackup[]) =>
  fakeCalls({
    'data.backups': ({ to, offset, limit }: { to?: string; offset: number; limit: number }) => {
      const fit = backups()
        .filter(({ createdAt }) => to === undefined || createdAt <= to)
        .sort((a, b) =>
          a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : a.id < b.id ? 1 : -1,
        )
      return { backups: fit.slice(offset, offset + limit), total: fit.length }
    },
  })

test('all backups come once and newest first, however many, also where hundreds were made in one moment', async () => {
  const backups = Array.from({ length: 2_600 }, (_, at) =>
    backupAt(`b${at}`, atMs(at < 700 ? at : at < 2_000 ? 700 : at)),
  )
  const { call } = servedFrom(() => backups)
  const found = await Array.fromAsync(backupsOf(call).list())
  expect(found).toHaveLength(2_600)
  expect(new Set(found.map(({ id }) => id)).size).toBe(2_600)
  expect(found.map(({ createdAt }) => createdAt)).toEqual(
    found
      .map(({ createdAt }) => createdAt)
      .sort()
      .reverse(),
  )
})

test('what comes and goes meanwhile neither hides others nor shows them twice', async () => {
  let backups = Array.from({ length: 1_200 }, (_, at) => backupAt(`b${at}`, atMs(at)))
  const { call } = servedFrom(() => backups)
  const seen: string[] = []
  for await (const { id } of backupsOf(call).list()) {
    seen.push(id)
    if (seen.length === 250) {
      const gone = new Set(seen.slice(0, 100))
      backups = backups.filter((backup) => !gone.has(backup.id))
      backups.push(...Array.from({ length: 30 }, (_, at) => backupAt(`new${at}`, atMs(10_000 + at))))
    }
  }
  expect(seen).toEqual(Array.from({ length: 1_200 }, (_, at) => `b${1_199 - at}`))
})

test('a limit is kept, over pages, and no more is asked than is wanted', async () => {
  const backups = Array.from({ length: 1_200 }, (_, at) => backupAt(`b${at}`, atMs(at)))
  const { call, asked } = servedFrom(() => backups)
  expect(await Array.fromAsync(backupsOf(call).list({ limit: 3 }))).toHaveLength(3)
  expect(asked.map(({ input }) => input.limit)).toEqual([3])
  expect(await Array.fromAsync(backupsOf(call).query({ limit: 700, plan: 'work' }))).toHaveLength(700)
  expect(asked.slice(1).every(({ input }) => input.plan === 'work')).toBe(true)
})

test('pages are read as they are gone through', async () => {
  const { call, asked } = servedFrom(() =>
    Array.from({ length: 2_000 }, (_, at) => backupAt(`b${at}`, atMs(at))),
  )
  for await (const { id } of backupsOf(call).list()) if (id === 'b1990') break
  expect(asked).toHaveLength(1)
})

test('the newest, the newest up to a time, and none at all', async () => {
  const { call } = servedFrom(() => [backupAt('old', atMs(0)), backupAt('new', atMs(1_000))])
  const backups = backupsOf(call)
  expect((await backups.latest()).id).toBe('new')
  expect((await backups.at(new Date(Date.UTC(2026, 0, 1) + 999))).id).toBe('old')
  expect((await backups.at(atMs(1_000))).fileCount).toBe(3)
  await expect(backups.at('2025-12-31')).rejects.toMatchObject({ code: 'unknown-backup' })
})

test('files come page after page until there are no more', async () => {
  const all = Array.from({ length: 23_456 }, (_, at) => ({
    path: `f${at}`,
    kind: 'json',
    sizeBytes: 1,
    modifiedAt: atMs(at),
    backupId: 'b',
    createdAt: atMs(0),
    backups: 1,
  }))
  const { call, asked } = fakeCalls({
    'data.files': ({ offset, limit }: { offset: number; limit: number }) => ({
      files: all.slice(offset, offset + limit),
      truncated: offset + limit < all.length,
    }),
  })
  const files = dataCallsOf(call).files({ kind: 'json' })
  expect((await Array.fromAsync(files)).map(({ path }) => path)).toEqual(all.map(({ path }) => path))
  expect(await Array.fromAsync(dataCallsOf(call).files({ limit: 10_001 }))).toHaveLength(10_001)
  expect(asked.map(({ input }) => input.limit)).toEqual([10_000, 10_000, 10_000, 10_000, 1])
})

test('places that did not answer are told once, before the files', async () => {
  const file = (at: number) => ({
    path: `f${at}`,
    kind: 'json' as const,
    sizeBytes: 1,
    modifiedAt: atMs(0),
    backupId: 'b',
    createdAt: atMs(0),
    backups: 1,
  })
  const { call } = fakeCalls({
    'data.files': ({ offset }: { offset: number }) => ({
      files: [file(offset)],
      truncated: offset < 2,
      unsearched: 2,
    }),
  })
  const seen: unknown[] = []
  const onUnsearched = (places: number) => seen.push(places)
  for await (const { path } of dataCallsOf(call).files({ onUnsearched })) seen.push(path)
  expect(seen).toEqual([2, 'f0', 'f1', 'f2'])
})
