import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

interface Document {
  verdict: string
  sentence: string
  counted_at: string | null
  outside: { path: string; size_bytes: number | null; on_purpose: boolean }[]
  scope: { plan: string; kind: string; what: string }[]
  left_out: { pattern: string; preset: string | null; size_bytes: number; largest: { path: string }[] }[]
}

let world: CliWorld
beforeEach(async () => {
  world = await makeCliWorld()
})
afterEach(() => world.remove())

const write = async (name: string, content: string): Promise<void> => {
  await mkdir(dirname(world.path(name)), { recursive: true })
  await writeFile(world.path(name), content)
}
const unprotected = async (status: number, ...options: string[]): Promise<Document> => {
  const said = await world.run('unprotected', ...options, '--json')
  expect(said.status, said.out + said.err).toBe(status)
  return said.json() as unknown as Document
}

test(
  'unprotected names what no backup holds, with what to do; its exit status is for monitoring',
  SLOW,
  async () => {
    await write('docs/letter', 'dear all')
    await write('docs/old.tmp', 'x'.repeat(40))
    await write('Music/song', 'x'.repeat(7_000))
    expect(await unprotected(3)).toMatchObject({
      sentence: 'Nothing is backed up yet. A plan says what should be safe.',
    })
    await world.run('place', 'add', 'nas', '--type', 'local', '--path', 'nas')
    const added = await world.run('plan', 'add', 'docs', '--source', 'docs', '--exclude-preset', 'temporary')
    expect(added.status, added.err).toBe(0)
    expect((await world.run('backup', 'docs')).status).toBe(0)

    const quick = await unprotected(3, '--quick')
    expect(quick.outside.find(({ path }) => path === world.path('Music'))).toMatchObject({
      on_purpose: false,
    })
    const found = await unprotected(3)
    expect(found.counted_at).not.toBeNull()
    expect(found.outside.find(({ path }) => path === world.path('Music'))).toMatchObject({
      size_bytes: 7_000,
    })
    expect(found.left_out).toMatchObject([
      {
        pattern: '*.tmp',
        preset: 'temporary',
        size_bytes: 40,
        largest: [{ path: world.path('docs/old.tmp') }],
      },
    ])
    const people = await world.run('unprotected')
    expect(people.out).toMatch(
      /^1 folder of yours with 7 kB is in no plan\.[\s\S]*7 kB +1 +\S*Music[\s\S]*\*\.tmp \(temporary\)/,
    )

    const accepted = await world.run('unprotected', 'accept', 'Music')
    expect([accepted.status, accepted.out]).toEqual([0, expect.stringContaining('needs no backup')])
    const calm = await unprotected(0)
    expect(calm.outside.find(({ path }) => path === world.path('Music'))).toMatchObject({ on_purpose: true })
    expect((await world.run('unprotected')).out).toMatch(/1 folder is left out on purpose/)
    expect((await world.run('unprotected', 'accept', world.path('Music'), '--undo')).status).toBe(0)
    await unprotected(3)
    await world.run('unprotected', 'accept', 'Music')

    await world.run('plan', 'edit', 'docs', '--exclude', 'letters/')
    expect(await unprotected(3, '--quick')).toMatchObject({
      sentence: 'docs holds less than its last backup did.',
      scope: [{ plan: 'docs', kind: 'rule-added', what: 'letters/' }],
    })
    expect((await world.run('unprotected', '--quick', '--lang', 'fr')).out).toMatch(
      /Désormais laissé de côté\s: letters\//,
    )
  },
)
