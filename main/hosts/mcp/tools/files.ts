import { z } from 'zod'
import { calls, DataFile, DataKind } from '../../../contract/index.ts'
import { backupRange, given, limit, path, truncated, which, whichOf } from '../fields.ts'
import { fitting } from '../fitting.ts'
import { snakeNames, snakeSchema } from '../snake-names.ts'
import { type Found, tool } from '../tool.ts'
import { UNTRUSTED } from '../untrusted.ts'

const NARROW = 'There is more: narrow the question, or raise limit or max_bytes.'
const AWAY = 'Not all places answered (unsearched): what is there alone is missing here.'
const unsearched = z
  .number()
  .int()
  .optional()
  .describe('So many places did not answer: what is there alone is missing.')
const Version = calls['data.versions'].output.shape.versions.element
const Hit = calls['data.search'].output.shape.hits.element
const name = z
  .string()
  .min(1)
  .max(500)
  .optional()
  .describe(
    'A glob over the path (** over folders) or, without /, over the name; a text without * and ?: a part of the name.',
  )

/** Records of an answer, as many as fit. */
function listed(
  field: string,
  records: readonly object[],
  isCut: boolean,
  maxBytes: number,
  unsearched?: number,
): Found {
  const fit = fitting(records.map(snakeNames), maxBytes)
  const isTruncated = isCut || fit.length < records.length
  const notes = [...(isTruncated ? [NARROW] : []), ...(unsearched ? [AWAY] : [])]
  return {
    structured: { ...UNTRUSTED, [field]: fit, truncated: isTruncated, ...(unsearched && { unsearched }) },
    ...(notes.length > 0 && { note: notes.join(' ') }),
  }
}

export const fileTools = [
  tool({
    name: 'find_files',
    title: 'Find files',
    description:
      'Finds files in backups by folder, name, kind and date. Without backup and at it looks over all backups and shows equal files once, with the newest backup that holds them. Use the paths it shows with the other tools.',
    input: {
      ...which,
      backup: which.backup.describe(
        'Only in this backup: its id, the beginning of one, or "latest". Absent: in all.',
      ),
      ...backupRange,
      folder: z.string().max(32_768).optional().describe('Only below this folder.'),
      name,
      kind: DataKind.optional().describe('Only files of this kind.'),
      modified_from: z
        .string()
        .max(40)
        .optional()
        .describe('Only files changed at or after this time (ISO 8601).'),
      modified_to: z
        .string()
        .max(40)
        .optional()
        .describe('Only files changed at or before this time (ISO 8601).'),
      limit: limit(1_000, 100, 'At most so many files.'),
    },
    output: { files: z.array(snakeSchema(DataFile)), truncated, unsearched },
    async run({ max_bytes, modified_from, modified_to, ...wanted }, { call, signal }) {
      const range = { modifiedFrom: modified_from, modifiedTo: modified_to }
      const answer = await call('data.files', given({ ...wanted, ...range }), signal)
      return listed('files', answer.files, answer.truncated, max_bytes, answer.unsearched)
    },
  }),

  tool({
    name: 'list_versions',
    title: 'List versions of a file',
    description:
      'Lists the versions of one file whose content differs, newest first, with the backup that holds each. Use two of the ids with diff_versions, or one with read_file.',
    input: { path, ...which, limit: limit(1_000, 100, 'At most so many versions.') },
    output: { versions: z.array(snakeSchema(Version)), truncated },
    async run({ path, limit, max_bytes, ...backup }, { call, signal }) {
      const { versions, truncated } = await call('data.versions', { path, limit, ...whichOf(backup) }, signal)
      return listed('versions', versions, truncated, max_bytes)
    },
  }),

  tool({
    name: 'search',
    title: 'Search for a text',
    description:
      'Finds files whose name (in: names) or content (in: contents) has a text, whatever its case. Contents are looked through in one backup, texts and data only; names in all backups unless one is named.',
    input: {
      text: z.string().min(1).max(500).describe('The text.'),
      in: z.enum(['names', 'contents']).default('names').describe('Where to look.'),
      ...which,
      ...backupRange,
      name,
      limit: limit(1_000, 50, 'At most so many hits.'),
    },
    output: { hits: z.array(snakeSchema(Hit)), truncated, unsearched },
    async run({ max_bytes, ...wanted }, { call, signal }) {
      const answer = await call('data.search', given(wanted), signal)
      return listed('hits', answer.hits, answer.truncated, max_bytes, answer.unsearched)
    },
  }),
]
