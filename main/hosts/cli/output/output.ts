import { type Paint, paintFor } from './paint.ts'

/** Where a command speaks: answers on standard output, messages on standard error. */
export interface Output {
  readonly json: boolean
  readonly quiet: boolean
  /** For lines on standard output. */
  readonly paint: Paint
  /** For lines on standard error. */
  readonly paintNote: Paint
  /** A line on standard error that is replaced again and again; undefined where nobody sees it. */
  readonly live: LiveLine | undefined
  /** What was asked for: with `--json` the one document, else lines. */
  answer(document: unknown, lines: () => readonly string[]): void
  /** What work came to: like an answer, but `--quiet` silences the lines. */
  outcome(document: unknown, lines: () => readonly string[]): void
  /** Says something on the way; silent with `--quiet`. */
  note(line: string): void
  /** Says what a person must know, always. */
  warn(line: string): void
}

/** One line of a terminal. */
export interface LiveLine {
  readonly columns: () => number
  show(text: string): void
  clear(): void
}

/** Speaks on the process's own streams. A reader that went away (`| head`) is no failure: the work goes on unheard. */
export function createOutput(options: {
  readonly json: boolean
  readonly quiet: boolean
  readonly noColor: string | undefined
}): Output {
  const { json, quiet, noColor } = options
  const { stdout, stderr } = process
  for (const stream of [stdout, stderr])
    if (!stream.listeners('error').includes(ignoreGone)) stream.on('error', ignoreGone)
  const live = stderr.isTTY && !quiet ? liveLine(stderr) : undefined
  const say = (line: string): void => {
    live?.clear()
    stderr.write(`${line}\n`)
  }

  function print(document: unknown, lines: () => readonly string[], silent: boolean): void {
    if (json) stdout.write(`${JSON.stringify(document, null, 2)}\n`)
    else if (!silent) for (const line of lines()) stdout.write(`${line}\n`)
  }

  return {
    json,
    quiet,
    paint: paintFor(stdout, noColor),
    paintNote: paintFor(stderr, noColor),
    live,
    answer: (document, lines) => print(document, lines, false),
    outcome: (document, lines) => print(document, lines, quiet),
    note: (line) => {
      if (!quiet) say(line)
    },
    warn: say,
  }
}

function ignoreGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

function liveLine(stream: NodeJS.WriteStream): LiveLine {
  let shown = false
  return {
    columns: () => stream.columns || 80,
    show(text) {
      stream.write(`\r\x1b[2K${text}`)
      shown = true
    },
    clear() {
      if (shown) stream.write('\r\x1b[2K')
      shown = false
    },
  }
}
