import type { DataSource } from '../../contract/index.ts'
import type { Caller } from './caller.ts'
import type { DataOptions } from './read-data.ts'

/** A source of data in a backup: what a listing knows of it, and its content when it is wanted. */
export interface Source extends Readonly<DataSource> {
  /** As `data` of a backup. */
  read<T = unknown>(options?: DataOptions): Promise<T>
}

/** Data by name; each is read when it is asked for. */
export type DataSources = Readonly<Record<string, Promise<unknown>>>

/** What one call lists at most. */
const PAGE = 10_000

/** All sources of a backup, by name, in the order of the listing. */
export async function sourceMap(
  call: Caller,
  backup: string,
  read: (path: string, options?: DataOptions) => Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Source>> {
  const found = new Map<string, Source>()
  for (let offset = 0; ; ) {
    const { sources, total } = await call('data.sources', { backup, offset, limit: PAGE }, signal)
    for (const source of sources)
      found.set(source.name, { ...source, read: ((how) => read(source.path, how)) as Source['read'] })
    offset += sources.length
    if (sources.length === 0 || offset >= total) return found
  }
}

/** Sources as properties. Names come from files: none of them may mean anything to JavaScript, `__proto__` and `then` neither. */
export function lazySources(sources: ReadonlyMap<string, Source>): DataSources {
  const view: Record<string, Promise<unknown>> = Object.create(null)
  for (const [name, source] of sources) {
    let data: Promise<unknown> | undefined
    const get = () => {
      data ??= source.read()
      // Heard where it is awaited; JavaScript itself looks at `then`.
      data.catch(() => {})
      return data
    }
    Object.defineProperty(view, name, { enumerable: true, get })
  }
  return view
}
