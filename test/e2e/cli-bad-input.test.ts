import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

/** Every row: what is typed, the exit status, the code of the error, and what its sentences must name. */
const ROWS: readonly (readonly [args: string, status: number, code: string, says: RegExp])[] = [
  ['plaec', 2, 'usage', /“plaec”.*“place”/],
  ['', 2, 'usage', /command/],
  ['list --limti 3', 2, 'usage', /“--limti”/],
  ['list --limit many', 2, 'usage', /--limit.*“many”/],
  ['list extra', 2, 'usage', /too many/],
  ['list --synced --unsynced', 2, 'usage', /together/],
  ['list --from yesterday', 2, 'invalid-input', /--from.*“yesterday”/],
  ['restore', 2, 'usage', /which backup.*--undo/],
  ['backup', 2, 'usage', /no plan/],
  ['place add x', 2, 'usage', /--type/],
  ['place add x --type dropbox', 2, 'unknown-provider', /kind of place/],
  ['place add x --type s3', 2, 'invalid-input', /--bucket/],
  ['place add x --type local', 2, 'invalid-input', /--path/],
  ['place add NAS --type local --path other', 1, 'name-taken', /name/],
  ['place add x --type local --path file.txt/inside', 2, 'invalid-input', /--path/],
  ['place add x --type s3 --bucket bucket --upload-limit fast', 2, 'usage', /--upload-limit/],
  ['place test nowhere', 1, 'unknown-place', /place/],
  ['backup gone.txt', 1, 'source-missing', /gone\.txt/],
  ['backup nas/kept', 1, 'source-inside-place', /nas\/kept/],
  ['backup file.txt --to nowhere', 1, 'unknown-place', /place/],
  ['backup file.txt --format zip', 2, 'usage', /--format.*“zip”/],
  ['backup postgres://user:hunter2@db/x', 2, 'password-in-address', /password/],
  ['backup mysql://user:hunter2@db/x', 2, 'not-supported', /mysql/],
  ['backup postgres://db', 2, 'database-address', /PostgreSQL/],
  ['plan add p --source file.txt --schedule sometimes', 2, 'invalid-input', /--schedule.*“sometimes”/],
  ['show unified_backup_20200101_000000', 1, 'unknown-backup', /backup/],
  ['restore latest --into file.txt', 2, 'invalid-input', /--into/],
  ['restore latest --existing burn --into out', 2, 'usage', /--existing/],
  ['restore latest --from nowhere --into out', 1, 'unknown-place', /place/],
  ['import-env bad.env', 2, 'env-file-invalid', /Line 3/],
  ['import-env none.env', 2, 'usage', /none\.env/],
  ['verify latest --all', 2, 'usage', /together/],
  ['cleanup --keep-days 0', 2, 'usage', /--keep-days/],
]

describe('wrong input is told in sentences, as one document, and changes nothing', SLOW, () => {
  let world: CliWorld
  beforeAll(async () => {
    world = await makeCliWorld()
    await mkdir(world.path('nas', 'kept'), { recursive: true })
    await writeFile(world.path('file.txt'), 'x')
    await writeFile(world.path('bad.env'), 'A=1\nBACKUP_LOCAL_PATH=/x\nhunter2 and no name\n')
    expect((await world.run('place', 'add', 'nas', '--type', 'local', '--path', 'nas')).status).toBe(0)
    expect((await world.run('backup', '--format', 'archive', 'file.txt')).status).toBe(0)
  })
  afterAll(() => world.remove())

  test.each(ROWS)('everstow %s', async (args, status, code, says) => {
    const said = await world.run(...args.split(' ').filter(Boolean), '--json')
    const { error } = said.json()
    expect(error?.message).toMatch(says)
    expect(error?.todo).not.toBe('')
    if (code !== '') expect(error?.code).toBe(code)
    expect(said.status).toBe(status)
    expect(said.out + said.err).not.toContain('hunter2')
    expect(said.err).not.toMatch(/\n\s+at .*\(|node:internal/)
  })

  test('a backup of what is not there says nothing about its places', async () => {
    expect((await world.run('backup', 'gone.txt')).status).toBe(1)
    const { places } = (await world.run('place', 'list', '--json')).json() as unknown as {
      places: { health: string }[]
    }
    expect(places.map(({ health }) => health)).toEqual(['ok'])
  })

  test('for people the sentences stand on standard error, and in their language', async () => {
    const said = await world.run('show', 'nope', '--lang', 'fr')
    expect(said.out).toBe('')
    expect(said.err).toContain('Cette sauvegarde')
    const german = await world.run('show', 'nope', '--lang', 'de')
    expect(german.status).toBe(2)
    expect(german.err).toContain('“de”')
  })

  test('nothing was changed by any of it', async () => {
    const { backups } = (await world.run('list', '--json')).json() as unknown as {
      backups: { state: string }[]
    }
    // A run that failed made no backup, so it leaves none in the list.
    expect(backups.map(({ state }) => state)).toEqual(['complete'])
    expect((await world.run('place', 'list', '--json')).json()).toMatchObject({ places: [{ name: 'nas' }] })
    expect((await world.run('plan', 'list', '--json')).json()).toEqual({ plans: [] })
  })

  test('a data folder that is a file is told', async () => {
    const said = await world.run('list', '--home', world.path('file.txt'), '--json')
    expect(said.json().error?.message).not.toBe('')
    expect(said.status).toBe(1)
  })

  test('odd things in a source are left out or kept, never followed for ever', async () => {
    const { execFileSync } = await import('node:child_process')
    await mkdir(world.path('odd'))
    await symlink('.', world.path('odd', 'loop'))
    await symlink('../odd', world.path('odd', 'again'))
    execFileSync('mkfifo', [world.path('odd', 'pipe')])
    await writeFile(Buffer.concat([Buffer.from(`${world.path('odd')}/caf`), Buffer.from([0xe9])]), 'latin-1')
    await writeFile(world.path('odd', 'plain'), 'x')
    const said = await world.run('backup', '--format', 'archive', 'odd', '--json')
    expect(said.status).toBe(0)
    expect(said.json()).toMatchObject({ files_backed_up: 2, skipped_count: 1, state: 'complete' })
    expect((await world.run('restore', 'latest', '--into', 'odd-back')).status).toBe(0)
    const listing = (folder: string) =>
      execFileSync('ls', ['-1', '-b', world.path(folder)], { encoding: 'utf8' }).split('\n')
    expect(listing('odd-back/odd')).toEqual(listing('odd').filter((name) => name !== 'pipe'))
  })
})
