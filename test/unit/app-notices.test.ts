import { expect, test } from 'vitest'
import { noticeOf } from '../../main/app/notices.ts'
import type { Run } from '../../main/contract/index.ts'

const folder = (name: string, conflicts: number) => ({
  ...{ folderId: `f_${name}`, name, uploaded: 1, downloaded: 0, moved: 0, deleted: 0, conflicts },
  ...{ uploadedBytes: 1, downloadedBytes: 0, problems: [], unfinished: false },
})

const run = (folders: NonNullable<Run['sync']>['folders']): Run => ({
  ...{ id: 'run_1', kind: 'sync', label: 'docs', state: 'done', phase: 'finished' },
  ...{ startedAt: '2026-03-10T12:00:00.000Z', files: 1, bytes: 1, bytesPerSecond: 0, sync: { folders } },
})

test('a sync that found a conflict wants a person; one that found none is quiet', () => {
  expect(noticeOf(run([folder('docs', 0), folder('music', 2)]))).toEqual({
    level: 'attention',
    sentence: { key: 'notices.syncConflicts', params: { name: 'music', count: 2 } },
    runId: 'run_1',
  })
  expect(noticeOf(run([folder('docs', 0)]))).toBeUndefined()
  expect(noticeOf({ ...run([folder('docs', 1)]), state: 'cancelled' })).toBeUndefined()
})
