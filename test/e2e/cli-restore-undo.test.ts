import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

type Document = Record<string, unknown>

describe('several backups in one go, one file, and the way back', SLOW, () => {
  let world: CliWorld
  const ids: string[] = []
  beforeAll(async () => {
    world = await makeCliWorld()
    await mkdir(world.path('docs'), { recursive: true })
    await world.run('place', 'add', 'disk', '--type', 'local', '--path', 'disk')
    for (const format of ['archive', 'snapshot']) {
      await writeFile(world.path('docs', 'letter.txt'), `as ${format}\n`)
      await writeFile(world.path('docs', `only-${format}.txt`), format)
      const said = await world.run('backup', 'docs', '--format', format, '--json')
      ids.push(String((said.json() as Document).backup_id))
      await rm(world.path('docs', `only-${format}.txt`))
    }
  })
  afterAll(() => world.remove())

  test('a basket over what is there, undone by the number of its run after a look; then there is nothing to undo', async () => {
    const [older = '', newer = ''] = ids
    await mkdir(world.path('work', 'docs'), { recursive: true })
    await writeFile(world.path('work', 'docs', 'letter.txt'), 'mine\n')
    const restored = await world.run(
      ...['restore', older, 'docs/only-archive.txt', '--also', `${newer}:docs/letter.txt`],
      ...['--also', `${newer}:docs/only-snapshot.txt`, '--into', 'work', '--existing', 'replace', '--json'],
    )
    expect([restored.status, restored.err]).toEqual([0, expect.any(String)])
    const report = restored.json() as Document
    expect(report).toMatchObject({ restored: 2, replaced: 1, failed: [] })
    expect(await readFile(world.path('work', 'docs', 'letter.txt'), 'utf8')).toBe('as snapshot\n')

    const run = String(report.undo_run)
    const listed = (await world.run('restore', '--undoable', '--json')).json() as unknown as Document[]
    expect(listed).toMatchObject([{ run_id: run, state: 'undoable', backup_ids: [older, newer] }])
    const told = await world.run('restore', '--undo', run, '--dry-run', '--json')
    expect(told.json()).toMatchObject({ dry_run: true, removed: 2, brought_back: 1, left: [] })
    await writeFile(world.path('work', 'docs', 'only-archive.txt'), 'changed by me')
    const undone = await world.run('restore', '--undo', 'latest', '--json')
    expect(undone.status).toBe(3)
    expect(undone.json()).toMatchObject({
      removed: 1,
      brought_back: 1,
      left: [{ path: 'docs/only-archive.txt', reason: 'changed' }],
    })
    expect(await readFile(world.path('work', 'docs', 'letter.txt'), 'utf8')).toBe('mine\n')
    expect((await readdir(world.path('work', 'docs'))).sort()).toEqual(['letter.txt', 'only-archive.txt'])

    expect((await world.run('restore', '--undo', run)).status).toBe(1)
    expect((await world.run('restore', '--undo', 'latest')).status).toBe(2)
    expect((await world.run('restore')).status).toBe(2)
  })

  test('one zip file that another program reads', async () => {
    const said = await world.run('restore', 'latest', '--pack', 'zip', '--into', 'docs.zip', '--json')
    expect(said.status).toBe(0)
    const names = execFileSync('python3', ['-m', 'zipfile', '-l', world.path('docs.zip')], {
      encoding: 'utf8',
    })
    expect(names).toContain('docs/letter.txt')
    const words = await world.run('restore', '--undoable')
    expect(words.out).toContain('can be undone')
  })
})
