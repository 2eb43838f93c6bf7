import { z } from 'zod'
import { calls, DataChange, DataKind } from '../../../contract/index.ts'
import { as, given, limit, nextOffset, offset, path, truncated, which, whichOf } from '../fields.ts'
import { fitting } from '../fitting.ts'
import { snakeNames, snakeSchema } from '../snake-names.ts'
import { type Found, type ToolContext, tool } from '../tool.ts'
import { UNTRUSTED } from '../untrusted.ts'

const Diff = calls['data.diff'].output
const Side = snakeSchema(Diff.shape.from)

/** A part of a file. */
interface Slice {
  readonly path: string
  readonly backup?: string | undefined
  readonly at?: string | undefined
  readonly as?: z.infer<typeof DataKind> | undefined
  readonly offset: number
  readonly maxBytes: number
}

/** Reads a slice as text; as bytes where it is none. Records only where they are asked for: as text, any file can be read on from anywhere. */
export async function readSlice({ path, as, offset, maxBytes, ...backup }: Slice, context: ToolContext) {
  const read = (kind: z.infer<typeof DataKind>) => {
    const length = kind === 'bytes' ? Math.floor((maxBytes * 3) / 4) : maxBytes
    const wanted = { path, ...whichOf(backup), as: kind, offset }
    if (kind === 'text' || kind === 'bytes')
      return context.call('data.read', { ...wanted, length }, context.signal)
    return context.call('data.read', { ...wanted, maxBytes }, context.signal)
  }
  if (as !== undefined) return read(as)
  const asText = await read('text')
  return isNoText(asText.text ?? '') ? read('bytes') : asText
}

/** Text in an old encoding has a letter here and there that cannot be read; other files have bytes that no text has, or hardly anything else. */
function isNoText(text: string): boolean {
  const unread = text.match(/\uFFFD/g)?.length ?? 0
  return text.includes('\0') || unread * 10 > text.length
}

export const contentTools = [
  tool({
    name: 'read_file',
    title: 'Read a file',
    description:
      'Reads a file of a backup, from offset on: text as it stands, other files as base64. With as: json the parsed value, with as: csv or ndjson records (offset then counts records). Large files come in slices: go on with next_offset.',
    input: {
      path,
      ...which,
      as,
      offset: offset('Where to begin: bytes, or records with as: csv and ndjson.'),
    },
    output: {
      backup_id: z.string(),
      created_at: z.string(),
      path: z.string(),
      kind: z.string(),
      size_bytes: z.int(),
      modified_at: z.string(),
      text: z.string().optional(),
      base64: z.string().optional(),
      value: z.unknown().optional(),
      next_offset: nextOffset,
      total: z.int().optional().describe('Records there are, where that is known.'),
    },
    async run({ max_bytes: maxBytes, ...slice }, context): Promise<Found> {
      const { value, nextOffset, ...read } = await readSlice({ ...slice, maxBytes }, context)
      const isRecords = slice.as === 'csv' || slice.as === 'ndjson'
      const records = isRecords && Array.isArray(value) ? value : undefined
      const fit = records && fitting(records, maxBytes, slice.path)
      const isCut = fit !== undefined && fit.length < (records?.length ?? 0)
      const next = isCut ? slice.offset + fit.length : nextOffset
      return {
        structured: {
          ...UNTRUSTED,
          ...snakeNames(read),
          ...(value !== undefined && { value: fit ?? value }),
          ...(next !== undefined && { next_offset: next }),
        },
        ...(read.text !== undefined && { text: read.text }),
        ...(next !== undefined && { note: `There is more of this file: go on with offset ${next}.` }),
      }
    },
  }),

  tool({
    name: 'diff_versions',
    title: 'Compare two versions of a file',
    description:
      'What changed in a file between two backups: values of JSON and records by their pointers, lines of texts; of other files only whether they differ.',
    input: {
      path,
      from: z.string().min(1).max(120).describe('Id of the older backup, or the beginning of one.'),
      to: z.string().min(1).max(120).default('latest').describe('Id of the newer backup, or "latest".'),
      to_path: path.optional().describe('Where the file is in the newer backup, if that is elsewhere.'),
      pointer: z.string().max(2_000).optional().describe('A JSON Pointer: only what is below it.'),
      as,
      limit: limit(10_000, 200, 'At most so many changes.'),
    },
    output: {
      ...Diff.shape,
      from: Side,
      to: Side,
      kind: DataKind,
      changes: z.array(snakeSchema(DataChange)),
      truncated,
    },
    async run({ path, from, to, to_path, pointer, as, limit, max_bytes }, { call, signal }): Promise<Found> {
      const more = given({ toPath: to_path, pointer, as })
      const answer = await call('data.diff', { path, from, to, ...more, limit }, signal)
      const changes = fitting(answer.changes.map(snakeNames), max_bytes, path)
      const isTruncated = answer.truncated || changes.length < answer.changes.length
      return {
        structured: {
          ...UNTRUSTED,
          ...answer,
          from: snakeNames(answer.from),
          to: snakeNames(answer.to),
          changes,
          truncated: isTruncated,
        },
        ...(isTruncated && { note: 'There are more changes: name a pointer, or raise limit or max_bytes.' }),
      }
    },
  }),
]
