import { expect, test } from 'vitest'
import { openDatabase } from '../../../main/engine/catalogue/database.ts'
import { archivingOf, forgetArchiving, noteArchiving } from '../../../main/engine/databases/archiving.ts'
import { createFakeClock } from '../../../main/engine/env/fake/fake-clock.ts'
import { EverstowError } from '../../../main/engine/model/errors.ts'
import { scratch, upkeepEnv } from '../../ground/upkeep.ts'

const MINUTE = 60_000

test('the first refusal in a row is remembered, a success ends it, and what says nothing of the log changes nothing', async () => {
  const folders = scratch()
  const { database } = await openDatabase(folders.in('catalogue.db'), upkeepEnv.files, upkeepEnv.log)
  try {
    const clock = createFakeClock(1_000 * MINUTE)
    const workspace = { database, env: { ...upkeepEnv, clock } }
    const archive = (outcome: () => Promise<string>, signal = new AbortController().signal) =>
      noteArchiving(workspace, 'db_1', signal, outcome)
    const refuse = (code: 'offline' | 'wal-differs' | 'source-missing' | 'cancelled') => () =>
      Promise.reject(new EverstowError(code))
    expect(archivingOf(workspace, 'db_1')).toEqual({})

    await expect(archive(refuse('source-missing'))).rejects.toMatchObject({ code: 'source-missing' })
    await expect(archive(refuse('cancelled'), AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(archivingOf(workspace, 'db_1')).toEqual({})

    expect(await archive(async () => 'stored')).toBe('stored')
    expect(archivingOf(workspace, 'db_1')).toEqual({ lastMs: 1_000 * MINUTE })

    await clock.advance(MINUTE)
    await expect(archive(refuse('offline'))).rejects.toMatchObject({ code: 'offline' })
    await clock.advance(MINUTE)
    await expect(archive(refuse('wal-differs'))).rejects.toMatchObject({ code: 'wal-differs' })
    expect(archivingOf(workspace, 'db_1')).toEqual({
      lastMs: 1_000 * MINUTE,
      failingSinceMs: 1_001 * MINUTE,
    })
    expect(archivingOf(workspace, 'db_2')).toEqual({})

    await archive(async () => 'stored')
    expect(archivingOf(workspace, 'db_1')).toEqual({ lastMs: 1_002 * MINUTE })
    forgetArchiving(workspace, 'db_1')
    expect(archivingOf(workspace, 'db_1')).toEqual({})
  } finally {
    database.close()
    folders.remove()
  }
})
