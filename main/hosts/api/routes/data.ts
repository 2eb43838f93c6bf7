import { z } from 'zod'
import { type CallInput, type CallName, type CallOutput, calls } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import { RequestProblem } from '../problem.ts'
import { type Route, type RouteContext, route } from '../route.ts'
import type { FileContent } from '../send-content.ts'
import { camel, snake, wire } from '../wire.ts'
import { Flag, Name, WholeText } from './fields.ts'

/** Calls that read data in backups. */
type DataName = Exclude<Extract<CallName, `data.${string}`>, 'data.cache' | 'data.clearCache'>

/** Data inside backups: for keys with the role `read-data`, as far as they see, while programs may read data at all. */
export const dataRoutes: readonly Route[] = [
  looking(
    'data.status',
    '/api/v1/data/status',
    'How it stands with the backups this key sees, and its budget.',
  ),
  looking('data.backups', '/api/v1/data/backups', 'Backups that this key sees, newest first.'),
  looking('data.files', '/api/v1/data/files', 'Files by path, kind and date; of one backup, or of all.'),
  looking('data.series', '/api/v1/data/series', 'How a value developed over backups, oldest first.'),
  looking('data.diff', '/api/v1/data/diff', 'What changed in a file from one backup to another.'),
  looking('data.search', '/api/v1/data/search', 'Files whose name or content has a text.'),
  looking('data.sources', '/api/v1/data/backups/{id}/sources', 'The data in a backup, by name.'),
  looking('data.outline', '/api/v1/data/backups/{id}/outline', 'One level of a parsed file.'),
  looking('data.read', '/api/v1/data/backups/{id}/read', 'A file of a backup, parsed, or a part of it.'),
  looking(
    'data.query',
    '/api/v1/data/backups/{id}/query',
    'Everything that a JSONPath finds in a file, or in all files of a glob.',
  ),
  looking(
    'data.versions',
    '/api/v1/data/backups/{id}/versions',
    'Versions of a file whose content differs, newest first.',
  ),
  route({
    method: 'GET',
    path: '/api/v1/data/backups/{id}/content',
    role: 'read-data',
    summary: 'The bytes of a file of a backup, or one `Range` of them.',
    params: z.strictObject({ id: Name }),
    query: z.strictObject({
      path: calls['data.read'].input.shape.path,
      at: calls['data.read'].input.shape.at,
    }),
    kind: 'bytes',
    response: z.custom<FileContent>(),
    async handle({ params: { id }, query: { path, at } }, context) {
      return {
        name: path.slice(path.lastIndexOf('/') + 1),
        async piece(offset, length) {
          const input = {
            backup: id,
            path,
            as: 'bytes',
            offset,
            length,
            ...(at === undefined ? {} : { at }),
          } as const
          const { base64 = '', sizeBytes } = await asked(context, 'data.read', input)
          return { bytes: Buffer.from(base64, 'base64'), sizeBytes }
        },
      }
    },
  }),
]

/** A route that is a call: what the call takes comes in the query, and the backup in the path where it has one. */
function looking(name: DataName, path: string, summary: string): Route {
  const { backup, ...fields } = calls[name].input.shape as Record<string, z.ZodType>
  const isOfBackup = path.includes('{id}')
  const view = wire(calls[name].output)
  return route({
    method: 'GET',
    path,
    role: 'read-data',
    summary,
    ...(isOfBackup && { params: z.strictObject({ id: Name }) }),
    query: queryOf(isOfBackup || !backup ? fields : { ...fields, backup }),
    response: view.schema,
    async handle({ params, query }, context) {
      const given = Object.entries(query).filter(([, value]) => value !== undefined)
      const input = Object.fromEntries(given.map(([field, value]) => [camel(field), value]))
      const { id } = params as { readonly id?: string }
      return view.convert(
        await asked(
          context,
          name,
          (id === undefined ? input : { ...input, backup: id }) as CallInput<DataName>,
        ),
      )
    },
  })
}

/** Asks; what is not there, or not for this key, is not found. */
async function asked<N extends DataName>(
  { call }: RouteContext,
  name: N,
  input: CallInput<N>,
): Promise<CallOutput<N>> {
  try {
    return await call(name, input)
  } catch (error) {
    if (error instanceof EverstowError && error.code === 'invalid-input' && error.data.reason === 'not-there')
      throw new RequestProblem(404, 'not-there', 'There is no such thing in this backup.', {
        field: snake(String(error.data.field ?? 'path')),
      })
    throw error
  }
}

/** Fields of a call as texts of a query. */
function queryOf(fields: Readonly<Record<string, z.ZodType>>): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(Object.entries(fields).map(([name, schema]) => [snake(name), inQuery(schema)])),
  )
}

function inQuery(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional) return inQuery(schema.unwrap() as z.ZodType).optional()
  if (schema instanceof z.ZodDefault) return inQuery(schema.unwrap() as z.ZodType).optional()
  if (schema instanceof z.ZodNumber) return WholeText.pipe(schema)
  if (schema instanceof z.ZodBoolean) return Flag
  return schema
}
