import { execFileSync, spawnSync } from 'node:child_process'
import { appendFile, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { type CliWorld, makeCliWorld, type Said, SLOW, zoneOfNoon } from './cli-run.ts'

const COMMAND = resolve(import.meta.dirname, '../../bin/everstow.mjs')

type Document = Record<string, unknown>

const same = (a: string, b: string) =>
  execFileSync('diff', ['-r', '--no-dereference', a, b], { encoding: 'utf8' })

/** Every file below a folder. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

describe('snapshots from the command line', SLOW, () => {
  let world: CliWorld
  /** Ids of the backups, oldest first. */
  const ids: string[] = []
  let words = ''
  const begunMs = Date.now()
  const json = async (...args: string[]): Promise<Document> =>
    (await world.run(...args, '--json')).json() as unknown as Document
  const document = (said: Said): Document => said.json() as unknown as Document

  beforeAll(async () => {
    // Its snapshots are to be of one day.
    world = await makeCliWorld(undefined, zoneOfNoon())
    await mkdir(world.path('docs', 'deep'), { recursive: true })
    await writeFile(world.path('docs', 'letter.txt'), 'Dear reader, canary-content-41\n')
    await writeFile(world.path('docs', 'deep', 'noise.bin'), Buffer.alloc(300_000, 'canary-block-42'))
    for (const name of ['nas', 'disk'])
      await world.run('place', 'add', name, '--type', 'local', '--path', name)
  })
  afterAll(() => world.remove())

  test('a plan with rules of its own at one place; its backups add only what is new', async () => {
    const plan = await json(
      ...['plan', 'add', 'Docs', '--source', 'docs', '--format', 'snapshot', '--compression', 'fast'],
      ...['--keep', 'daily:14, last:2', '--keep-at', 'disk=last:1'],
    )
    expect(plan).toMatchObject({
      format: 'snapshot',
      compression: 'fast',
      keep: 'last:2,daily:14',
      keep_at: { disk: 'last:1' },
      keep_days: null,
    })
    for (const tag of ['one', 'two', 'three']) {
      const said = await world.run('backup', 'docs', '--tag', tag, '--json')
      expect(said.status).toBe(0)
      expect(document(said)).toMatchObject({
        format: 'snapshot',
        checksum: null,
        cloud_sync_status: 'synced',
      })
      ids.push(String(document(said).backup_id))
      await appendFile(world.path('docs', 'letter.txt'), `and ${tag}\n`)
    }
    expect(ids[0]).toMatch(/^snapshot_\d{8}_\d{6}$/)
  })

  test('nothing that was backed up can be read at a place', async () => {
    const stored = await filesBelow(world.path('nas'))
    expect(stored.length).toBeGreaterThan(8)
    for (const path of stored) expect((await readFile(path)).includes('canary'), path).toBe(false)
  })

  test('repo info and key list say what there is', async () => {
    const { repositories } = (await json('repo', 'info')) as { repositories: Document[] }
    expect(repositories).toMatchObject([
      {
        epoch: 1,
        kit_confirmed_at: null,
        slots: [{ kind: 'password', current: true }],
        places: [
          { place: 'nas', snapshots: 3, unread_packs: expect.any(Number), log: 'own', error: null },
          { place: 'disk', snapshots: 3, log: 'own', error: null },
        ],
      },
    ])
    // Just written, and not read back yet.
    const [nas] = (
      repositories[0] as { places: { packs: number; unread_packs: number; proven_since: string }[] }
    ).places
    expect(nas?.unread_packs).toBe(nas?.packs)
    expect(Date.parse(nas?.proven_since ?? '')).toBeGreaterThan(begunMs - 1_000)
    expect((await world.run('verify', '--place', 'nas')).status).toBe(0)
    const { repositories: after } = (await json('repo', 'info')) as { repositories: { places: Document[] }[] }
    expect(after[0]?.places.map(({ unread_packs }) => unread_packs)).toEqual([0, nas?.packs])
    const { out } = await world.run('key', 'list')
    expect(out).toContain('passphrase')
    expect(out).toContain('everstow key show-kit')
  })

  test('the words of a kit leave only where they were asked for', async () => {
    const nowhere = await world.run('key', 'show-kit', '--json')
    expect(nowhere.status).toBe(2)
    const piped = await world.run('key', 'show-kit', '--out', 'plain.html')
    expect(piped.status).toBe(0)
    const page = await readFile(world.path('plain.html'), 'utf8')
    expect((await stat(world.path('plain.html'))).mode & 0o777).toBe(0o600)
    const kit = await json('key', 'show-kit', '--words', '--out', 'kit.html')
    words = (kit.words as string[]).join(' ')
    expect(kit).toMatchObject({ file: world.path('kit.html'), confirmed: false })
    expect(words.split(' ')).toHaveLength(24)
    const shown = await readFile(world.path('kit.html'), 'utf8')
    for (const word of words.split(' ')) expect(shown).toContain(word)
    // What a pipe got names the file and holds none of the words that stand in it.
    expect(piped.out + piped.err).toContain('plain.html')
    const listed = [...page.matchAll(/<li>([a-z]+)<\/li>/g)].map(([, word]) => word)
    expect(listed).toHaveLength(24)
    for (const [at, word] of listed.slice(1).entries())
      expect(piped.out + piped.err).not.toMatch(new RegExp(`\\b${listed[at]}\\W+\\d*\\W*${word}\\b`))
    const again = await world.run('key', 'show-kit', '--out', 'kit.html', '--json')
    expect(again.json().error?.code).toBe('invalid-input')
    expect(await readFile(world.path('kit.html'), 'utf8')).toBe(shown)
  })

  test('a kit counts once its words were typed back', async () => {
    const wrong = await world.runWith(
      { EVERSTOW_RECOVERY_WORDS: words.split(' ').reverse().join(' ') },
      'key',
      'confirm-kit',
    )
    expect(wrong.status).toBe(1)
    await writeFile(world.path('words.txt'), words.toUpperCase(), { mode: 0o600 })
    expect(await json('key', 'confirm-kit', '--words-file', 'words.txt')).toMatchObject({ confirmed: true })
    expect((await json('key', 'list')).kit_confirmed_at).not.toBeNull()
  })

  test('passphrases come from a file or the environment, never from nowhere', async () => {
    expect((await world.run('key', 'add', 'laptop')).status).toBe(2)
    const added = await world.runWith(
      { EVERSTOW_NEW_PASSPHRASE: 'canary-pass-43' },
      'key',
      'add',
      'laptop',
      '--json',
    )
    expect(document(added)).toMatchObject({ label: 'laptop' })
    expect(added.out + added.err).not.toContain('canary')
  })

  test('a new computer takes a place over with the words, or with a passphrase, and restores everything', async () => {
    for (const [name, given] of [
      ['words', { EVERSTOW_RECOVERY_WORDS: words }],
      ['passphrase', { EVERSTOW_PASSPHRASE: 'canary-pass-43' }],
    ] as const) {
      const there = { ...given, EVERSTOW_HOME: world.path(`home-${name}`) }
      await world.runWith(there, 'place', 'add', 'nas', '--type', 'local', '--path', 'nas')
      const adopted = await world.runWith(there, 'repo', 'adopt', 'NAS', '--json')
      expect(document(adopted)).toMatchObject({ place: 'nas', backups: 3 })
      const restored = await world.runWith(there, 'restore', ids[2] ?? '', '--into', `back-${name}`)
      expect(restored.status).toBe(0)
      await world.run('restore', ids[2] ?? '', '--into', 'back-here')
      expect(same(world.path('back-here'), world.path(`back-${name}`))).toBe('')
    }
    const other = { EVERSTOW_HOME: world.path('home-wrong') }
    await world.runWith(other, 'place', 'add', 'nas', '--type', 'local', '--path', 'nas')
    const refused = await world.runWith(
      { ...other, EVERSTOW_PASSPHRASE: 'guess' },
      'repo',
      'adopt',
      'nas',
      '--json',
    )
    expect(refused.json().error?.code).toBe('passphrase-wrong')
    expect((await world.runWith(other, 'repo', 'adopt', 'nas')).status).toBe(2)
  })

  test('neither words nor passphrases nor contents reach logs or settings', async () => {
    const [first = '', second = ''] = words.split(' ')
    for (const folder of ['home', 'home-words', 'home-passphrase']) {
      const kept = [join('logs', 'everstow.log'), 'settings.json'].map((name) => world.path(folder, name))
      for (const path of kept) {
        const text = await readFile(path, 'utf8')
        expect(text).not.toContain('canary')
        expect(text).not.toContain(`${first} ${second}`)
      }
    }
  })

  test('key remove takes a passphrase away; its name has to be clear', async () => {
    const unclear = await world.run('key', 'remove', 'lap', '--json')
    expect(unclear.status).toBe(2)
    expect(await json('key', 'remove', 'LAPTOP')).toMatchObject({ label: 'laptop', removed: true })
  })

  test('look inside: find, diff, and cat byte for byte', async () => {
    const found = (await json('find', 'letter')) as { matches: Document[] }
    // Each backup holds another version of it.
    expect(found.matches.map(({ backup_id }) => backup_id).sort()).toEqual(ids)
    expect(found.matches[0]).toMatchObject({ path: 'docs/letter.txt', kind: 'file', backups: 1 })
    expect(await json('diff', ids[0] ?? '', 'latest')).toMatchObject({
      added: 0,
      removed: 0,
      changed: 1,
      entries: [{ path: 'docs/letter.txt', change: 'changed' }],
    })
    const versions = (await json('versions', 'latest', 'docs/letter.txt')).versions as Document[]
    expect(versions.map(({ backup_id, backups }) => [backup_id, backups])).toEqual(
      ids.toReversed().map((id) => [id, 1]),
    )
    const { out } = await world.run('cat', ids[1] ?? '', 'docs/letter.txt')
    expect(out).toBe('Dear reader, canary-content-41\nand one\n')
    const whole = await json('cat', 'latest', 'docs/deep/noise.bin')
    expect(Buffer.from(String(whole.content_base64), 'base64')).toEqual(
      await readFile(world.path('docs', 'deep', 'noise.bin')),
    )
    expect(whole.size_bytes).toBe(300_000)
    expect((await world.run('cat', 'latest', 'docs/none', '--json')).json().error?.message).toContain('PATH')
  })

  test('cat ends quietly when its reader goes', async () => {
    const line = `'${process.execPath}' '${COMMAND}' cat latest docs/deep/noise.bin; echo "status $?" >&2`
    const { stdout, stderr } = spawnSync('sh', ['-c', `(${line}) | head -c 5`], {
      env: {
        PATH: process.env.PATH,
        HOME: world.folder,
        EVERSTOW_HOME: world.home,
        EVERSTOW_KEYCHAIN: 'off',
      },
      encoding: 'utf8',
    })
    expect(stdout).toBe('canar')
    expect(stderr.trim()).toBe('status 0')
  })

  test('a drill proves that each place gives back what was backed up', async () => {
    const drill = (await json('drill', '--plan', 'docs', '--files', '2')) as {
      ok: boolean
      proofs: Document[]
    }
    expect(drill.ok).toBe(true)
    expect(drill.proofs.map(({ place, plan, ok, files }) => [place, plan, ok, files])).toEqual([
      ['nas', 'Docs', true, 2],
      ['disk', 'Docs', true, 2],
    ])
  })

  test('verify names what damage costs and ends with 4; heal mends it from the other place', async () => {
    expect(await json('verify')).toMatchObject({ repositories: [{ sound: true }, { sound: true }] })
    const packs = (await filesBelow(world.path('nas', 'data'))).sort()
    for (const path of packs) {
      const bytes = await readFile(path)
      bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1
      bytes[200] = (bytes[200] ?? 0) ^ 1
      await writeFile(path, bytes)
    }
    const hurt = await world.run('verify', '--place', 'nas')
    expect(hurt.status).toBe(4)
    expect(hurt.out).toContain(`${ids[0]}: this cannot be restored from here:`)
    expect(hurt.out).toContain('verify --heal')
    const healed = await world.run('verify', '--heal', '--json')
    expect(healed.status).toBe(0)
    const { repositories } = document(healed) as { repositories: Document[] }
    expect(repositories[0]).toMatchObject({ place: 'nas', sound: true, affected: [] })
    expect(repositories[0]?.healed).toBeGreaterThan(0)
    expect((await world.run('verify', '--place', 'nas')).status).toBe(0)
  })

  test('prune says what goes and why, forgets by the rules of each place, and can be undone', async () => {
    const tried = await json('prune', '--dry-run', '--plan', 'docs', '--keep', 'last:3')
    expect(tried).toMatchObject({ places: [{ forgotten: 0 }, { forgotten: 0 }] })
    const would = (await json('prune', '--dry-run')) as { places: { place: string; forgotten: string[] }[] }
    // Today's snapshots share a day: of `last:2,daily:14` two stay, of `last:1` one.
    expect(would.places.map(({ place, forgotten }) => [place, [...forgotten].sort()])).toEqual([
      ['nas', [ids[0]]],
      ['disk', [ids[0], ids[1]]],
    ])
    expect(await json('pin', ids[0] ?? '')).toEqual({ backup_id: ids[0], pinned: true })
    const done = (await json('prune')) as { places: Document[] }
    expect(done.places).toMatchObject([
      { place: 'nas', forgotten: [] },
      { place: 'disk', forgotten: [ids[1]] },
    ])
    expect(done.places[1]?.undo_until).toMatch(/Z$/)
    expect(await json('undo-prune')).toEqual({ backups: 1 })
    expect(await json('unpin', ids[0] ?? '')).toEqual({ backup_id: ids[0], pinned: false })
    const { copies } = (await json('show', ids[1] ?? '')) as { copies: Document[] }
    expect(copies.map(({ place, status }) => `${place} ${status}`).sort()).toEqual([
      'disk synced',
      'nas synced',
    ])
  })

  test('offline, a backup waits and says so; the outbox is emptied by push', async () => {
    expect(await json('offline', 'on')).toEqual({ offline: true, waiting: 0 })
    const kept = await world.run('backup', 'docs')
    expect(kept.status).toBe(3)
    expect(kept.out).toContain('works offline')
    const outbox = (await json('outbox')) as { items: Document[] }
    expect(outbox).toMatchObject({ offline: true })
    expect(outbox.items.map(({ place, saved_elsewhere }) => [place, saved_elsewhere])).toEqual([
      ['nas', false],
      ['disk', false],
    ])
    expect(await json('outbox', 'clear')).toEqual({ removed: 0, kept: 2 })
    await json('offline', 'off')
    await rename(world.path('disk'), world.path('disk-away'))
    expect((await world.run('push')).status).toBe(3)
    const waiting = (await json('outbox')) as { items: { place: string; error: { message: string } }[] }
    expect(waiting.items.map(({ place }) => place)).toEqual(['disk'])
    expect(waiting.items[0]?.error.message).toContain('disk')
    await rename(world.path('disk-away'), world.path('disk'))
    expect(await json('push')).toMatchObject({ pushed: 1, remaining: 0 })
    expect((await world.run('outbox')).out).toContain('Nothing waits')
  })

  test('plan edit and place edit change what is named and nothing else', async () => {
    const plan = await json(
      'plan',
      'edit',
      'docs',
      '--keep',
      '30d',
      '--keep-at',
      'disk=plan',
      '--keep-at',
      'nas=last:9',
    )
    expect(plan).toMatchObject({
      name: 'Docs',
      keep: 'within:30d',
      keep_at: { nas: 'last:9' },
      compression: 'fast',
    })
    expect(await json('plan', 'edit', 'docs', '--keep', 'all', '--name', 'Papers')).toMatchObject({
      name: 'Papers',
      keep: null,
      sources: [world.path('docs')],
    })
    expect((await world.run('plan', 'edit', 'papers')).status).toBe(2)
    const limits = 'mon-fri 08:00-18:00 up:1MB; sat,sun pause'
    expect(await json('place', 'edit', 'disk', '--limits', limits, '--budget', '50GB')).toMatchObject({
      limits,
      budget_bytes: 50e9,
      path: world.path('disk'),
    })
    expect(await json('place', 'edit', 'disk', '--limits', 'none', '--budget', 'none')).toMatchObject({
      limits: null,
      budget_bytes: null,
    })
  })

  test.each([
    ['plan add p --source docs --format archive --keep last:3', 2, 'usage', /--format snapshot/],
    ['plan add p --source docs --keep often:3', 2, 'invalid-input', /--keep.*often:3/],
    ['plan edit papers --keep-at nowhere=last:1', 1, 'unknown-place', /place/],
    ['plan edit papers --keep-at last:1', 2, 'invalid-input', /--keep-at/],
    ['place edit disk --limits sometimes', 2, 'invalid-input', /--limits/],
    ['place edit disk --budget 0', 2, 'usage', /--budget/],
    ['prune --keep last:1', 2, 'usage', /--dry-run/],
    ['prune --grace never', 2, 'usage', /--grace/],
    ['offline maybe', 2, 'usage', /on, off/],
    ['verify --data 200', 2, 'usage', /--data/],
    ['key confirm-kit', 2, 'usage', /--words-file/],
    ['key remove nothing', 2, 'invalid-input', /SLOT/],
    ['key list --repository ffff', 1, 'repository-missing', /repository/],
    ['pin snapshot_20200101_000000', 1, 'unknown-backup', /backup/],
    ['outbox burn', 2, 'usage', /burn|many/],
  ] as const)('everstow %s is refused in words', async (args, status, code, says) => {
    const said = await world.run(...args.split(' '), '--json')
    expect(said.json().error?.code).toBe(code)
    expect(said.json().error?.message).toMatch(says)
    expect(said.status).toBe(status)
  })
})

