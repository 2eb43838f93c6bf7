import type { FileVersion, SpaceEntry, SyncOperation } from '../../../contract/index.ts'
import type { Invocation } from '../invocation.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'

/** Versions of a file, a row each. */
export function versionTable(versions: readonly FileVersion[], { say, output }: Invocation): string[] {
  return table(
    [
      { title: say('column.version'), right: true },
      { title: say('column.when') },
      { title: say('column.onDevice') },
      { title: say('column.change') },
      { title: say('column.size'), right: true },
      { title: say('column.file') },
    ],
    versions.map(({ slot, at, device, change, sizeBytes, path, isCurrent }) => [
      say.number(slot),
      say.dateTime(at),
      safeText(device),
      {
        text: say.any(isCurrent ? 'sync.current' : `sync.change.${change}`),
        paint: (text: string) => output.paint(isCurrent ? 'good' : 'quiet', text),
      },
      sizeBytes === undefined ? '–' : say.bytes(sizeBytes),
      safeText(path),
    ]),
    (text) => output.paint('quiet', text),
  )
}

/** A folder of a space. */
export function browseTable(entries: readonly SpaceEntry[], { say, output }: Invocation): string[] {
  return table(
    [
      { title: say('column.file') },
      { title: say('column.size'), right: true },
      { title: say('column.when') },
      { title: say('column.state') },
    ],
    entries.map(({ name, kind, sizeBytes, modifiedAt, isDeleted, deletedAt }) => [
      safeText(kind === 'directory' ? `${name}/` : name),
      kind === 'directory' ? '–' : say.bytes(sizeBytes),
      modifiedAt ? say.dateTime(modifiedAt) : '–',
      isDeleted
        ? {
            text: say('sync.deletedAt', { when: deletedAt ? say.relative(deletedAt) : '' }),
            paint: (text: string) => output.paint('warn', text),
          }
        : '',
    ]),
    (text) => output.paint('quiet', text),
  )
}

/** What waits to be brought to the others. */
export function queueTable(operations: readonly SyncOperation[], { say, output }: Invocation): string[] {
  return table(
    [
      { title: say('column.change') },
      { title: say('column.file') },
      { title: say('column.size'), right: true },
      { title: say('column.state') },
      { title: say('column.key') },
    ],
    operations.map((operation) => [
      say.any(`sync.do.${operation.do}`),
      safeText(operation.path),
      operation.sizeBytes === undefined ? '–' : say.bytes(operation.sizeBytes),
      say.any(`sync.status.${operation.status}`),
      safeText(operation.key),
    ]),
    (text) => output.paint('quiet', text),
  )
}

/** What was done last. */
export function activityTable(operations: readonly SyncOperation[], { say, output }: Invocation): string[] {
  return table(
    [
      { title: say('column.when') },
      { title: say('column.change') },
      { title: say('column.direction') },
      { title: say('column.file') },
      { title: say('column.size'), right: true },
    ],
    operations.map(({ at, do: what, direction, path, sizeBytes }) => [
      at ? say.dateTime(at) : '–',
      say.any(`sync.do.${what}`),
      say.any(`sync.direction.${direction}`),
      safeText(path),
      sizeBytes === undefined ? '–' : say.bytes(sizeBytes),
    ]),
    (text) => output.paint('quiet', text),
  )
}
