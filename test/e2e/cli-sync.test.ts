import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { startSealedSecrets } from '../ground/sealed-secrets.ts'
import { cliStories } from './cli-stories.ts'

/** Older than that, a file is believed to be finished. */
const RESTED_MS = 1_300

interface Conflicts {
  readonly conflicts: readonly {
    readonly id: string
    readonly path: string
    readonly copy_path: string | null
  }[]
}

const PASSPHRASE = 'shared by both devices'

const { world, story } = cliStories((own) => {
  for (const device of ['ada', 'ben']) mkdirSync(own.path(device))
  for (const home of [own.home, own.path('home of ben')]) startSealedSecrets(home, PASSPHRASE)
})

const run = (...words: string[]) => world.runWith({ EVERSTOW_PASSPHRASE: PASSPHRASE }, ...words)
const home = (device: string): string[] => (device === 'ada' ? [] : ['--home', world.path('home of ben')])
const at = (device: string, ...names: string[]): string => world.path(device, ...names)
const read = (device: string, ...names: string[]): string => readFileSync(at(device, ...names), 'utf8')

async function sync(device: string): Promise<void> {
  await sleep(RESTED_MS)
  const told = await run(...home(device), 'sync', 'run', 'docs')
  expect(told.status, told.out + told.err).toBe(0)
}

async function done(device: string, ...words: string[]) {
  const told = await run(...home(device), ...words)
  expect(told.status, `${words.join(' ')}: ${told.out} ${told.err}`).toBe(0)
  return told
}

async function twoDevices(...choices: string[]): Promise<void> {
  writeFileSync(at('ada', 'list.txt'), 'milk\nbread\neggs\n')
  await done('ada', 'place', 'add', 'nas', '--type', 'local', '--path', 'nas')
  await done('ada', 'sync', 'add', 'docs', '--folder', 'ada', ...choices)
  await sync('ada')
  await done('ben', 'place', 'add', 'nas', '--type', 'local', '--path', 'nas')
  await done('ben', 'repo', 'adopt', 'nas')
  const joined = await done('ben', 'sync', 'add', 'DOCS', '--folder', 'ben', ...choices, '--json')
  expect(joined.json()).toMatchObject({ joined: true, folder: world.path('ben') })
  await sync('ben')
  expect(read('ben', 'list.txt')).toBe('milk\nbread\neggs\n')
}

async function conflict(mine: string, theirs: string): Promise<Conflicts['conflicts'][number]> {
  writeFileSync(at('ada', 'list.txt'), theirs)
  writeFileSync(at('ben', 'list.txt'), mine)
  await sync('ada')
  await sync('ben')
  const { conflicts } = (await done('ben', 'sync', 'conflicts', '--json')).json() as unknown as Conflicts
  expect(conflicts).toMatchObject([
    { remote_device: expect.any(String), remote_modified: expect.any(String) },
  ])
  return conflicts[0] as Conflicts['conflicts'][number]
}

story('a conflict is shown, merged where that is clear, and a decision can be taken back', async () => {
  await twoDevices()
  const { id, copy_path: copy } = await conflict('milk\nbread\neggs\ntea\n', 'oat milk\nbread\neggs\n')
  expect(read('ben', copy ?? '')).toBe('milk\nbread\neggs\ntea\n')
  expect(read('ben', 'list.txt')).toBe('oat milk\nbread\neggs\n')
  const shown = await done('ben', 'sync', 'conflicts', id)
  expect(shown.out).toMatch(
    /This device[\s\S]*tea[\s\S]*Shared[\s\S]*oat milk[\s\S]*can be merged without a clash/,
  )
  await done('ben', 'sync', 'resolve', id, '--keep', 'merged')
  expect(read('ben', 'list.txt')).toBe('oat milk\nbread\neggs\ntea\n')
  expect(existsSync(at('ben', copy ?? ''))).toBe(false)
  await sync('ben')
  await sync('ada')
  expect(read('ada', 'list.txt')).toBe('oat milk\nbread\neggs\ntea\n')

  await done('ben', 'sync', 'reopen', id)
  const beside = readdirSync(at('ben')).filter((name) => name.includes('(conflict'))
  expect(beside.map((name) => read('ben', name))).toEqual(['milk\nbread\neggs\ntea\n'])
  await done('ben', 'sync', 'resolve', '--all', '--keep', 'local')
  expect(read('ben', 'list.txt')).toBe('milk\nbread\neggs\ntea\n')
  expect((await done('ben', 'sync', 'conflicts')).out).toMatch(/^No conflicts\. Both sides agree\./)
  const nobody = await run('sync', 'resolve', 'cf_none', '--keep', 'both', '--json')
  expect(nobody.status).toBe(1)
})

