import { asEverstowError, type ErrorCode, EverstowError } from '../../model/errors.ts'
import type { DataDeps } from './asked.ts'

type Cached = Pick<DataDeps, 'cache'>

/** What was made of content: JSON, or why it could not be. */
export type Made = { readonly json: string } | { readonly failure: EverstowError }

/** Changes whenever what is remembered has another form. */
const FORM = '2'
/** Backups never change: these will be the same next time. */
const LASTING: ReadonlySet<ErrorCode> = new Set(['data-unreadable', 'data-too-large', 'invalid-input'])
/** Larger things are made anew: most of them are asked for once. */
const MOST_LETTERS = 4 * 1024 * 1024

/** What `make` gives, once and for all; failures too, where they are of the content. */
export async function remembered<Value>(
  deps: Cached,
  name: readonly string[],
  make: () => Promise<Value>,
): Promise<Value> {
  const made =
    (await recalled(deps, name)) ?? (await kept(deps, name, async () => JSON.stringify(await make())))
  return madeValue<Value>(made)
}

/** What was kept under a name. */
export async function recalled({ cache }: Cached, name: readonly string[]): Promise<Made | undefined> {
  const bytes = await cache.get(['data', FORM, ...name])
  if (!bytes) return undefined
  const text = Buffer.from(bytes).toString()
  if (text.startsWith('=')) return { json: text.slice(1) }
  const { code, data } = JSON.parse(text) as Pick<EverstowError, 'code' | 'data'>
  return { failure: new EverstowError(code, { data }) }
}

/** Makes something and keeps it under a name. */
export async function kept(
  { cache }: Cached,
  name: readonly string[],
  make: () => Promise<string>,
): Promise<Made> {
  const keep = async (text: string): Promise<void> => {
    if (text.length <= MOST_LETTERS) await cache.put(['data', FORM, ...name], Buffer.from(text))
  }
  try {
    const json = await make()
    await keep(`=${json}`)
    return { json }
  } catch (caught) {
    const failure = asEverstowError(caught)
    if (!LASTING.has(failure.code)) throw caught
    await keep(JSON.stringify({ code: failure.code, data: failure.data }))
    return { failure }
  }
}

/** The value that was made. Its objects have all names that stand there as their own, `__proto__` too. */
export function madeValue<Value>(made: Made): Value {
  if ('failure' in made) throw made.failure
  return JSON.parse(made.json) as Value
}
