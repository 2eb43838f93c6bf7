/** A piece of a page that is set as code. */
export interface Block {
  /** `sh`: commands. `console`: commands after `$ `, each followed by what it says. */
  readonly language: string
  readonly text: string
  /** Line of the page on which it begins. */
  readonly line: number
}

/** A command of a page. */
export interface Step {
  readonly command: string
  /** What the page says it prints; nothing where the page does not say. */
  readonly said?: string
  /** A command that is meant to end with another status than 0 says so: `# exit status 3`. */
  readonly status: number
  /** Several lines that are one step. */
  readonly isWhole: boolean
}

/** The blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((found) => ({
    language: found[1] ?? '',
    text: found[2] ?? '',
    line: page.slice(0, found.index).split('\n').length,
  }))
}

/** The commands of a block; those of `sh` are one. */
export function stepsOf({ language, text }: Block): Step[] {
  if (language === 'sh') return [{ ...stepOf(text.trim()), isWhole: true }]
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      // A command goes on after a backslash.
      const command = /^(?:.*\\\n)*.*\n/.exec(part)?.[0] ?? part
      return stepOf(command.trim(), part.slice(command.length).trimEnd())
    })
}

function stepOf(command: string, said?: string): Step {
  const status = Number(/# exit status (\d+)/.exec(command)?.[1] ?? 0)
  return { command, status, isWhole: false, ...(said ? { said } : {}) }
}

/** What differs from run to run: times, ids, amounts and the width of columns. The first that fits decides. */
const CHANGING = [
  String.raw`\d{4}-\d{2}-\d{2}T\d{6}`,
  String.raw`\d{8}_\d{6}(?:_\d+)?`,
  String.raw`[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d{2}\s[AP]M`,
  String.raw`\d{4}-\d{2}-\d{2}`,
  String.raw`(?:just now|yesterday|tomorrow|(?:last|next) (?:week|month|year)|(?:in )?\d+ (?:second|minute|hour|day|week|month|year)s?(?: ago)?)`,
  'run_[0-9a-f]+',
  '[0-9a-f]{8,}',
  String.raw`[\d.,]+ (?:bytes|[kMGT]B)`,
  String.raw`\s+`,
]

/** Whether something was said as the page has it. `…` stands for anything, also for several lines. */
export function fits(said: string, asWritten: string): boolean {
  const changing = new RegExp(`\\s*…\\s*|${CHANGING.map((each) => `(${each})`).join('|')}`, 'g')
  let pattern = ''
  let end = 0
  for (const found of asWritten.matchAll(changing)) {
    const kind = CHANGING.findIndex((_, at) => found[at + 1] !== undefined)
    pattern += escaped(asWritten.slice(end, found.index)) + (CHANGING[kind] ?? '[^]*?')
    end = found.index + found[0].length
  }
  return new RegExp(`^\\s*${pattern}${escaped(asWritten.slice(end))}\\s*$`).test(said)
}

/** A text as a pattern that fits it alone. */
export const escaped = (text: string): string => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')
