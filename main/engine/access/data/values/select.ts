import type { JsonValue } from './json.ts'
import { DEEPEST } from './json.ts'
import { notSelecting, pointerOf, valueAt } from './pointer.ts'

/** A value and where it is. */
export interface Match {
  readonly pointer: string
  readonly value: JsonValue
}

/** What a JSON Pointer (`/prices/0`, `''` for all) or a JSONPath (`$.prices[*]`, RFC 9535) finds, one by one. */
export async function* select(value: JsonValue, selector: string): AsyncGenerator<Match> {
  if (selector.startsWith('$')) return yield* byPath(value, selector)
  const found = valueAt(value, selector)
  if (found !== undefined) yield { pointer: selector, value: found }
}

async function* byPath(value: JsonValue, selector: string): AsyncGenerator<Match> {
  const { JSONPathEnvironment } = await import('json-p3')
  const environment = new JSONPathEnvironment({ maxRecursionDepth: DEEPEST + 2 })
  let query: ReturnType<typeof environment.compile>
  try {
    query = environment.compile(selector)
  } catch {
    throw notSelecting(selector)
  }
  for (const node of query.lazyQuery(value))
    yield { pointer: pointerOf(node.location), value: node.value as JsonValue }
}
