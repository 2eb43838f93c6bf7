import { type JsonValue, jsonOfText, objectOf } from './json.ts'
import { lettersOf, linesOf, type Pieces } from './texts.ts'
import { tooLarge, unreadable } from './unreadable.ts'

/** A record of more than this is refused. */
const MOST_RECORD_BYTES = 16 * 1024 * 1024
/** Of a file without line ends, so much is looked at for what stands between columns. */
const MOST_HEADER_LETTERS = 65_536

/** Records of a file, one by one. */
export function recordsOf(pieces: Pieces, kind: 'ndjson' | 'csv'): AsyncGenerator<JsonValue> {
  return kind === 'ndjson' ? parseNdjson(pieces) : parseCsv(pieces)
}

/** A JSON value a line; empty lines count for nothing. A broken line is named by its number. */
async function* parseNdjson(pieces: Pieces): AsyncGenerator<JsonValue> {
  let number = 0
  for await (const line of linesOf(lettersOf(pieces, 'ndjson', true), MOST_RECORD_BYTES)) {
    number++
    if (line.trim() !== '') yield jsonOfText(line, 'ndjson', number)
  }
}

/** Records by the names of the first row; all values are texts, as they stand there. Rows may be longer or shorter than it. */
async function* parseCsv(pieces: Pieces): AsyncGenerator<JsonValue> {
  const letters = lettersOf(pieces, 'csv', false)
  const beginning = await beginningOf(letters)
  const { parse } = await import('csv-parse')
  const parser = parse({
    delimiter: delimiterOf(beginning),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: MOST_RECORD_BYTES,
  })
  async function* all(): AsyncGenerator<string> {
    yield beginning
    yield* letters
  }
  const { Readable, pipeline } = await import('node:stream')
  pipeline(Readable.from(all()), parser, () => {})
  let columns: string[] | undefined
  try {
    for await (const row of parser as AsyncIterable<string[]>) {
      if (!columns) columns = uniqueNames(row)
      else yield recordOf(columns, row)
    }
  } catch (error) {
    throw csvFailure(error)
  }
}

async function beginningOf(letters: AsyncGenerator<string>): Promise<string> {
  let beginning = ''
  while (!beginning.includes('\n') && beginning.length < MOST_HEADER_LETTERS) {
    const { value, done } = await letters.next()
    if (done) break
    beginning += value
  }
  return beginning
}

/** What stands most often between the columns of the first row, outside of quotes. */
export function delimiterOf(beginning: string): string {
  const counts = new Map([',', ';', '\t', '|'].map((mark) => [mark, 0]))
  let isQuoted = false
  for (const letter of beginning) {
    if (letter === '"') isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (letter === '\n') break
    else if (counts.has(letter)) counts.set(letter, counts.get(letter)! + 1)
  }
  const [[best]] = [...counts].sort(([, a], [, b]) => b - a) as [[string, number]]
  return best
}

/** Names of columns: those that are empty get one, those that are there already a number. */
export function uniqueNames(header: readonly string[]): string[] {
  const taken = new Set(header.filter((name, at) => name !== '' && header.indexOf(name) === at))
  return header.map((name, at) => {
    if (name !== '' && header.indexOf(name) === at) return name
    const base = name === '' ? `column${at + 1}` : name
    let unique = base
    for (let count = 2; taken.has(unique); count++) unique = `${base}_${count}`
    taken.add(unique)
    return unique
  })
}

/** What stands beyond the last named column is found under its number; what is not there has no member. */
function recordOf(columns: string[], row: readonly string[]): JsonValue {
  while (columns.length < row.length) columns.push(uniqueNames([...columns, '']).at(-1)!)
  return objectOf(row.map((value, at) => [columns[at]!, value]))
}

function csvFailure(error: unknown): unknown {
  const { code, lines } = error as { code?: string; lines?: number }
  if (code === 'CSV_MAX_RECORD_SIZE') return tooLarge(MOST_RECORD_BYTES)
  return code?.startsWith('CSV_') ? unreadable('csv', 'columns', lines) : error
}
