import { z } from 'zod'
import { calls, DataNode, DataSource, SeriesPoint } from '../../../contract/index.ts'
import {
  as,
  backupRange,
  given,
  limit,
  nextOffset,
  offset,
  path,
  truncated,
  which,
  whichOf,
} from '../fields.ts'
import { fitting } from '../fitting.ts'
import { snakeNames, snakeSchema } from '../snake-names.ts'
import { type Found, MOST_BYTES, tool } from '../tool.ts'
import { UNTRUSTED } from '../untrusted.ts'

const { matches, unread } = calls['data.query'].output.shape
const backupRead = { backup_id: z.string(), created_at: z.string() }
const select = z.string().max(2_000)

export const dataTools = [
  tool({
    name: 'describe_data',
    title: 'Describe data',
    description:
      'Without path: the data in a backup that can be parsed (JSON, NDJSON, CSV …), by name; use a name wherever a path is wanted. With path: one level of that file (keys or indexes, types, lengths, beginnings), so that you can choose what to select; go deeper with pointer.',
    input: {
      path: path.optional(),
      ...which,
      pointer: select
        .optional()
        .describe('With path: a JSON Pointer to what to describe, e.g. /prices/0. Absent: the whole value.'),
      as,
      limit: limit(1_000, 200, 'At most so many names or members.'),
      offset: offset('Without path: leave out the first so many names.'),
    },
    output: {
      ...backupRead,
      sources: z.array(snakeSchema(DataSource)).optional(),
      total: z.int().optional(),
      next_offset: nextOffset,
      path: z.string().optional(),
      kind: z.string().optional(),
      size_bytes: z.int().optional(),
      node: snakeSchema(DataNode).optional(),
      members: z.array(snakeSchema(DataNode)).optional(),
      truncated: truncated.optional(),
    },
    async run({ path, pointer, as, limit, offset, max_bytes, ...backup }, { call, signal }): Promise<Found> {
      if (path === undefined) {
        const listed = await call('data.sources', { ...whichOf(backup), limit, offset }, signal)
        const sources = fitting(listed.sources.map(snakeNames), max_bytes)
        const next = offset + sources.length
        const isMore = next < listed.total && sources.length > 0
        return {
          structured: {
            ...UNTRUSTED,
            backup_id: listed.backupId,
            created_at: listed.createdAt,
            sources,
            total: listed.total,
            ...(isMore && { next_offset: next }),
          },
          ...(isMore && { note: `There is more: go on with offset ${next}.` }),
        }
      }
      const wanted = { path, ...whichOf(backup), ...given({ pointer, as }), limit }
      const { members, node, ...read } = await call('data.outline', wanted, signal)
      const fit = fitting(members.map(snakeNames), max_bytes, path)
      const { modified_at: _, ...about } = snakeNames(read)
      const isTruncated = read.truncated || fit.length < members.length
      return {
        structured: { ...UNTRUSTED, ...about, node: snakeNames(node), members: fit, truncated: isTruncated },
      }
    },
  }),

  tool({
    name: 'query_data',
    title: 'Query data',
    description:
      'Finds values with a JSONPath (RFC 9535, e.g. $.orders[?@.total > 100].id) or a JSON Pointer in a file of a backup, or in all files of a glob. CSV and NDJSON are arrays of records. Each match says its file, its pointer and its value.',
    input: {
      path: path.describe(
        'Path inside the backup, a name that describe_data lists, or a glob (** over folders).',
      ),
      select: select.describe('JSONPath or JSON Pointer; $ is the whole value.'),
      ...which,
      as,
      limit: limit(10_000, 100, 'At most so many matches.'),
    },
    output: {
      ...backupRead,
      matches: z.array(matches.element),
      truncated,
      unread: z.array(unread.element).describe('Files that could not be read as data.'),
    },
    async run({ path, select, as, limit, max_bytes, ...backup }, { call, signal }): Promise<Found> {
      const wanted = { path, select, ...whichOf(backup), ...given({ as }), limit, maxBytes: max_bytes }
      const answer = await call('data.query', wanted, signal)
      const fit = fitting(answer.matches, max_bytes, path)
      const isTruncated = answer.truncated || fit.length < answer.matches.length
      return {
        structured: {
          ...UNTRUSTED,
          ...snakeNames(answer),
          matches: fit,
          unread: answer.unread.slice(0, UNREAD_NAMED),
          truncated: isTruncated,
        },
        ...(isTruncated && { note: 'There is more: ask for less at once, or raise limit or max_bytes.' }),
      }
    },
  }),

  tool({
    name: 'time_series',
    title: 'How a value developed',
    description:
      'How a value in a file developed over backups, oldest first: one point for each backup, with the value, whether it was found, and whether it changed. For questions such as "how did X develop over the last 100 backups?". Points that could not be read say why and spoil nothing else.',
    input: {
      path,
      select: select
        .default('')
        .describe('JSONPath or JSON Pointer of the value, e.g. $.total; empty: the whole file.'),
      ...backupRange,
      as,
      limit: limit(1_000, 100, 'The newest so many backups.'),
      changes_only: z.boolean().default(false).describe('Only the first of equal points.'),
    },
    output: { points: z.array(snakeSchema(SeriesPoint)), truncated },
    async run({ max_bytes, changes_only, ...wanted }, { call, signal }): Promise<Found> {
      const answer = await call(
        'data.series',
        { ...given(wanted), changesOnly: changes_only, maxBytes: MOST_BYTES },
        signal,
      )
      // The newest tell most: where not all fit, the oldest are left out.
      const fit = fitting(answer.points.map(snakeNames).reverse(), max_bytes, wanted.path).reverse()
      const isCut = fit.length < answer.points.length
      return {
        structured: { ...UNTRUSTED, points: fit, truncated: answer.truncated || isCut },
        ...(isCut && {
          note: 'Older points are left out: set to to an earlier time, raise max_bytes, or select less.',
        }),
      }
    },
  }),
]

/** So many files that could not be read are named. */
const UNREAD_NAMED = 50
