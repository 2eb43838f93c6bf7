import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Ground, layGround } from './app-ground.ts'

let ground: Ground
beforeEach(async () => {
  ground = await layGround()
})
afterEach(() => ground.close())

test('what a backup had half written when its process was killed goes at the next start', async () => {
  await ground.addPlace('disk')
  const { backup } = await ground.backUp()
  const id = backup?.id ?? ''
  const spool = join(ground.home, 'spool')
  // As a kill between the temporary metadata and its rename leaves it.
  writeFileSync(join(spool, `.${id}_metadata.json.tmp-0123456789ab`), '{"half":')
  const database = new DatabaseSync(join(ground.home, 'catalogue.db'))
  database.prepare("UPDATE backups SET state = 'creating', lock_name = 'backup-gone' WHERE id = ?").run(id)
  database.close()
  await ground.restart()
  expect(readdirSync(spool).filter((name) => name.startsWith('.'))).toEqual([])
})

test('metadata whose archive was removed goes at the next push, though a process was killed between the two', async () => {
  await ground.addPlace('disk')
  const { backup } = await ground.backUp()
  const spool = join(ground.home, 'spool')
  writeFileSync(join(spool, `${backup?.id}_metadata.json`), '{}')
  await ground.done(ground.client.call('backup.push', {}))
  expect(readdirSync(spool).filter((name) => name.endsWith('.json'))).toEqual([])
})
