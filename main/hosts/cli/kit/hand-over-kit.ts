import { randomInt } from 'node:crypto'
import type { RecoveryKit } from '../../../contract/index.ts'
import { ask, canAsk } from '../ask.ts'
import { numberedWords } from '../output/numbered-words.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'
import { createKitPage, type KitPage } from './kit-page.ts'

/** Where the words of a new kit may go. They are secrets: never into a pipe unless it was asked for. */
export interface KitOptions {
  readonly out?: string
  /** Write the page, under a name of ours where `out` is absent. */
  readonly print?: boolean
  /** With `--json`: the words are in the document. */
  readonly words?: boolean
  readonly repository?: string
}

/** What became of a kit. */
export interface KitHandedOver {
  readonly file: string | undefined
  /** Its words were typed back: somebody has them. */
  readonly confirmed: boolean
  /** The words were asked for and not known. */
  readonly missed: boolean
}

const ASKED_BACK = 3
const TRIES = 3
const TELLING_LETTERS = 4
const OTHER_SCREEN = '\x1b[?1049h\x1b[H'
const BACK = '\x1b[?1049l'

/**
 * Makes a kit and brings it to a person. At a terminal the words are shown on a screen of their own, which leaves nothing to scroll back to, and
 * three of them are asked for; elsewhere the page is written and the words are confirmed later.
 */
export async function handOverKit<K extends { readonly kit: RecoveryKit }>(
  session: Session,
  options: KitOptions,
  make: () => Promise<K>,
): Promise<K & KitHandedOver> {
  const { output } = session
  const page = await pageFor(session, options)
  let made: K
  try {
    made = await make()
  } catch (error) {
    await page?.discard()
    throw error
  }
  await page?.write(made.kit.page)
  const file = page?.path
  if (file !== undefined) output.note(session.say('key.pageWritten', { path: file }))
  if (!isWatched(session)) return { ...made, file, confirmed: false, missed: false }
  await show(session, made.kit)
  const known = await typedBack(session, made.kit)
  if (known)
    await session.call('key.confirmKit', {
      repositoryId: made.kit.repositoryId,
      words: made.kit.words.join(' '),
    })
  return { ...made, file, confirmed: known, missed: !known }
}

/** Somebody sits there, and wants to be asked. */
function isWatched({ output, yes }: Session): boolean {
  return canAsk() && !output.json && !yes
}

async function pageFor(session: Session, { out, print, words }: KitOptions): Promise<KitPage | undefined> {
  if (out !== undefined || print) return createKitPage(session, out)
  if (session.output.json) {
    if (words) return undefined
    throw new UsageError('kitNowhere')
  }
  return isWatched(session) ? undefined : createKitPage(session, undefined)
}

async function show({ say, interrupt }: Session, { words }: RecoveryKit): Promise<void> {
  process.stderr.write(OTHER_SCREEN)
  try {
    process.stderr.write(`${say('key.writeDown')}\n\n${numberedWords(words).join('\n')}\n\n`)
    await ask(say('key.pressEnter'), { hidden: true, signal: interrupt.signal })
  } finally {
    process.stderr.write(BACK)
  }
}

async function typedBack(
  { say, output, interrupt: { signal } }: Session,
  { words }: RecoveryKit,
): Promise<boolean> {
  for (const at of positions(words.length)) {
    let triesLeft = TRIES
    while (
      !isSame(words[at] ?? '', await ask(say('key.askWord', { number: at + 1 }), { hidden: false, signal }))
    ) {
      if (--triesLeft === 0) return false
      output.warn(say('key.wrongWord'))
    }
  }
  return true
}

/** Different places in the list, in its order. */
function positions(count: number): number[] {
  const chosen = new Set<number>()
  while (chosen.size < ASKED_BACK) chosen.add(randomInt(count))
  return [...chosen].sort((a, b) => a - b)
}

/** The first four letters tell a word of the list from every other. */
function isSame(word: string, typed: string): boolean {
  const text = typed.trim().toLowerCase()
  return text === word || (text.length >= TELLING_LETTERS && word.startsWith(text))
}
