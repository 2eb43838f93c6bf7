import { z } from 'zod'

/** A schema of the contract as the API has it, and how a value gets there. */
export interface Wire {
  readonly schema: z.ZodType
  convert(value: unknown): unknown
}

/** Names in snake_case, at every depth; keys that are data (of records) stay as they are. */
export function wire(schema: z.ZodType): Wire {
  if (schema instanceof z.ZodObject) return wireObject(schema)
  if (schema instanceof z.ZodArray) {
    const element = wire(schema.element as z.ZodType)
    return {
      schema: z.array(element.schema),
      convert: (value) => (Array.isArray(value) ? value.map(element.convert) : value),
    }
  }
  if (schema instanceof z.ZodOptional) {
    const inner = wire(schema.unwrap() as z.ZodType)
    return {
      schema: inner.schema.optional(),
      convert: (value) => (value === undefined ? value : inner.convert(value)),
    }
  }
  return { schema, convert: (value) => value }
}

function wireObject(schema: z.ZodObject): Wire {
  const fields = Object.entries(schema.shape).map(
    ([name, inner]) => [name, snake(name), wire(inner as z.ZodType)] as const,
  )
  return {
    schema: z.object(Object.fromEntries(fields.map(([, name, inner]) => [name, inner.schema]))),
    convert(value) {
      if (typeof value !== 'object' || value === null) return value
      const from = value as Readonly<Record<string, unknown>>
      return Object.fromEntries(
        fields.flatMap(([ours, name, inner]) =>
          from[ours] === undefined ? [] : [[name, inner.convert(from[ours])]],
        ),
      )
    },
  }
}

/** `modifiedFrom` as `modified_from`. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** `modified_from` as `modifiedFrom`. */
export function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
