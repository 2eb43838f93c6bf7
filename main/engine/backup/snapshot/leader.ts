import { existsSync } from '../../env/node/sync-files.ts'
import type { ArchiveRoot } from '../../model/backup.ts'
import { EverstowError } from '../../model/errors.ts'
import { CHUNK_ROW_BYTES } from '../../repository/format/block-table.ts'
import { decodeSegment, encodeSegment, loadSegment } from '../../repository/format/segment.ts'
import type { ChunkIndex } from '../../repository/index/chunk-index.ts'
import { forbiddenPlaces } from '../../sources/files/forbidden-places.ts'
import { type Name, sortByBytes } from '../../sources/files/list-folder.ts'
import { resolveSources } from '../../sources/files/resolve-sources.ts'
import type { Counts } from './counters.ts'
import { type KnownTrees, openKnownTrees, writeNextTreeFile } from './known/known-trees.ts'
import type { TreeFileHeader } from './known/tree-file.ts'
import type { SessionPack } from './packs/pack-journal.ts'
import { type Folder, rootDataOf } from './scan/folder.ts'
import type { CommonKnowledge } from './sharing/letters.ts'
import type { LeaderEnd, LeaderStart } from './thread-messages.ts'
import type { FinishedRoot } from './tree-walker.ts'

/** What one worker finds out for all before the work begins. */
export interface Prepared {
  readonly common: CommonKnowledge
  readonly mapping: readonly ArchiveRoot[]
}

/** Finds the sources, opens what is known of them, and puts the packs of an interrupted run into the index. */
export function prepareAsLeader(
  leader: LeaderStart,
  neverInclude: readonly string[],
  index: ChunkIndex,
): Prepared {
  const { roots, mapping } = resolveSources(leader.sources)
  const forbidden = forbiddenPlaces(neverInclude, leader.stagingFolder)
  for (const root of roots) forbidden.refuse(root)
  // What an earlier backup marked as its own, and perhaps never stored, is not ours.
  index.endSession()
  loadOwnPacks(index, leader.ownPacks)
  const known = openKnownTrees(leader.knownTrees)
  return { common: { roots: roots.map(rootDataOf), known: known.handles }, mapping }
}

/** The folder that everything starts from: its names are the prefixes of the roots. */
export function topOf({ roots }: CommonKnowledge): {
  readonly folder: Folder
  readonly names: readonly Name[]
} {
  const names = roots.map(({ prefix }): Name => ({ text: prefix, bytes: undefined, isFolder: true }))
  const folder: Folder = {
    root: -1,
    fsPath: '',
    path: new Uint8Array(0),
    below: '',
    take: 'all',
    layers: [],
  }
  return { folder, names: sortByBytes(names) }
}

/** After all workers have handed over what they had: writes the file of directories for the next backup. */
export function finishAsLeader(
  leader: LeaderStart,
  { common, mapping }: Prepared,
  root: FinishedRoot,
  known: KnownTrees,
  header: Omit<TreeFileHeader, 'rootTreeId'>,
  counts: Counts,
): LeaderEnd {
  if (root.entries === 0) throw new EverstowError('nothing-to-back-up')
  const journals = leader.journals.filter((path) => existsSync(path))
  // Nothing written, nothing read, and known from one file only: that file says it all.
  const [only, ...others] = known.handles.files
  const isAllKnown =
    journals.length === 0 &&
    counts.changedFiles === 0 &&
    others.length === 0 &&
    only?.hasXattrs === header.hasXattrs
  if (!isAllKnown) writeNextTreeFile(leader.nextTreeFile, known, journals, header, root.id)
  known.close()
  return {
    rootTreeId: Buffer.from(root.id).toString('hex'),
    roots: mapping,
    globs: common.roots.flatMap(({ globs }) => globs?.map(({ source }) => source) ?? []),
    hasNextTreeFile: !isAllKnown,
  }
}

function loadOwnPacks(index: ChunkIndex, packs: readonly SessionPack[]): void {
  if (packs.length === 0) return
  const segment = encodeSegment(packs.map(({ entry }) => entry))
  loadSegment(index, segment, 0)
  // Of chunks that were lost everywhere these packs hold copies again.
  for (const { blocks } of decodeSegment(segment)) {
    const cursor = blocks.cursor()
    while (cursor.next())
      for (let at = 0; at < cursor.chunkTable.length; at += CHUNK_ROW_BYTES)
        index.markOwn(index.find(cursor.chunkTable, at))
  }
}
