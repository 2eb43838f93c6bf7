import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createTexts } from '../../main/app/text.ts'
import type { CommandHost } from '../../main/hosts/cli/command-host.ts'
import { createSay } from '../../main/hosts/cli/output/say.ts'
import { createProgram } from '../../main/hosts/cli/program.ts'
import { allCommandLines, commandLines } from '../../renderer/features/shell/command-lines.ts'
import { pages } from '../../renderer/store/route.ts'

/** The command that these words name, and what is left of them. */
function follow(program: Command, words: readonly string[]): { command: Command; rest: readonly string[] } {
  const next = program.commands.find((each) => each.name() === words[0])
  return next ? follow(next, words.slice(1)) : { command: program, rest: words }
}

/** Groups of commands may do something themselves, or name the one that does. */
function doesSomething(command: Command): boolean {
  const inner = command as unknown as Record<'_actionHandler' | '_defaultCommandName', unknown>
  return Boolean(inner._actionHandler ?? inner._defaultCommandName)
}

test('every line that the window shows for a terminal is a command with options that it has', async () => {
  const host = {
    say: createSay(createTexts('en'), () => 0),
    withEngine: () => async () => {},
    withoutEngine: () => async () => {},
  } as CommandHost
  const program = await createProgram(host, '0', [])
  for (const line of allCommandLines) {
    const [name, ...words] = line.split(' ')
    expect(name).toBe('everstow')
    const { command, rest } = follow(program, words)
    expect(doesSomething(command), `${line} names no command`).toBe(true)
    const options = rest.filter((word) => word.startsWith('--'))
    for (const option of options)
      expect(
        command.options.map(({ long }) => long),
        line,
      ).toContain(option)
    // What is neither an option nor the value of one is an argument of the command.
    const values = options.filter((option) => command.options.find(({ long }) => long === option)?.required)
    const given = rest.length - options.length - values.length
    const needed = command.registeredArguments.filter(({ required }) => required).length
    const isOpen = command.registeredArguments.some(({ variadic }) => variadic)
    expect(given, line).toBeGreaterThanOrEqual(needed)
    if (!isOpen) expect(given, line).toBeLessThanOrEqual(command.registeredArguments.length)
  }
})

test('each page has lines, and the parts of the sync page have their own', () => {
  for (const page of pages) expect(commandLines({ page, of: undefined }).length).toBeGreaterThan(0)
  expect(commandLines({ page: 'sync', of: 'conflicts/cf_1' })[0]).toContain('conflicts')
  expect(commandLines({ page: 'sync', of: 'sy_1' })).toEqual(commandLines({ page: 'sync', of: undefined }))
})
