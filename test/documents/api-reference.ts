import { describeApi } from '../../main/hosts/api/openapi.ts'
import { routes } from '../../main/hosts/api/routes/index.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly default?: unknown
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: Schema
}

interface Operation {
  readonly summary: string
  readonly 'x-role': string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }>
  >
}

/** The API as OpenAPI has it. */
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/** The format of the description has its own version; that of the program would change it at every release. */
const VERSION = '1'

/** What the API says of itself, route by route. */
export const describedApi = (): Description => describeApi(routes, VERSION) as unknown as Description

/** The description as it is kept. */
export const descriptionText = (description: Description): string =>
  `${JSON.stringify(description, null, 2)}\n`

const HEAD = `# The REST API, route by route

Made of [openapi.json](openapi.json) by \`npm run docs\`; not written by hand. How to switch it on, and how it answers: [the guide](../guide/rest-api.md).

Every request needs \`Authorization: Bearer evs_…\`. A role may do what the roles before it may: \`read\`, \`operate\`, \`admin\`; \`read-data\` reads data in backups and nothing else, and
\`admin\` may do that, too. \`?\` marks what may be left out. Errors are \`application/problem+json\`.
`

/** The description as a page. */
export function descriptionPage({ paths }: Description): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      title: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  )
  const table = operations.map(
    ({ title, operation }) =>
      `| [\`${title}\`](#${anchorOf(title)}) | ${operation['x-role']} | ${operation.summary} |`,
  )
  return `${[HEAD, '| Route | Role | What |', '|---|---|---|', ...table, ...operations.map(sectionOf)].join('\n')}\n`
}

const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')

function sectionOf({ title, operation }: { title: string; operation: Operation }): string {
  const parameters = operation.parameters.map(
    ({ name, in: where, required, schema }) =>
      `| \`${name}\`${required ? '' : '?'} | ${where} | ${typeOf(schema)} |`,
  )
  const asked = operation.requestBody?.content['application/json']?.schema
  const body = Object.entries(asked?.properties ?? {}).map(
    ([name, schema]) =>
      `| \`${name}\`${asked?.required?.includes(name) ? '' : '?'} | body | ${typeOf(schema)} |`,
  )
  const given = [...parameters, ...body]
  const [status = '', answer] = Object.entries(operation.responses)[0] ?? []
  const [type = '', { schema = {} } = {}] = Object.entries(answer?.content ?? {})[0] ?? []
  return [
    `\n## ${title}\n`,
    `${operation.summary} Role: \`${operation['x-role']}\`.`,
    ...(given.length > 0 ? ['\n| Given | In | Type |', '|---|---|---|', ...given] : []),
    `\nAnswers ${status}, \`${type}\`${shown(schema)}`,
  ].join('\n')
}

/** What comes back, field by field; nothing more where it is no JSON. */
function shown(schema: Schema): string {
  const text = shapeOf(schema, '')
  return text === 'any' || text === 'text' ? '.' : `:\n\n\`\`\`\n${text}\n\`\`\``
}

/** A type in a cell of a table. */
const typeOf = (schema: Schema): string => {
  const { minimum, maximum } = schema
  const most = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? ` to ${maximum}` : ''
  const range = most !== '' && minimum !== undefined ? `, ${minimum}${most}` : ''
  const usual = schema.default === undefined ? '' : `; \`${JSON.stringify(schema.default)}\` unless given`
  return `${shapeOf(schema, '').replace(/\s+/g, ' ').replaceAll('|', '\\|')}${range}${usual}`
}

function shapeOf(schema: Schema, indent: string): string {
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return [...new Set(choices.map((each) => shapeOf(each, indent)))].join(' | ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(' | ')
  if (Array.isArray(schema.type))
    return schema.type.map((type) => shapeOf({ ...schema, type }, indent)).join(' | ')
  if (schema.type === 'array') return `[${shapeOf(schema.items ?? {}, indent)}]`
  if (schema.type === 'object') return objectOf(schema, indent)
  if (schema.type === 'string') return schema.format === 'date-time' ? 'time' : 'text'
  return typeof schema.type === 'string' ? schema.type : 'any'
}

function objectOf({ properties, required }: Schema, indent: string): string {
  if (!properties) return '{…}'
  const deeper = `${indent}  `
  const fields = Object.entries(properties).map(
    ([name, schema]) => `${deeper}${name}${required?.includes(name) ? '' : '?'}: ${shapeOf(schema, deeper)}`,
  )
  return `{\n${fields.join('\n')}\n${indent}}`
}