describe('snapshots in a bucket', SLOW, () => {
  let world: CliWorld
  let server: S3Server
  beforeAll(async () => {
    world = await makeCliWorld()
    server = await startS3Server()
    await mkdir(world.path('docs'))
    await writeFile(world.path('docs', 'a'), 'canary-in-a-bucket')
  })
  afterAll(async () => {
    await server.close()
    await world.remove()
  })

  test('from one computer to the next, with nothing but the bucket and a passphrase', async () => {
    const keys = {
      AWS_ACCESS_KEY_ID: TEST_CREDENTIAL.accessKeyId,
      AWS_SECRET_ACCESS_KEY: TEST_CREDENTIAL.secretAccessKey,
      EVERSTOW_PASSPHRASE: 'canary passphrase 44',
    }
    const add = [
      ...['place', 'add', 'cloud', '--type', 's3', '--bucket', TEST_BUCKET, '--endpoint', server.url],
      ...['--region', server.region, '--prefix', 'safe'],
    ]
    expect((await world.runWith(keys, ...add)).status).toBe(0)
    const backup = await world.runWith(keys, 'backup', 'docs', '--format', 'snapshot', '--json')
    expect(backup.json()).toMatchObject({ cloud_sync_status: 'synced', format: 'snapshot' })
    const stored = [...server.objects()]
    expect(stored.some(([key]) => key.startsWith('safe/data/'))).toBe(true)
    for (const [key, object] of stored) expect((await object.bytes()).includes('canary'), key).toBe(false)

    const next = { ...keys, EVERSTOW_HOME: world.path('next') }
    expect((await world.runWith(next, ...add)).status).toBe(0)
    expect((await world.runWith(next, 'repo', 'adopt', 'cloud', '--json')).json()).toMatchObject({
      backups: 1,
    })
    expect((await world.runWith(next, 'restore', 'latest', '--into', 'back')).status).toBe(0)
    expect(same(world.path('docs'), world.path('back', 'docs'))).toBe('')
  })
})
