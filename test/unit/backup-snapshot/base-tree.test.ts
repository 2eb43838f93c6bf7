import { expect, test } from 'vitest'
import { keepBase } from '../../../main/engine/backup/snapshot/known/base-tree.ts'
import type { Workspace } from '../../../main/engine/catalogue/workspace.ts'
import { createRecordingLog } from '../../../main/engine/env/fake/recording-log.ts'

test.each(['EXDEV', 'ENOSPC'])('a backup stands though its cache cannot be kept: %s', async (code) => {
  const log = createRecordingLog()
  const fails = async () => {
    throw Object.assign(new Error(code), { code })
  }
  const files = { mkdir: async () => {}, rename: fails, writeAtomic: fails }
  const workspace = { paths: { home: '/home' }, env: { files, log } } as unknown as Workspace
  await keepBase(workspace, 'repository', 'lock', '/spool/base', { snapId: 's', rootTreeId: 't' })
  expect(log.entries.map(({ level }) => level)).toEqual(['warn'])
})
