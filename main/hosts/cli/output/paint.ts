import { styleText } from 'node:util'

/** How a text looks; never the only bearer of a meaning. */
export type Look = 'strong' | 'quiet' | 'good' | 'warn' | 'bad'
export type Paint = (look: Look, text: string) => string

const STYLE = { strong: 'bold', quiet: 'dim', good: 'green', warn: 'yellow', bad: 'red' } as const

/** Colours for a terminal that wants them (https://no-color.org); elsewhere the plain text. */
export function paintFor(stream: { readonly isTTY?: boolean }, noColor: string | undefined): Paint {
  if (stream.isTTY !== true || (noColor !== undefined && noColor !== '')) return (_, text) => text
  return (look, text) => styleText(STYLE[look], text, { validateStream: false })
}
