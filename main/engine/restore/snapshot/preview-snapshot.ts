import type { ArchiveEntry } from '../../archive/entry.ts'
import { EverstowError } from '../../model/errors.ts'
import { createTreeCursor, NODE, type TreeCursor } from '../../repository/format/tree.ts'
import type { ChunkIndex } from '../../repository/index/chunk-index.ts'
import { createPreview } from '../preview.ts'
import type { RestoreReport } from '../restore-options.ts'
import type { Selection } from '../select-paths.ts'
import { addFailed, addRefused, emptyTally, reportOf } from '../tally.ts'
import { bytesOf, childOf, type PathKey, shown } from '../target/path-key.ts'
import type { Target } from '../target/target.ts'
import { systemNameRules } from '../target/target-name.ts'
import { createLeadsTo } from './leads-to.ts'
import type { SnapshotRunContext } from './run-context.ts'
import type { SnapshotJob } from './snapshot-messages.ts'

/** The dry run: from directories alone, and from what lies in the target where its size is the same. Nothing is written, no content fetched. */
export async function previewSnapshot(
  job: SnapshotJob,
  context: SnapshotRunContext,
  { into }: Target,
  selection: Selection,
): Promise<RestoreReport> {
  const { files, index, fetcher, counters } = context
  const { existing, owner } = job
  const tally = emptyTally()
  const preview = createPreview({ files, into, existing, rules: systemNameRules, selection, tally })
  const leadsTo = createLeadsTo(job.paths)
  const needed = createBlockSum(index)

  await look('', job.tree)
  tally.bytesRead = needed.bytes
  return reportOf(tally, { dryRun: true, into, missing: selection.missing(), verified: 'chunks' })

  async function look(folder: PathKey, id: Uint8Array): Promise<void> {
    if (counters.isStopped) throw new EverstowError('cancelled')
    const cursor = createTreeCursor(await fetcher.tree(id))
    while (cursor.next()) {
      const key = childOf(folder, Buffer.from(cursor.name))
      if (cursor.type === NODE.directory) {
        const path = shown(key)
        if (!leadsTo(path)) continue
        preview.judge(entryOf(key, cursor))
        await look(key, cursor.child)
      } else judge(key, cursor)
    }
  }

  function judge(key: PathKey, cursor: TreeCursor): void {
    const path = shown(key)
    if (selection.choose({ path, kind: 'file' }) !== 'take') return
    const { type } = cursor
    const isDevice = type === NODE.characterDevice || type === NODE.blockDevice
    if (type === NODE.socket || (isDevice && !owner)) {
      addRefused(tally, { path, reason: 'device' })
      return
    }
    for (let chunk = 0; chunk < cursor.chunkCount; chunk++) {
      const slot = index.find(cursor.chunkIds, chunk * 32)
      if (slot < 0 || index.blockOf(slot) < 0) {
        addFailed(tally, { path, code: 'chunk-missing' })
        return
      }
      needed.add(index.blockOf(slot))
    }
    preview.judge(entryOf(key, cursor), (there) => context.isSame(there, cursor.chunkIds))
  }
}

function entryOf(key: PathKey, cursor: TreeCursor): ArchiveEntry {
  const { type, size, mode, mtimeNs } = cursor
  const kind = type === NODE.directory ? 'directory' : type === NODE.link ? 'symlink' : 'file'
  return {
    path: shown(key),
    ...(key.startsWith('\0') && { rawPath: bytesOf(key) }),
    kind,
    sizeBytes: size,
    mode,
    mtimeNs,
    ...(kind === 'symlink' && { rawLinkTarget: cursor.linkTarget.slice() }),
  }
}

/** The stored bytes of blocks, each counted once. */
function createBlockSum({ blocks }: ChunkIndex) {
  const seen = new Uint8Array(blocks.count)
  let bytes = 0
  return {
    get bytes() {
      return bytes
    },
    add(block: number): void {
      if (seen[block] === 1) return
      seen[block] = 1
      bytes += blocks.storedBytesOf(block)
    },
  }
}
