import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'
import { atTerminal, HAS_TERMINAL, type Terminal } from './cli-terminal.ts'

const ENTER = '\r'
const CTRL_C = '\x03'

describe.skipIf(!HAS_TERMINAL)('a person at a terminal', SLOW, () => {
  let world: CliWorld
  beforeAll(async () => {
    world = await makeCliWorld()
    await writeFile(world.path('note.txt'), 'one\n')
    await world.run('place', 'add', 'nas', '--type', 'local', '--path', 'nas')
    await world.run(
      'plan',
      'add',
      'notes',
      '--source',
      'note.txt',
      '--format',
      'snapshot',
      '--keep',
      'last:1',
    )
    await world.run('backup', 'notes')
  })
  afterAll(() => world.remove())
  const kitConfirmed = async () =>
    ((await world.run('key', 'list', '--json')).json() as unknown as { kit_confirmed_at: string | null })
      .kit_confirmed_at

  test.each([
    ['by its key', (terminal: Terminal) => terminal.type(CTRL_C)],
    ['by its signal', (terminal: Terminal) => terminal.interrupt()],
  ])(
    'leaving while the words are shown, %s, leaves the other screen too, and the kit does not count',
    async (_, leave) => {
      const terminal = atTerminal(world, 'key', 'show-kit')
      await terminal.until(/Press Enter[^\n]*$/)
      await leave(terminal)
      const { shown, status } = await terminal.end()
      expect(shown).toContain('\x1b[?1049l')
      expect(status).toBe(130)
      expect(await kitConfirmed()).toBeNull()
    },
  )

  test('the words are shown on a screen of their own and three of them asked back', async () => {
    const terminal = atTerminal(world, 'key', 'show-kit')
    const screen = await terminal.until(/not shown again/)
    expect(screen).toContain('\x1b[?1049h')
    const words = new Map([...screen.matchAll(/(\d+) ([a-z]+)/g)].map(([, at, word]) => [at, word ?? '']))
    expect(words.size).toBe(24)
    terminal.type(ENTER)
    const asked: string[] = []
    for (const answer of [(word: string) => word, (word: string) => word.slice(0, 4).toUpperCase()]) {
      const question = await terminal.until(/Word (\d+): $/)
      const at = /Word (\d+): $/.exec(question)?.[1] ?? ''
      asked.push(at)
      terminal.type(answer(words.get(at) ?? '') + ENTER)
    }
    await terminal.until(/Word (\d+): $/)
    terminal.type(`wrong${ENTER}`)
    const last = await terminal.until(/another word[\s\S]*Word (\d+): $/)
    const at = /Word (\d+): $/.exec(last)?.[1] ?? ''
    expect(new Set([...asked, at]).size).toBe(3)
    terminal.type((words.get(at) ?? '') + ENTER)
    const { shown, status } = await terminal.end()
    expect(shown).toContain('is proven')
    expect(status).toBe(0)
    expect(await kitConfirmed()).not.toBeNull()
  })

  test('a new passphrase is typed twice and never shown', async () => {
    const wrong = atTerminal(world, 'key', 'add', 'desk')
    await wrong.until(/New passphrase: $/)
    wrong.type(`canary-one${ENTER}`)
    await wrong.until(/Again: $/)
    wrong.type(`canary-two${ENTER}`)
    const refused = await wrong.end()
    expect(refused.status).toBe(2)
    expect(refused.shown).toContain('Nothing was added')

    const right = atTerminal(world, 'key', 'add', 'desk')
    let shown = await right.until(/New passphrase: $/)
    right.type(`canary-one${ENTER}`)
    shown += await right.until(/Again: $/)
    right.type(`canary-one${ENTER}`)
    const added = await right.end()
    expect(added.status).toBe(0)
    expect(shown + added.shown + refused.shown).not.toContain('canary')
  })

  test('prune shows what goes and why, and does nothing on a no', async () => {
    await writeFile(world.path('note.txt'), 'two\n')
    await world.run('backup', 'notes')
    const no = atTerminal(world, 'prune')
    expect(await no.until(/\[y\/N\] $/)).toMatch(/goes[\s\S]*snapshot_[\s\S]*stays[\s\S]*one of the last/)
    no.type(`n${ENTER}`)
    expect((await no.end()).status).toBe(130)
    expect((await world.run('list', '--json')).json()).toMatchObject({ total: 2 })

    const yes = atTerminal(world, 'prune')
    await yes.until(/\[y\/N\] $/)
    yes.type(`y${ENTER}`)
    const { shown, status } = await yes.end()
    expect(status).toBe(0)
    expect(shown).toMatch(/1 snapshot forgotten[\s\S]*undo-prune/)
  })
})
