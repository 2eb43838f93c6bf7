import type { Command } from 'commander'
import { beforeAll, expect, test } from 'vitest'
import type { CommandHost } from '../../main/hosts/cli/command-host.ts'
import { type Hosts, hostCommands } from '../../main/hosts/cli/commands/serve.ts'
import { createProgram } from '../../main/hosts/cli/program.ts'
import { blocksOf } from '../e2e/guide-page.ts'
import { pages, readPage } from './documents.ts'

let program: Command
beforeAll(async () => {
  const nothing = () => {}
  const host = { say: (key: string) => key, withEngine: () => nothing, withoutEngine: () => nothing }
  program = await createProgram(host as unknown as CommandHost, '1', [])
  hostCommands(program, host as unknown as CommandHost, {} as unknown as Hosts, undefined)
})

/** Everything on a page that begins with the name of the command. */
function commandsOn(page: string): string[] {
  const inBlocks = blocksOf(page)
    .flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'))
    .map((line) => line.replace(/^\$ /, '').replace(/\s#\s.*/, ''))
    .flatMap((line) => line.split(/ · |; |\|\| | \| | > /))
  const inProse = [...page.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
  return [...inBlocks, ...inProse].flatMap((text) => {
    const [, command] = /^(?:\w+=(?:'[^']*'|\S+) )*(?:npx )?everstow( [^\\]*)$/.exec(text.trim()) ?? []
    return command === undefined ? [] : [command.trim()]
  })
}

/** The subcommand that is meant where none is named. */
const usualOf = (command: Command): Command | undefined => {
  const { _defaultCommandName: name } = command as unknown as { _defaultCommandName: string | null }
  return command.commands.find((each) => each.name() === name)
}

/** What is wrong with a command: a word that is none of its subcommands, an option that it does not have. */
function faultOf(text: string): string | undefined {
  const words = text
    .replace(/'[^']*'|"[^"]*"/g, 'text')
    .replace(/[[\]|…,.]+/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '')
  let command = program
  let isPastOptions = false
  for (const word of words) {
    if (word.startsWith('--')) {
      isPastOptions = true
      const known = [program, command, usualOf(command)].flatMap((each) => each?.options ?? [])
      if (word !== '--help' && !known.some(({ long }) => long === word))
        return `${word} is no option of “${command.name()}”`
    } else if (!isPastOptions && command.commands.length > 0 && !/^[A-Z{]/.test(word)) {
      const next = command.commands.find((each) => each.name() === word)
      if (next) command = next
      else if (!takesWords(command)) return `“${command.name()}” has no “${word}”`
    }
  }
  return undefined
}

const takesWords = (command: Command): boolean =>
  [command, usualOf(command)].some((each) => (each?.registeredArguments.length ?? 0) > 0)

test('a command that is not there, and an option that is not, are noticed', () => {
  expect(faultOf("backup documents --tag 'before it'")).toBeUndefined()
  expect(faultOf('back up')).toContain('back')
  expect(faultOf('backup --everything')).toContain('--everything')
  expect(faultOf('key forget laptop')).toContain('forget')
})

test('every command on every page is one that there is, with options that it has', () => {
  const found = pages.flatMap((page) => commandsOn(readPage(page)).map((command) => ({ page, command })))
  expect(found.length).toBeGreaterThan(300)
  const wrong = found.flatMap(({ page, command }) => {
    const fault = faultOf(command)
    return fault === undefined ? [] : [`${page}: everstow ${command}: ${fault}`]
  })
  expect(wrong).toEqual([])
})

test('the page of the command line names every command', () => {
  const page = readPage('docs/cli.md')
  const leaves = (command: Command, path: string): string[] =>
    command.commands.length === 0
      ? [path]
      : command.commands.flatMap((each) =>
          leaves(each, each === usualOf(command) ? path : `${path} ${each.name()}`.trim()),
        )
  const isNamed = (path: string) =>
    new RegExp(`(?<![\\w-])${path.replaceAll(' ', '[ ]')}(?![\\w-])`).test(page)
  expect(leaves(program, '').filter((path) => !isNamed(path))).toEqual([])
})