story('with manual both stay as they are until somebody decides', async () => {
  await twoDevices('--strategy', 'manual')
  const { id } = await conflict('mine\n', 'theirs\n')
  expect([read('ada', 'list.txt'), read('ben', 'list.txt')]).toEqual(['theirs\n', 'mine\n'])
  await done('ben', 'sync', 'resolve', id, '--keep', 'both')
  await sync('ben')
  await sync('ada')
  for (const device of ['ada', 'ben']) {
    const texts = readdirSync(at(device))
      .filter((name) => !name.startsWith('.'))
      .map((name) => read(device, name))
    expect(texts.sort()).toEqual(['mine\n', 'theirs\n'])
  }
})

story('versions come back, also of what was deleted with its folder', async () => {
  await twoDevices()
  mkdirSync(at('ada', 'trip', 'pictures'), { recursive: true })
  writeFileSync(at('ada', 'trip', 'plan.txt'), 'first')
  writeFileSync(at('ada', 'trip', 'pictures', 'a.txt'), 'picture')
  await sync('ada')
  writeFileSync(at('ada', 'trip', 'plan.txt'), 'second')
  await sync('ada')
  rmSync(at('ada', 'trip'), { recursive: true })
  await sync('ada')
  await sync('ben')
  expect(existsSync(at('ben', 'trip'))).toBe(false)
  const { versions } = (
    await done('ben', 'sync', 'versions', 'docs', 'trip/plan.txt', '--json')
  ).json() as unknown as {
    versions: { change: string; version: number }[]
  }
  expect(versions.map(({ change }) => change)).toEqual(['deleted', 'changed', 'created'])
  const listed = await done('ben', 'sync', 'files', 'docs', '--deleted', '--json')
  expect(listed.json()).toMatchObject({ entries: [{ name: 'list.txt' }, { name: 'trip', deleted: true }] })

  await done('ben', 'sync', 'restore', 'docs', 'trip')
  expect([read('ben', 'trip', 'plan.txt'), read('ben', 'trip', 'pictures', 'a.txt')]).toEqual([
    'second',
    'picture',
  ])
  const first = String(versions.at(-1)?.version)
  await done('ben', 'sync', 'restore', 'docs', 'trip/plan.txt', '--at', first, '--as', 'old/plan.txt')
  expect(read('ben', 'old', 'plan.txt')).toBe('first')
  await sync('ben')
  await sync('ada')
  expect(read('ada', 'old', 'plan.txt')).toBe('first')
  expect((await run('sync', 'restore', 'docs', 'never.txt')).status).toBe(1)
})

story('many deletions wait for a word, on either side', async () => {
  for (let number = 0; number < 40; number++) writeFileSync(at('ada', `letter ${number}.txt`), `${number}`)
  await twoDevices()
  for (let number = 0; number < 40; number++) rmSync(at('ada', `letter ${number}.txt`))
  await sleep(RESTED_MS)
  const held = await run('sync', 'run', 'docs')
  expect(held.status).toBe(3)
  expect(held.out).toMatch(/40 of 41 files were deleted here[\s\S]*sync decide "docs" approve/)
  await done('ada', 'sync', 'decide', 'docs', 'restore')
  await sync('ada')
  expect(readdirSync(at('ada')).filter((name) => name.startsWith('letter'))).toHaveLength(40)

  for (let number = 0; number < 40; number++) rmSync(at('ada', `letter ${number}.txt`))
  await sleep(RESTED_MS)
  await run('sync', 'run', 'docs')
  await done('ada', 'sync', 'decide', 'docs', 'approve')
  const there = await run(...home('ben'), 'sync', 'run', 'docs')
  expect(there.status).toBe(3)
  expect(there.out).toContain('were deleted on another device')
  expect(readdirSync(at('ben'))).toContain('letter 7.txt')
  await done('ben', 'sync', 'decide', 'docs', 'approve')
  expect(readdirSync(at('ben')).filter((name) => name.startsWith('letter'))).toEqual([])
})

