import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

const same = (a: string, b: string) =>
  execFileSync('diff', ['-r', '--no-dereference', a, b], { encoding: 'utf8' })

describe('from nothing to a restored folder', SLOW, () => {
  let world: CliWorld
  let id: string
  const begunMs = Date.now()
  beforeAll(async () => {
    world = await makeCliWorld()
    await mkdir(world.path('docs', 'empty'), { recursive: true })
    await writeFile(world.path('docs', 'letter.txt'), 'Dear reader\n')
    await writeFile(world.path('docs', 'line\nbreak "and" quote.txt'), 'odd\n')
    await symlink('letter.txt', world.path('docs', 'link'))
  })
  afterAll(() => world.remove())

  test('backup of a path makes the place `here`, says so, and advises a second', async () => {
    const { status, out, err } = await world.run('backup', '--format', 'archive', 'docs')
    expect(err).toContain('“here”')
    expect(err).toContain('second place')
    expect(out).toMatch(/^Backup unified_backup_\d{8}_\d{6}: 2 files/)
    expect(status).toBe(0)
  })

  test('list, show: the keys that scripts rely on, and every copy verified', async () => {
    const { total, backups } = (await world.run('list', '--json')).json() as unknown as {
      total: number
      backups: Record<string, unknown>[]
    }
    expect(total).toBe(1)
    id = String(backups[0]?.backup_id)
    const shown = (await world.run('show', id, '--json')).json() as unknown as Record<string, unknown>
    const { skipped, ...record } = shown
    expect(skipped).toEqual([])
    expect(record).toEqual(backups[0])
    const archive = world.path('home', 'here', 'archives', `${id}.tar.gz`)
    expect(record).toMatchObject({
      backup_id: id,
      filename: `${id}.tar.gz`,
      format: 'tar.gz',
      files_backed_up: 2,
      cloud_sync_status: 'synced',
      cloud_path: `file://${archive}`,
      state: 'complete',
      plan: null,
      sources: [world.path('docs')],
      skipped_count: 0,
      size_bytes: (await readFile(archive)).length,
      checksum: execFileSync('md5sum', [archive], { encoding: 'utf8' }).slice(0, 32),
      sha256: execFileSync('sha256sum', [archive], { encoding: 'utf8' }).slice(0, 64),
      copies: [{ place: 'here', type: 'local', status: 'synced', error: null }],
    })
    expect((record.copies as { verified_at: string }[])[0]?.verified_at).toMatch(/Z$/)
    expect(Date.parse(String(record.timestamp))).toBeGreaterThan(begunMs - 1_000)
  })

  test('files shows names without obeying them', async () => {
    const { status, out } = await world.run('files', 'latest', 'docs')
    expect(status).toBe(0)
    expect(out).toContain('docs/line\\nbreak "and" quote.txt')
    expect(out).toContain('docs/link → letter.txt')
    const listed = (await world.run('files', id, '--recursive', '--json')).json() as unknown as {
      files: { path: string; kind: string }[]
    }
    expect(listed.files.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual([
      'directory docs',
      'directory docs/empty',
      'file docs/letter.txt',
      'file docs/line\nbreak "and" quote.txt',
      'symlink docs/link',
    ])
  })

  test('a file of an archive is found, compared and written out', async () => {
    const letter = await readFile(world.path('docs', 'letter.txt'))
    const { status, out } = await world.run('cat', 'latest', 'docs/letter.txt')
    expect([status, out]).toEqual([0, letter.toString()])
    const found = (await world.run('find', 'letter', '--json')).json() as unknown as { matches: object[] }
    expect(found.matches).toMatchObject([{ path: 'docs/letter.txt', backup_id: id, backups: 1 }])
    const versions = (await world.run('versions', id, 'docs/letter.txt', '--json')).json()
    expect(versions).toMatchObject({ versions: [{ backup_id: id, size_bytes: letter.length, backups: 1 }] })
    const nothing = await world.run('versions', id, 'docs/none.txt')
    expect(nothing.out).toContain('Versions are known of files only')
    expect(nothing.status).toBe(0)
    const same = (await world.run('diff', id, 'latest', '--json')).json()
    expect(same).toMatchObject({ added: 0, removed: 0, changed: 0, entries: [] })
  })

  test('restore brings everything back, byte for byte', async () => {
    const { status, out } = await world.run('restore', 'latest', '--into', 'back')
    expect(out).toContain(world.path('back'))
    expect(status).toBe(0)
    expect(same(world.path('docs'), world.path('back', 'docs'))).toBe('')
  })

  test('restore keeps what is there: rename, skip, replace, and a dry run that writes nothing', async () => {
    await writeFile(world.path('back', 'docs', 'letter.txt'), 'mine\n')
    const restore = async (...more: string[]) =>
      (
        await world.run('restore', id, 'docs/letter.txt', '--into', 'back', '--json', ...more)
      ).json() as unknown as Record<string, unknown>
    expect(await restore('--dry-run')).toMatchObject({ dry_run: true, renamed: 1 })
    expect(await readdir(world.path('back', 'docs'))).toHaveLength(4)
    expect(await restore('--existing', 'skip')).toMatchObject({ skipped: 1, restored: 0 })
    expect(await restore()).toMatchObject({ renamed: 1 })
    expect(await readFile(world.path('back', 'docs', 'letter.txt'), 'utf8')).toBe('mine\n')
    const replaced = await restore('--existing', 'replace', '--from', 'HERE')
    expect(replaced).toMatchObject({ replaced: 1, from_place: 'here', failed: [], refused: [] })
    expect(await readFile(world.path('back', 'docs', 'letter.txt'), 'utf8')).toBe('Dear reader\n')
    expect(await readFile(join(String(replaced.replaced_into), 'docs', 'letter.txt'), 'utf8')).toBe('mine\n')
  })

  test('push, verify, cleanup, stats, status agree that all is well', async () => {
    expect((await world.run('push', '--json')).json()).toEqual({
      pushed: 0,
      remaining: 0,
      problems: [],
      logs: [],
    })
    expect((await world.run('verify', '--json')).json()).toMatchObject({ checked: 1, ok: 1, problems: [] })
    expect((await world.run('cleanup', '--keep-days', '1', '--dry-run', '--json')).json()).toMatchObject({
      dry_run: true,
      removed: [],
      kept: 1,
    })
    expect((await world.run('stats', '--json')).json()).toMatchObject({
      total_backups: 1,
      cloud_synced: 1,
      provider: 'local',
    })
    const status = await world.run('status', '--json')
    expect(status.status).toBe(0)
    expect(status.json()).toMatchObject({
      level: 'protected',
      secret_store: 'plain-file',
      places: [{ name: 'here', health: 'ok', copies: 1, behind: 0 }],
      plans: [],
    })
  })

  test('rebuild finds the backups again from the place alone', async () => {
    for (const name of await readdir(world.home))
      if (name.startsWith('catalogue')) await rm(join(world.home, name))
    const { status } = await world.run('rebuild')
    expect(status).toBe(0)
    expect((await world.run('show', id, '--json')).json()).toMatchObject({ backup_id: id, state: 'complete' })
  })

  test('verify tells damage with status 4', async () => {
    const archive = world.path('home', 'here', 'archives', `${id}.tar.gz`)
    await truncate(archive, 100)
    const { status, out } = await world.run('verify', id)
    expect(status).toBe(4)
    expect(out).toContain('here: damaged')
  })
})

describe('plans and older settings', SLOW, () => {
  let world: CliWorld
  beforeAll(async () => {
    world = await makeCliWorld()
    await writeFile(world.path('note.txt'), 'x')
  })
  afterAll(() => world.remove())

  test('import-env takes places and settings over; secrets go nowhere near the settings', async () => {
    await writeFile(
      world.path('old.env'),
      [
        `BACKUP_LOCAL_PATH=${world.path('old place')}`,
        'CLOUD_PROVIDER=local',
        'CLOUD_SYNC_INTERVAL=1800',
        'R2_BUCKET_NAME=archive-bucket',
        'R2_ACCOUNT_ID=0123456789abcdef0123456789abcdef',
        'R2_ACCESS_KEY_ID=canary-id-51a',
        'R2_SECRET_ACCESS_KEY="canary-secret-51a"',
        'UNRELATED=1',
      ].join('\n'),
    )
    const dry = await world.run('import-env', 'old.env', '--dry-run', '--json')
    expect(dry.json()).toMatchObject({ applied: false })
    expect((await world.run('place', 'list', '--json')).json()).toEqual({ places: [] })
    const done = await world.run('import-env', 'old.env', '--json')
    expect(done.status).toBe(0)
    expect(done.json()).toMatchObject({
      applied: true,
      settings: { pushIntervalSeconds: '1800' },
      ignored: ['UNRELATED'],
      places: [{ type: 'local' }, { type: 'r2', secrets: ['accessKeyId', 'secretAccessKey'] }],
    })
    const all = [dry, done].map(({ out, err }) => out + err).join()
    expect(all + (await readFile(join(world.home, 'settings.json'), 'utf8'))).not.toContain('canary')
    expect(await readFile(join(world.home, 'logs', 'everstow.log'), 'utf8')).not.toContain('canary')
  })

  test('plan add, list, show, backup by name, remove', async () => {
    const added = await world.run(
      ...['plan', 'add', 'Notes', '--source', 'note.txt', '--to', 'local folder', '--format', 'archive'],
      ...['--schedule', 'daily@02:00', '--keep', '8w', '--json'],
    )
    expect(added.json()).toMatchObject({
      name: 'Notes',
      sources: [world.path('note.txt')],
      places: ['Local folder'],
      schedule: 'daily@02:00',
      keep_days: 56,
    })
    expect((await world.run('plan', 'list')).out).toContain('daily@02:00')
    const backup = await world.run('backup', '--format', 'archive', 'notes', '--tag', 'first', '--json')
    expect(backup.status).toBe(0)
    expect(backup.json()).toMatchObject({ plan: 'Notes', tag: 'first', files_backed_up: 1 })
    expect((await world.run('list', '--plan', 'NOTES', '--synced', '--json')).json()).toMatchObject({
      total: 1,
    })
    expect((await world.run('list', '--unsynced', '--json')).json()).toEqual({ total: 0, backups: [] })
    const all = await world.run('backup', '--format', 'archive', '--json')
    expect(all.json()).toMatchObject({ backups: [{ plan: 'Notes' }] })
    expect((await world.run('plan', 'remove', 'Notes', '--quiet')).out).toBe('')
    expect((await world.run('plan', 'show', 'Notes')).status).toBe(1)
  })
})
