import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Said } from './cli-run.ts'
import { cliStories } from './cli-stories.ts'

const { world, story } = cliStories((own) => {
  for (const device of ['ada', 'ben']) mkdirSync(own.path(device))
  writeFileSync(own.path('ada', 'list.txt'), 'milk\n')
})

const homeOf = (device: string): string[] =>
  device === 'ada' ? [] : ['--home', world.path(`home of ${device}`)]
const run = (device: string, words: string[], environment: Record<string, string> = {}): Promise<Said> =>
  world.runWith(environment, ...homeOf(device), ...words)

async function done(device: string, ...words: string[]): Promise<Said> {
  const told = await run(device, words)
  expect(told.status, `${words.join(' ')}: ${told.out} ${told.err}`).toBe(0)
  return told
}

async function begin(): Promise<void> {
  await done('ada', 'place', 'add', 'nas', '--type', 'local', '--path', 'nas')
  await done('ada', 'sync', 'add', 'docs', '--folder', 'ada')
  await done('ada', 'sync', 'run', 'docs')
  for (const device of ['ben', 'eve'])
    await done(device, 'place', 'add', 'nas', '--type', 'local', '--path', 'nas')
}

async function invite(...words: string[]): Promise<{ code: string; invite_id: string }> {
  const made = await done('ada', 'sync', 'invite', 'docs', '--json', ...words)
  return made.json() as unknown as { code: string; invite_id: string }
}

const join1 = (device: string, code: string, name = 'docs') =>
  run(device, ['sync', 'join', name, '--folder', device, '--invite', code, '--json'])

/** Every file below a folder, as text. */
function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .flatMap((entry) => (entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name), 'latin1')] : []))
    .join('\n')
}

story(
  'another device joins with a code, once, without passphrase or words; the code is kept nowhere',
  async () => {
    await begin()
    const shut = await run('ben', ['sync', 'join', 'docs', '--folder', 'ben', '--json'])
    expect(shut.json().error).toMatchObject({ code: 'key-missing' })
    const { code } = await invite()
    expect(code).toMatch(/^(?:[3479ACDEFGHJKMNPQRTVWXY]{4}-){5}[3479ACDEFGHJKMNPQRTVWXY]{4}$/)

    const mistyped = await join1(
      'ben',
      code.replace(/.$/, (last) => (last === '3' ? '4' : '3')),
    )
    expect(mistyped.json().error).toMatchObject({ code: 'invite-wrong' })
    expect(mistyped.json().error?.message).toMatch(/a letter is missing or wrong/)
    const nowhere = await join1('ben', code.toLowerCase(), 'dogs')
    expect(nowhere.json().error).toMatchObject({ code: 'unknown-space' })
    expect(nowhere.json().error?.message).toMatch(/no synced folder called dogs/)
    expect(nowhere.json().error?.todo).toMatch(/There are: docs/)

    // The code was right, so the place is open here now.
    await done('ben', 'sync', 'join', 'docs', '--folder', 'ben')
    await done('ben', 'sync', 'run', 'docs')
    expect(readFileSync(world.path('ben', 'list.txt'), 'utf8')).toBe('milk\n')

    const again = await join1('eve', code)
    expect(again.json().error).toMatchObject({ code: 'invite-wrong' })
    expect((await done('ada', 'sync', 'invite', '--place', 'nas', '--list')).out).toMatch(/No invite is open/)
    const letters = code.replaceAll('-', '')
    for (const folder of [world.home, world.path('home of ben'), world.path('nas')]) {
      const text = everythingIn(folder).toUpperCase()
      expect(text.includes(code), folder).toBe(false)
      expect(text.includes(letters), folder).toBe(false)
    }
    const log = await done('ada', 'log', '--json')
    expect(log.out).toMatch(/sync\.invite/)
  },
)

story('two devices race with one code: one is in', async () => {
  await begin()
  const { code } = await invite()
  const both = await Promise.all([join1('ben', code), join1('eve', code)])
  expect(both.map(({ status }) => status === 0).sort()).toEqual([false, true])
  const refused = both.find(({ status }) => status !== 0)
  expect(['invite-used', 'invite-wrong']).toContain(refused?.json().error?.code)
})

story('an invite is taken back, and falls with the keys; it comes from the environment, too', async () => {
  await begin()
  const first = await invite('--hours', '2')
  const listed = await done('ada', 'sync', 'invite', 'docs', '--list', '--json')
  expect(listed.json()).toMatchObject({ invites: [{ invite_id: first.invite_id }] })
  expect((await done('ada', 'sync', 'invite', 'docs', '--revoke')).out).toMatch(/1 invite taken back/)
  expect((await join1('ben', first.code)).json().error).toMatchObject({ code: 'invite-wrong' })

  const second = await invite()
  await done('ada', 'key', 'rotate', '--out', 'kit.html', '--yes')
  expect((await join1('ben', second.code)).json().error).toMatchObject({ code: 'invite-wrong' })

  const third = await invite()
  const told = await run('ben', ['sync', 'join', 'docs', '--folder', 'ben', '--invite'], {
    EVERSTOW_INVITE: third.code,
  })
  expect(told.status, told.err).toBe(0)
  // The keys of all epochs came along.
  await done('ben', 'sync', 'run', 'docs')
  expect(readFileSync(world.path('ben', 'list.txt'), 'utf8')).toBe('milk\n')
})
