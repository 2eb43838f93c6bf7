import { sizeOfContent } from '../content-text.ts'
import { pathIn } from '../events.ts'
import type { Operation } from '../operations.ts'
import { keyOf } from './device-of.ts'
import type { OpenFolder } from './open-folder.ts'

/** A change here that the others do not have, in words of people. */
export interface Waiting {
  readonly key: string
  readonly do: 'upload' | 'move' | 'delete' | 'make'
  readonly path: string
  readonly from?: string
  readonly sizeBytes?: number
  /** A person lets it wait. */
  readonly isDropped: boolean
}

/** Operations in their order, as people read them. */
export function describeQueue(
  { base }: Pick<OpenFolder, 'base'>,
  operations: readonly { readonly operation: Operation; readonly path: string }[],
  dropped: ReadonlySet<string>,
): Waiting[] {
  return operations.flatMap(({ operation, path }): Waiting[] => {
    const key = keyOf(operation, path)
    const common = { key, path, isDropped: dropped.has(key) }
    if (operation.do === 'keep') return []
    if (operation.do === 'delete') return [{ ...common, do: 'delete' }]
    if (operation.do === 'move') return [{ ...common, do: 'move', from: pathIn(base.nodes, operation.id) }]
    if (operation.content === undefined) return [{ ...common, do: 'make' }]
    return [{ ...common, do: 'upload', sizeBytes: sizeOfContent(operation.content) }]
  })
}
