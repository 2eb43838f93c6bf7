import { createTexts } from '../../app/text.ts'
import { wireErrorOf } from '../../app/wire/wire-error.ts'
import type { WireError } from '../../contract/index.ts'
import { marked, UNTRUSTED } from './untrusted.ts'

/** Their facts are about what was asked for; those of all others may be about this computer, and stay here. */
const ABOUT_THE_QUESTION: readonly string[] = [
  'invalid-input',
  'unknown-backup',
  'unknown-plan',
  'data-unreadable',
  'data-too-large',
  'data-too-hard',
  'name-ambiguous',
  'budget-exceeded',
  'permission-denied',
]

const texts = createTexts('en')

/** What a program is told of an error: our code, and the sentences. Names of files in them came out of a backup and are marked like everything that did. */
export function explained(error: unknown): { readonly code: string; readonly text: string } {
  const { code, data, retry } = wireErrorOf(error)
  const facts: WireError['data'] = ABOUT_THE_QUESTION.includes(code) ? data : reasonOf(data)
  const { what, todo, details } = texts.error({ code, data: facts, retry })
  const isPlain = Object.values(facts).every((fact) => typeof fact !== 'string' || OWN_WORD.test(fact))
  const sentence = [what, todo, code === 'invalid-input' ? details : ''].filter(Boolean).join(' ')
  return { code, text: `Error ${code}. ${isPlain ? sentence : marked(sentence)}` }
}

/** The answer of a tool that failed. */
export function toolError(error: unknown) {
  const { code, text } = explained(error)
  return {
    isError: true,
    content: [{ type: 'text' as const, text, _meta: UNTRUSTED }],
    _meta: { ...UNTRUSTED, code },
  }
}

/** What we call things ourselves. */
const OWN_WORD = /^[a-z][a-z-]{0,40}$/

/** A reason chooses between sentences of ours. */
function reasonOf({ reason }: WireError['data']): WireError['data'] {
  return typeof reason === 'string' && OWN_WORD.test(reason) ? { reason } : {}
}
