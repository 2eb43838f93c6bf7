import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import type { ToolContext } from './tool.ts'
import { readSlice } from './tools/contents.ts'
import { marked, UNTRUSTED } from './untrusted.ts'

const BACKUP = 'everstow://backup/'
/** Every file of every backup that may be seen. */
export const TEMPLATE = {
  name: 'file',
  title: 'A file in a backup',
  uriTemplate: `${BACKUP}{id}/{+path}{?offset}`,
  description:
    'A file as a backup holds it. id: of the backup, or latest. path: as find_files shows it, each name percent-encoded. A large file says at which offset to go on.',
} as const

/** Backups whose data is listed. */
const LISTED_BACKUPS = 10
const PAGE = 100
const SLICE_BYTES = 64 * 1_024
/** As many as the protocol takes. */
const COMPLETIONS = 100
const LOOKED_THROUGH = 1_000

const Cursor = z.strictObject({ backup: z.string().min(1).max(120), offset: z.int().min(0) })
type Cursor = z.infer<typeof Cursor>

/** The data of the newest backups, a backup after the other. */
export async function listResources(cursor: string | undefined, { call, signal }: ToolContext) {
  const { backups } = await call('data.backups', { limit: LISTED_BACKUPS }, signal)
  const from: Cursor | undefined = cursor === undefined ? newest(backups) : parsedCursor(cursor)
  if (!from) return { resources: [] }
  const at = backups.findIndex(({ id }) => id === from.backup)
  if (at < 0) throw new McpError(ErrorCode.InvalidParams, 'There is no such page any more.')
  const { backupId, createdAt, sources, total } = await call(
    'data.sources',
    { backup: from.backup, limit: PAGE, offset: from.offset },
    signal,
  )
  const read = from.offset + sources.length
  const older = backups[at + 1]
  const next: Cursor | undefined =
    read < total && sources.length > 0
      ? { backup: from.backup, offset: read }
      : older && { backup: older.id, offset: 0 }
  return {
    resources: sources.map(({ name, path, kind, sizeBytes, modifiedAt }) => ({
      uri: uriOf(backupId, path),
      name,
      description: `${kind}, in the backup of ${createdAt}`,
      mimeType: 'text/plain',
      size: sizeBytes,
      annotations: { lastModified: modifiedAt },
      _meta: UNTRUSTED,
    })),
    ...(next && { nextCursor: Buffer.from(JSON.stringify(next)).toString('base64url') }),
  }
}

const newest = ([backup]: readonly { readonly id: string }[]): Cursor | undefined =>
  backup && { backup: backup.id, offset: 0 }

function parsedCursor(text: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  } catch {
    throw new McpError(ErrorCode.InvalidParams, 'There is no such page.')
  }
}

/** A slice of the file that an address names: text between marks, or bytes. */
export async function readResource(uri: string, context: ToolContext) {
  const { backup, path, offset } = parsedUri(uri)
  const { text, base64, nextOffset, sizeBytes } = await readSlice(
    { backup, path, offset, maxBytes: SLICE_BYTES },
    context,
  )
  const next = nextOffset === undefined ? undefined : `${uriOf(backup, path)}?offset=${nextOffset}`
  const _meta = { ...UNTRUSTED, size_bytes: sizeBytes, ...(next !== undefined && { next }) }
  if (text === undefined)
    return { contents: [{ uri, mimeType: 'application/octet-stream', blob: base64 ?? '', _meta }] }
  const note = nextOffset === undefined ? '' : `There is more of this file, from offset ${nextOffset} on.\n`
  return { contents: [{ uri, mimeType: 'text/plain', text: `${note}${marked(text)}`, _meta }] }
}

export function uriOf(backup: string, path: string): string {
  return `${BACKUP}${encodeURIComponent(backup)}/${path.split('/').map(encodeURIComponent).join('/')}`
}

function parsedUri(uri: string): { readonly backup: string; readonly path: string; readonly offset: number } {
  const [, id = '', path = '', offset = '0'] =
    /^everstow:\/\/backup\/([^/?#]{1,400})\/([^?#]+)(?:\?offset=(\d{1,15}))?$/.exec(uri) ?? []
  try {
    const backup = decodeURIComponent(id)
    const decoded = path.split('/').map(decodeURIComponent).join('/')
    if (backup !== '' && decoded !== '') return { backup, path: decoded, offset: Number(offset) }
  } catch {
    // No address of ours: it is answered as such below.
  }
  throw new McpError(NOT_FOUND, 'There is no such resource.')
}

/** What the protocol says of a resource that is not there. */
const NOT_FOUND = -32_002

interface CompletionRequest {
  readonly ref: { readonly type: string; readonly uri?: unknown }
  readonly argument: { readonly name: string; readonly value: string }
  readonly context?: { readonly arguments?: Readonly<Record<string, string>> | undefined } | undefined
}

/** Ids of backups, and paths in the one that was chosen. */
export async function completeResource({ ref, argument, context }: CompletionRequest, tools: ToolContext) {
  if (ref.type !== 'ref/resource' || ref.uri !== TEMPLATE.uriTemplate)
    throw new McpError(ErrorCode.InvalidParams, 'There is nothing to complete.')
  const { name, value } = argument
  const known =
    name === 'id'
      ? await backupIds(tools)
      : name === 'path'
        ? await paths(value, context?.arguments?.id, tools)
        : []
  const fitting = known.filter((each) => each.startsWith(value))
  return {
    completion: { values: fitting.slice(0, COMPLETIONS), hasMore: fitting.length > COMPLETIONS },
    _meta: UNTRUSTED,
  }
}

async function backupIds({ call, signal }: ToolContext): Promise<string[]> {
  const { backups } = await call('data.backups', { limit: LOOKED_THROUGH }, signal)
  return ['latest', ...backups.map(({ id }) => id)]
}

async function paths(value: string, backup = 'latest', { call, signal }: ToolContext): Promise<string[]> {
  const folder = value.slice(0, Math.max(0, value.lastIndexOf('/')))
  const { files } = await call('data.files', { backup, folder, limit: LOOKED_THROUGH }, signal)
  return files.map(({ path }) => path)
}
