import { heapFill } from '../../../env/node/heap.ts'
import { EverstowError } from '../../../model/errors.ts'
import type { DataKind } from '../kinds.ts'
import { diffLines } from '../values/diff-lines.ts'
import { diffValues, type ValueChange } from '../values/diff-values.ts'
import { findText } from '../values/find-text.ts'
import { type JsonValue, parseJson } from '../values/json.ts'
import { outlineOf } from '../values/outline.ts'
import { pick, stepsOf } from '../values/pick.ts'
import { namesOfPointer, valueAt } from '../values/pointer.ts'
import { recordsOf } from '../values/records.ts'
import { type Match, select } from '../values/select.ts'
import { type Pieces, wholeBytes, wholeText, withLimit } from '../values/texts.ts'
import { tooLarge, unreadable } from '../values/unreadable.ts'
import { type DataJob, MOST_ANSWER_BYTES } from './job.ts'

/** While records gather it is looked so often whether there is room for more. */
const RECORDS_A_LOOK = 1_000
const MOST_FILL = 0.7

/** `json`: of several things that a JSONPath finds, all of them in a list. */
export interface SelectResult {
  readonly found: boolean
  readonly value?: unknown
}

export interface MatchesResult {
  readonly matches: readonly { readonly pointer: string; readonly value: unknown }[]
  readonly truncated: boolean
}

export interface RecordsResult {
  readonly records: readonly unknown[]
  /** Number of the record that comes next; absent at the end. */
  readonly next?: number
  /** How many there are; absent where nobody went to the end. */
  readonly total?: number
}

export interface DiffResult {
  readonly added: number
  readonly removed: number
  readonly changed: number
  readonly moved: number
  readonly changes: readonly ValueChange[]
  readonly truncated: boolean
}

/** Does a job on the contents it is about and gives its result as JSON. Fails with codes alone: whoever knows the path adds it. */
export async function doJob(job: DataJob, inputs: readonly Pieces[]): Promise<string> {
  const [first, second] = inputs as [Pieces, Pieces]
  switch (job.op) {
    case 'select':
      return selected(matchesIn(first, job))
    case 'matches':
      return matchesOf(matchesIn(first, job), job)
    case 'outline':
      return JSON.stringify(outlineOf(await parsed(first, job.kind), job.pointer, job) ?? null)
    case 'records':
      return someRecords(first, job)
    case 'diff':
      return differencesOf(await changesOf(job, first, second), job)
    case 'find-text':
      return JSON.stringify(await findText(first, job.text, job.limit))
  }
}

/** All of a file as one value. */
async function parsed(pieces: Pieces, kind: DataKind): Promise<JsonValue> {
  if (kind === 'json') return parseJson(await wholeBytes(pieces))
  if (kind === 'text') return wholeText(await wholeBytes(pieces), kind, false)
  if (kind === 'bytes') throw unreadable(kind, 'kind')
  const records: JsonValue[] = []
  for await (const record of recordsOf(withLimit(pieces), kind)) {
    if (records.push(record) % RECORDS_A_LOOK === 0 && heapFill() > MOST_FILL)
      throw new EverstowError('data-too-hard')
  }
  return records
}

/** What a selector finds, one by one. Where it can be one thing only, the rest of a JSON does not become a value. */
async function* matchesIn(
  pieces: Pieces,
  { kind, select: selector }: { readonly kind: DataKind; readonly select: string },
): AsyncGenerator<Match> {
  const steps = kind === 'json' ? stepsOf(selector) : undefined
  if (!steps) return yield* select(await parsed(pieces, kind), selector)
  const bytes = await wholeBytes(pieces)
  const picked = pick(bytes, steps)
  if (!picked) yield* select(parseJson(bytes), selector)
  else if (picked.match) yield picked.match
}

async function selected(matches: AsyncIterable<Match>): Promise<string> {
  const texts: string[] = []
  let bytes = 0
  for await (const match of matches) {
    texts.push(JSON.stringify(match.value))
    bytes += texts.at(-1)!.length
    if (bytes > MOST_ANSWER_BYTES) throw tooLarge(MOST_ANSWER_BYTES)
  }
  if (texts.length === 0) return JSON.stringify({ found: false } satisfies SelectResult)
  return `{"found":true,"value":${texts.length === 1 ? texts[0] : `[${texts.join(',')}]`}}`
}

interface Limits {
  readonly limit: number
  readonly maxBytes: number
}

async function matchesOf(matches: AsyncIterable<Match>, job: Limits): Promise<string> {
  const list = listWithin(job)
  for await (const match of matches) if (!list.add(match)) break
  return `{"matches":${list.json()},"truncated":${list.isFull()}}`
}

/** JSON texts that together stay within a limit. */
function listWithin({ limit, maxBytes }: Limits) {
  const texts: string[] = []
  let bytes = 0
  let isFull = false
  return {
    add(item: unknown): boolean {
      if (isFull || texts.length >= limit) isFull = true
      else {
        const text = JSON.stringify(item)
        bytes += Buffer.byteLength(text)
        isFull = bytes > maxBytes
        if (!isFull) texts.push(text)
      }
      return !isFull
    },
    isFull: () => isFull,
    count: () => texts.length,
    json: () => `[${texts.join(',')}]`,
  }
}

async function someRecords(pieces: Pieces, job: DataJob & { readonly op: 'records' }): Promise<string> {
  const list = listWithin({ limit: job.length, maxBytes: job.maxBytes })
  let number = 0
  for await (const record of recordsOf(pieces, job.kind)) {
    if (number >= job.offset && !list.add(record)) break
    number++
  }
  // One that is too large alone would never be passed.
  if (list.isFull() && list.count() === 0) throw tooLarge(job.maxBytes)
  const rest = list.isFull() ? `"next":${number}` : `"total":${number}`
  return `{"records":${list.json()},${rest}}`
}

async function changesOf(
  job: DataJob & { readonly op: 'diff' },
  first: Pieces,
  second: Pieces,
): Promise<Iterable<ValueChange>> {
  if (job.kind === 'text') {
    const [old, fresh] = [await wholeBytes(first), await wholeBytes(second)]
    return diffLines(linesIn(wholeText(old, 'text', false)), linesIn(wholeText(fresh, 'text', false)))
  }
  const [old, fresh] = [await parsed(first, job.kind), await parsed(second, job.kind)]
  const [before, after] = [valueAt(old, job.pointer), valueAt(fresh, job.pointer)]
  const names = namesOfPointer(job.pointer)
  if (before === undefined) return after === undefined ? [] : [{ change: 'added', path: job.pointer, after }]
  if (after === undefined) return [{ change: 'removed', path: job.pointer, before }]
  return diffValues(before, after, names, job.kind !== 'json')
}

function linesIn(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function differencesOf(changes: Iterable<ValueChange>, job: Limits): string {
  const list = listWithin(job)
  const counts = { added: 0, removed: 0, changed: 0, moved: 0 }
  for (const each of changes) {
    counts[each.change]++
    list.add(each)
  }
  return `${JSON.stringify(counts).slice(0, -1)},"changes":${list.json()},"truncated":${list.isFull()}}`
}