story('offline changes queue, and some may wait', async () => {
  await twoDevices()
  await done('ada', 'offline', 'on')
  writeFileSync(at('ada', 'draft.txt'), 'not yet')
  writeFileSync(at('ada', 'ready.txt'), 'ready')
  await sleep(RESTED_MS)
  const refused = await run('sync', 'run', '--json')
  expect(refused.json()).toMatchObject({ error: { code: 'offline' } })
  const { operations } = (await done('ada', 'sync', 'queue', '--json')).json() as unknown as {
    operations: { key: string; path: string; status: string }[]
  }
  expect(operations.map(({ path, status }) => `${path} ${status}`)).toEqual(
    expect.arrayContaining(['draft.txt pending', 'ready.txt pending']),
  )
  const draft = operations.find(({ path }) => path === 'draft.txt')
  await done('ada', 'sync', 'queue', '--drop', draft?.key ?? '')
  await done('ada', 'offline', 'off')
  await sync('ada')
  await sync('ben')
  expect([existsSync(at('ben', 'ready.txt')), existsSync(at('ben', 'draft.txt'))]).toEqual([true, false])
  expect(read('ada', 'draft.txt')).toBe('not yet')
  await done('ada', 'sync', 'queue', '--undrop')
  await sync('ada')
  await sync('ben')
  expect(read('ben', 'draft.txt')).toBe('not yet')
})

story('a folder that is away is not taken for an empty one; a wrong one is refused', async () => {
  await twoDevices()
  renameSync(at('ada'), world.path('away'))
  const away = await run('sync', 'run', 'docs', '--json')
  expect(away.status).toBe(1)
  expect(away.json()).toMatchObject({ error: { code: 'sync-root-missing' } })
  mkdirSync(at('ada'))
  expect((await run('sync', 'run', 'docs')).status).toBe(1)
  rmSync(at('ada'), { recursive: true })
  renameSync(world.path('away'), at('ada'))
  await sync('ada')
  await sync('ben')
  expect(read('ben', 'list.txt')).toContain('milk')
  const inside = await run('sync', 'add', 'other', '--folder', join('ada', 'sub'), '--json')
  expect(inside.json()).toMatchObject({ error: { code: 'synced-folder-taken' } })
  const inPlace = await run('sync', 'add', 'other', '--folder', join('nas', 'sub'), '--json')
  expect(inPlace.json()).toMatchObject({ error: { code: 'source-inside-place' } })
  const typo = await run('sync', 'add', 'other', '--folder', 'nothing-here', '--json')
  expect(typo.json()).toMatchObject({ error: { code: 'invalid-input', data: { field: 'folder' } } })
  expect(existsSync(world.path('nothing-here'))).toBe(false)
  expect((await run('sync', 'run', 'nobody')).status).toBe(1)
})

story('what no version needs goes from the space, and not before its days', async () => {
  await twoDevices()
  writeFileSync(at('ada', 'list.txt'), 'tea\n')
  await sync('ada')
  const told = await done('ada', 'sync', 'tidy', 'docs', '--dry-run')
  expect(told.out).toContain('Nothing can be deleted now.')
  const { packs } = (await done('ada', 'sync', 'check', 'docs', '--json')).json() as unknown as {
    packs: number
  }
  expect((await done('ben', 'sync', 'tidy', 'docs', '--json')).json()).toMatchObject({
    ...{ space: 'DOCS', dry_run: false, packs: 0, bytes: 0 },
    ...{ leaving_packs: 0, leaving_bytes: 0 },
  })
  expect((await done('ada', 'sync', 'check', 'docs', '--json')).json()).toMatchObject({ packs })
  const [first] = (
    (await done('ben', 'sync', 'versions', 'docs', 'list.txt', '--json')).json() as unknown as {
      versions: { version: number }[]
    }
  ).versions.slice(-1)
  await done('ben', 'sync', 'restore', 'docs', 'list.txt', '--at', String(first?.version ?? 0))
  expect(read('ben', 'list.txt')).toBe('milk\nbread\neggs\n')
})
