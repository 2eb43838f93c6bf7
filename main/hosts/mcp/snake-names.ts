import { z } from 'zod'

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** A record of the contract with its names in snake_case; what they name stays as it is, for it may be data. */
export function snakeNames(record: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) => (value === undefined ? [] : [[snake(name), value]])),
  )
}

/** The schema of such a record. */
export function snakeSchema(schema: z.ZodObject): z.ZodObject {
  return z.object(
    Object.fromEntries(Object.entries(schema.shape).map(([name, field]) => [snake(name), field])),
  )
}
