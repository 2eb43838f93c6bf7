import { z } from 'zod'
import { Problem } from './problem.ts'
import type { Route } from './route.ts'

type Json = Record<string, unknown>

const TYPE_OF = {
  job: 'application/json',
  events: 'text/event-stream',
  text: 'text/plain',
  bytes: 'application/octet-stream',
} as const

/** Where the description lies. */
export const OPENAPI_PATH = '/api/openapi.json'

/** The description of the API (OpenAPI 3.1), made of the very schemas that check requests and answers. */
export function describeApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) }
  return {
    openapi: '3.1.0',
    info: { title: 'Everstow', version },
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key: evs_…' } },
      schemas: { Problem: json(Problem, 'output') },
    },
    security: [{ key: [] }],
    paths,
  }
}

function operation(route: Route): Json {
  const { method, path, role, summary, params, query, body, response, kind } = route
  const status = kind === 'job' ? '202' : '200'
  const type = TYPE_OF[kind ?? 'job']
  const location = { Location: { description: 'The job.', schema: { type: 'string' } } }
  return {
    operationId: `${method} ${path}`
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/_$/, ''),
    summary,
    description: `Needs a key with the role \`${role}\` or ${role === 'read-data' ? '`admin`' : 'more'}.`,
    'x-role': role,
    parameters: [
      ...parameters(params, 'path'),
      ...parameters(query, 'query'),
      ...(method === 'POST'
        ? [
            {
              name: 'Idempotency-Key',
              in: 'header',
              required: false,
              schema: { type: 'string', maxLength: 200 },
            },
          ]
        : []),
    ],
    ...(body ? { requestBody: { content: { 'application/json': { schema: json(body, 'input') } } } } : {}),
    responses: {
      [status]: {
        description: 'Done, or begun.',
        ...(kind === 'job' ? { headers: location } : {}),
        content: { [type]: { schema: kind === 'bytes' ? {} : json(response, 'output') } },
      },
      ...(kind === 'bytes' && { '206': { description: 'The range.', content: { [type]: { schema: {} } } } }),
      default: {
        description: 'A problem (RFC 9457).',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  }
}

function parameters(fields: z.ZodObject | undefined, where: 'path' | 'query'): Json[] {
  if (!fields) return []
  const { properties = {}, required = [] } = json(fields, 'input') as {
    properties?: Record<string, Json>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema,
  }))
}

function json(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return described
}
