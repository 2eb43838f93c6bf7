import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import { type CliWorld, makeCliWorld, type Running, type Said } from './cli-run.ts'
import { type Block, blocksOf, escaped, fits, type Step, stepsOf } from './guide-page.ts'

export const root = resolve(import.meta.dirname, '../..')

/** A page, and what it needs to be done as it is written. */
export interface Page {
  /** From the root of the project. */
  readonly path: string
  /** Whose computer it is done on: each has a home folder and a data folder, and finds them again on the next page. */
  readonly person: string
  /** What stands here for what is elsewhere (services, addresses, ports), by what the page has. */
  readonly stands?: Readonly<Record<string, string>>
  /** Done before its first command; gives variables that its commands see. */
  readonly before?: () => Promise<Readonly<Record<string, string>>>
  readonly after?: () => Promise<void>
  /** Whose computer a block is done on instead, by its first line. */
  readonly elsewhere?: Readonly<Record<string, string>>
  /** Blocks that cannot be done here, by their first line, and why. */
  readonly cannot?: Readonly<Record<string, string>>
}

/** Computers of people, with a shell that knows `everstow`, and drives that are connected to all of them. */
export interface GuideWorld extends CliWorld {
  /** Does everything on a page, in order, and compares what is said with what the page says. */
  follow(page: Page): Promise<void>
  /** Starts a command on somebody's computer. */
  on(person: string, command: string, environment?: Readonly<Record<string, string>>): Running
  /** A path in somebody's home folder. */
  homeOf(person: string, ...names: string[]): string
}

/** Where pages have drives and network folders. */
const DRIVES = ['/media/', '/mnt/']

/** Makes a world in which commands of pages run. */
export async function makeGuideWorld(): Promise<GuideWorld> {
  const world = await makeCliWorld(['sh', '-c'])
  const bin = world.path('bin')
  mkdirSync(bin)
  writeFileSync(
    join(bin, 'everstow'),
    `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/everstow.mjs')}' "$@"\n`,
  )
  chmodSync(join(bin, 'everstow'), 0o755)
  for (const drive of DRIVES) mkdirSync(world.path(drive))

  const homeOf: GuideWorld['homeOf'] = (person, ...names) => world.path(person, ...names)

  const on: GuideWorld['on'] = (person, command, environment = {}) => {
    mkdirSync(homeOf(person), { recursive: true })
    return world.start([`cd '${homeOf(person)}'\n${command}`], {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: homeOf(person),
      EVERSTOW_HOME: homeOf(person, '.everstow-data'),
      ...environment,
    })
  }

  async function follow(page: Page): Promise<void> {
    const environment = (await page.before?.()) ?? {}
    const notYetMet = new Set(Object.keys({ ...page.cannot, ...page.elsewhere }))
    try {
      for (const block of blocksOf(readFileSync(join(root, page.path), 'utf8'))) {
        const first = block.text.split('\n')[0]?.replace(/^\$ /, '') ?? ''
        notYetMet.delete(first)
        if (isCommands(block) && page.cannot?.[first] === undefined)
          await doBlock(page, block, page.elsewhere?.[first] ?? page.person, environment)
      }
    } finally {
      await page.after?.()
    }
    expect([...notYetMet], `${page.path} has no such block any more`).toEqual([])
  }

  async function doBlock(
    { path, stands = {} }: Page,
    block: Block,
    person: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<void> {
    const pairs = [...DRIVES.map((drive) => [drive, world.path(drive)] as const), ...Object.entries(stands)]
    const here = exchange(new Map(pairs))
    const asWritten = exchange(
      new Map([...pairs.map(([written, ours]) => [ours, written] as const), [homeOf(person), '~']]),
    )
    const steps = stepsOf(block)
    const answers = answersOf(await on(person, scriptOf(steps, here), environment).said)
    for (const [at, step] of steps.entries())
      compare(step, asWritten(answers[at]?.text ?? ''), answers[at]?.status, `${path}:${block.line}`)
  }

  return { ...world, follow, on, homeOf }
}

/** Puts other words in the place of some, in one go: what was put in is not looked at again. */
function exchange(words: ReadonlyMap<string, string>): (text: string) => string {
  const longestFirst = [...words.keys()].sort((one, other) => other.length - one.length)
  const any = new RegExp(longestFirst.map(escaped).join('|'), 'g')
  return (text) => text.replace(any, (word) => words.get(word) ?? word)
}

export const isCommands = ({ language }: Block): boolean => language === 'sh' || language === 'console'

/** One shell does all of a block, and says after each step how that ended. Commands without answers between them end with the first that fails. */
function scriptOf(steps: readonly Step[], here: (text: string) => string): string {
  return steps
    .map(({ command, isWhole }) => (isWhole ? `(set -e\n${here(command)}\n)` : `{ ${here(command)}\n}`))
    .map((command) => `${command} 2>&1 </dev/null\necho "=+=+=$?"`)
    .join('\n')
}

interface Answer {
  readonly text: string
  readonly status: number | null
}

function answersOf({ out, err, status }: Said): Answer[] {
  const parts = out.split(/=\+=\+=(\d+)\n/)
  const answers: Answer[] = []
  for (let at = 0; at + 1 < parts.length; at += 2)
    answers.push({ text: parts[at] ?? '', status: Number(parts[at + 1]) })
  return [...answers, { text: `${parts.at(-1)}${err}`, status }]
}

function compare(
  { command, said, status }: Step,
  text: string,
  endedWith: number | null | undefined,
  where: string,
): void {
  expect(endedWith, `${where}\n$ ${command}\n${text}`).toBe(status)
  if (said !== undefined && !fits(text, said))
    expect.fail(`${where}\n$ ${command}\nsays:\n${text}\nwhere the page has:\n${said}`)
}
