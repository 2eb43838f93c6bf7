import type { GlobalOptions } from './invocation.ts'

type Peeked = Pick<GlobalOptions, 'json' | 'quiet' | 'lang' | 'home'>

/** What must be known before the command line is understood: how to speak, even when it is wrong. */
export function peekOptions(argv: readonly string[]): Peeked {
  const end = argv.indexOf('--')
  const words = end < 0 ? argv : argv.slice(0, end)
  const valueAfter = (name: string): string | undefined => {
    const at = words.lastIndexOf(name)
    if (at >= 0) return words[at + 1]
    return words.findLast((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
  }
  const lang = valueAfter('--lang')
  const home = valueAfter('--home')
  return {
    json: words.includes('--json'),
    quiet: words.includes('--quiet') || words.includes('-q'),
    ...(lang === 'en' || lang === 'fr' ? { lang } : {}),
    ...(home ? { home } : {}),
  }
}

/** Options before the command that take the next word. */
const WITH_VALUE = ['--home', '--lang']

/** The word that names the command: the first that is neither an option nor what one takes. */
export function peekCommand(argv: readonly string[]): string | undefined {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (WITH_VALUE.includes(word)) at++
    else if (word === '--') return argv[at + 1]
    else if (!word.startsWith('-')) return word
  }
  return undefined
}
