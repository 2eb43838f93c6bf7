import type { SyncActivityRow, SyncBook, SyncConflictRow } from '../../catalogue/sync-book.ts'
import { sizeOfContent } from '../content-text.ts'
import type { SyncEvent } from '../events.ts'

/** What a sync did so far. */
export interface SyncCounts {
  uploaded: number
  downloaded: number
  moved: number
  deleted: number
  conflicts: number
  uploadedBytes: number
  downloadedBytes: number
}

export interface Observer {
  readonly counts: SyncCounts
  /** How often something happened: two equal numbers, and nothing did. */
  readonly happened: number
  readonly lastPath: string | undefined
  tell(event: SyncEvent): void
  /** Writes down what was told; `describe` adds to conflicts what is known of the shared version. */
  flush(describe?: DescribeShared): Promise<void>
}

/** When the shared version of a node was changed, and by whom; `rev`: the slot of one that is not the current one any more. */
export type DescribeShared = (
  nodeId: string,
  rev?: number,
) => Promise<Pick<SyncConflictRow, 'thereMs' | 'thereDevice'> | undefined>

type Row = Omit<SyncActivityRow, 'seq' | 'atMs'>

/** Turns what a device did into what people read: activity, conflicts, sums. */
export function createObserver(
  book: SyncBook,
  folderId: string,
  now: () => number,
  newId: () => string,
): Observer {
  const counts: SyncCounts = {
    uploaded: 0,
    downloaded: 0,
    moved: 0,
    deleted: 0,
    conflicts: 0,
    uploadedBytes: 0,
    downloadedBytes: 0,
  }
  const rows: Omit<SyncActivityRow, 'seq'>[] = []
  const conflicts: (SyncConflictRow & { readonly thereRev?: number | undefined })[] = []
  let happened = 0
  let lastPath: string | undefined

  function note(row: Partial<Row> & Pick<Row, 'do' | 'direction' | 'path'>): void {
    rows.push({ from: undefined, sizeBytes: undefined, ...row, atMs: now() })
    lastPath = row.path
  }

  function conflict(
    found: Pick<SyncConflictRow, 'nodeId' | 'path' | 'kind' | 'here' | 'there'> &
      Partial<SyncConflictRow> & { readonly thereRev?: number | undefined },
  ): void {
    counts.conflicts++
    conflicts.push({
      base: undefined,
      copyPath: undefined,
      hereMs: undefined,
      thereMs: undefined,
      thereDevice: undefined,
      kept: undefined,
      resolvedMs: undefined,
      ...found,
      id: newId(),
      folderId,
      atMs: now(),
      state: 'open',
    })
    note({ do: 'conflict', direction: 'in', path: found.path, from: found.copyPath })
  }

  /** A person chose this version: there is nothing left to decide. */
  function isChosen(nodeId: string, content: string): boolean {
    return book.choices(folderId).some((choice) => choice.nodeId === nodeId && choice.here === content)
  }

  function received(path: string, content: string): void {
    const sizeBytes = sizeOfContent(content)
    counts.downloaded++
    counts.downloadedBytes += sizeBytes
    note({ do: 'download', direction: 'in', path, sizeBytes })
  }

  function sent({
    operation,
    path,
    base,
    over,
    overMs,
    overRev,
  }: Extract<SyncEvent, { kind: 'sent' }>): void {
    const direction = 'out'
    if (operation.do === 'move') {
      counts.moved++
      note({ do: 'move', direction, path })
    } else if (operation.do === 'delete') {
      counts.deleted++
      note({ do: 'delete', direction, path })
    } else if (operation.content === undefined) note({ do: 'make', direction, path })
    else {
      const sizeBytes = sizeOfContent(operation.content)
      counts.uploaded++
      counts.uploadedBytes += sizeBytes
      note({ do: 'upload', direction, path, sizeBytes })
      if (over !== undefined && !isChosen(operation.id, operation.content))
        conflict({
          nodeId: operation.id,
          path,
          kind: 'sent',
          base,
          here: operation.content,
          there: over,
          hereMs: operation.do === 'update' ? operation.mtimeMs : undefined,
          thereMs: overMs,
          thereRev: overRev,
        })
    }
  }

  function told(event: SyncEvent): void {
    switch (event.kind) {
      case 'made':
        if (event.content === undefined) note({ do: 'make', direction: 'in', path: event.path })
        else received(event.path, event.content)
        return
      case 'changed': {
        const { id: nodeId, path, content, aside, base, own, ownMtimeMs } = event
        received(path, content)
        if (aside !== undefined && own !== undefined)
          conflict({
            nodeId,
            path,
            kind: 'copy',
            base,
            here: own,
            there: content,
            copyPath: aside,
            hereMs: ownMtimeMs,
          })
        return
      }
      case 'moved':
        counts.moved++
        note({ do: 'move', direction: 'in', path: event.path, from: event.from })
        return
      case 'removed':
        counts.deleted++
        note({ do: 'delete', direction: 'in', path: event.path })
        return
      case 'aside': {
        const { path, aside, own, there } = event
        if (own !== undefined && there !== undefined)
          conflict({ nodeId: '', path, kind: 'copy', here: own, there, copyPath: aside })
        else note({ do: 'move', direction: 'in', path: aside, from: path })
        return
      }
      case 'sent':
        sent(event)
    }
  }

  return {
    counts,
    get happened() {
      return happened
    },
    get lastPath() {
      return lastPath
    },
    tell(event) {
      happened++
      told(event)
    },
    async flush(describe) {
      if (rows.length > 0) book.addActivity(folderId, rows.splice(0))
      for (const { thereRev, ...row } of conflicts.splice(0)) {
        const { thereMs, thereDevice } = (await describe?.(row.nodeId, thereRev)) ?? row
        // What a version that was replaced said of its time is known already.
        book.addConflict({ ...row, thereDevice, thereMs: row.thereMs ?? thereMs })
      }
    },
  }
}
