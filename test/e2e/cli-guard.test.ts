import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

let world: CliWorld
beforeEach(async () => {
  world = await makeCliWorld()
})
afterEach(() => world.remove())

async function writeAll(content: (at: number) => string | Uint8Array): Promise<void> {
  await mkdir(world.path('docs'), { recursive: true })
  for (let at = 0; at < 60; at++) await writeFile(world.path('docs', `letter ${at}.txt`), content(at))
}

test('guard lists what is unusual, shows it, and holds prune until it is accepted', SLOW, async () => {
  await writeAll((at) => `${at} is only a number, and this is only a letter. `.repeat(20))
  expect((await world.run('place', 'add', 'nas', '--type', 'local', '--path', 'nas')).status).toBe(0)
  const added = await world.run('plan', 'add', 'docs', '--source', 'docs', '--keep', 'last:1')
  expect(added.status).toBe(0)
  const archive = await world.run(
    'plan',
    'edit',
    'docs',
    '--format',
    'archive',
    '--keep',
    'all',
    '--canaries',
    'on',
  )
  expect(archive.status).toBe(2)
  expect((await world.run('backup', 'docs')).status).toBe(0)
  expect((await world.run('guard')).out).toMatch(/^Nothing unusual/)
  await writeAll(() => randomBytes(1_000))
  expect((await world.run('backup', 'docs')).status).toBe(0)

  const listed = await world.run('guard', '--json')
  expect(listed.json()).toMatchObject({
    alarms: [{ plan: 'docs', signals: ['churn', 'entropy'], touched_files: 60, files: 60, pinned: true }],
  })
  const people = await world.run('--lang', 'fr', 'guard', 'list')
  expect(people.out).toMatch(
    /60 fichiers sur 60 de docs ont changé en \d+ minutes?\.[\s\S]*everstow guard accept "docs"/,
  )
  const shown = await world.run('guard', 'show', 'docs')
  expect(shown.out).toMatch(/changed {2}docs\/letter 1\.txt[\s\S]*everstow diff snapshot_/)
  expect((await world.run('health', '--json')).json()).toMatchObject({
    findings: [{ kind: 'unusual-change' }],
  })

  const refused = await world.run('prune', '--json')
  expect(refused.status).toBe(1)
  expect(refused.json()).toMatchObject({ error: { code: 'plan-guarded' } })
  expect((await world.run('guard', 'accept', 'nobody')).status).toBe(1)
  expect((await world.run('guard', 'accept', 'DOCS')).status).toBe(0)
  expect((await world.run('guard', '--json')).json()).toEqual({ alarms: [] })
})
