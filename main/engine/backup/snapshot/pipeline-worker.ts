import { join } from 'node:path'
import { nodeClock } from '../../env/node/node-clock.ts'
import { nodeRandom } from '../../env/node/node-random.ts'
import { threadStart } from '../../env/node/start-threads.ts'
import { parentPort } from '../../env/node/threads.ts'
import { EverstowError } from '../../model/errors.ts'
import { createChunkHasher } from '../../repository/crypto/chunk-id.ts'
import { restoreRepoKeys } from '../../repository/crypto/repo-keys.ts'
import type { PackKind } from '../../repository/format/pack-layout.ts'
import { attachChunkIndex } from '../../repository/index/chunk-index.ts'
import { forbiddenPlaces } from '../../sources/files/forbidden-places.ts'
import { shownPath } from '../../sources/files/fs-path.ts'
import { SkippedItems } from '../../sources/files/skipped-items.ts'
import { toThreadFailure } from '../../sources/files/thread-failure.ts'
import { Board, Stopped, waitForGate } from './board.ts'
import { Counters } from './counters.ts'
import { KnownTrees } from './known/known-trees.ts'
import { encodeTreeFileHeader, TreeFileWriter } from './known/tree-file.ts'
import { finishAsLeader, prepareAsLeader, topOf } from './leader.ts'
import { ChunkStore, OpenBlock } from './packs/chunk-store.ts'
import { PackOutput } from './packs/pack-output.ts'
import { createChooser } from './scan/choose-child.ts'
import { ContentReader } from './scan/content-reader.ts'
import { createRuleCompiler, openRoot } from './scan/folder.ts'
import { createFolderLister } from './scan/list-for-scan.ts'
import { FolderScanner } from './scan/scan-folder.ts'
import { TreeFinisher } from './scan/tree-finisher.ts'
import { createXattrReader } from './scan/xattr-reader.ts'
import { type CommonKnowledge, Letters } from './sharing/letters.ts'
import { SegmentSharing } from './sharing/segment-sharing.ts'
import { Tickets } from './sharing/tickets.ts'
import type { LeaderEnd, WorkerMessage, WorkerStart } from './thread-messages.ts'
import { TreeWalker } from './tree-walker.ts'

/** The worker that begins and ends for all. */
const LEADER = 0
const PATH_INTERVAL_MS = 100
/** Finished packs, of all workers together, that may wait to be made durable. */
const UNSETTLED_PACKS_A_WORKER = 4

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message)
}

/** One full pipeline: walks, reads, cuts, hashes, finds what is new, compresses, seals and writes. */
function run(start: WorkerStart, board: Board): void {
  const { worker, leader, scanStartMs } = start
  const keys = restoreRepoKeys(start.keys)
  const index = attachChunkIndex(start.index)
  const allCounters = new Counters(start.counters)
  const counters = allCounters.rowOf(worker)
  const letters = new Letters(worker, start.ports, board)
  const gate = start.gate && new Int32Array(start.gate)
  const skipped = new SkippedItems()
  const onSkipped = skipped.add.bind(skipped)
  const treeFileHeader = { scanStartMs, hasXattrs: start.xattrs }
  const leftOut: string[] = []
  const matched = new Set<string>()

  const prepared = leader && prepareAsLeader(leader, start.neverInclude, index)
  if (prepared)
    for (let other = 0; other < board.workers; other++)
      if (other !== worker) letters.send(other, { type: 'start', common: prepared.common })
  const common = prepared?.common ?? receiveStart(letters)

  let journal: TreeFileWriter | undefined
  const openOutput = (kind: PackKind, mostOpen: number): PackOutput =>
    new PackOutput({
      keys,
      kind,
      level: start.level,
      pathPrefix: join(start.temporaryFolder, `${worker}-${kind}`),
      mostOpen,
      random: nodeRandom,
      beforePack: () => waitForGate(gate, board),
      packBytes: start.packBytes,
      onFinished(path, pack) {
        // What refers to the pack is worth something from now on, should this run be killed.
        journal?.flush()
        board.addUnsettledPack(UNSETTLED_PACKS_A_WORKER * board.workers)
        tell({ type: 'pack', path, pack })
      },
    })
  const dataOutput = openOutput('data', 2)
  const treeOutput = openOutput('trees', 1)
  const data = new OpenBlock(dataOutput, counters)
  const trees = new OpenBlock(treeOutput, counters)
  const store = new ChunkStore(createChunkHasher(keys), index, data, trees, counters)
  const known = new KnownTrees(common.known)
  const openJournal = (): TreeFileWriter => {
    journal ??= new TreeFileWriter(start.journalPath, encodeTreeFileHeader(treeFileHeader))
    return journal
  }

  const tickets = new Tickets((work, from) => walker.addWork(work, from))
  const segments = new SegmentSharing({ board, letters, tickets, counters })
  const reader = new ContentReader({
    store,
    board,
    counters,
    gearKey: keys.subkey('gear'),
    onSkipped,
    readSegmented: (file, path, stats) => segments.read(file, path, stats),
    databases: {
      copyPath: join(start.temporaryFolder, `${worker}-database`),
      now: nodeClock.now,
      monotonicMs: nodeClock.monotonicMs,
      checkpoint: () => board.throwIfStopped(),
    },
  })
  segments.setReader(reader)
  let toldMs = performance.now()
  const lister = createFolderLister({
    cacheDirTags: start.cacheDirTags,
    onSkipped,
    onFolder(folder) {
      if (performance.now() - toldMs < PATH_INTERVAL_MS) return
      toldMs = performance.now()
      tell({ type: 'path', path: shownPath(folder.fsPath) })
    },
  })
  const finisher = new TreeFinisher({ store, known, counters, journal: openJournal })
  const walker = new TreeWalker({ worker, board, letters, tickets, known, lister, finisher, segments })
  const scanner = new FolderScanner({
    store,
    reader,
    known,
    forbidden: forbiddenPlaces(start.neverInclude),
    counters,
    chooseChild: createChooser({
      roots: common.roots.map(openRoot),
      compile: createRuleCompiler(start.exclude),
      hasPlanRules: start.exclude.length > 0,
      onMatched: (source) => matched.add(source),
    }),
    xattrs: start.xattrs ? createXattrReader(onSkipped) : undefined,
    checkContent: start.checkContent,
    onSkipped,
    onLeftOut: (path) => leftOut.push(path),
    onLargeFile: (path, tree) => openJournal().add('file', path, store.idOf(tree), tree),
    beforeName: (frame, names, at, limit) => walker.beforeName(frame, names, at, limit),
  })

  try {
    walker.run(scanner, prepared && topOf(prepared.common))
    if (leader) {
      board.waitForFlushed(board.workers - 1)
      tickets.receive(letters)
      for (const rest of tickets.rests) {
        if (rest.data) data.addWhole(rest.data)
        if (rest.trees) trees.addWhole(rest.trees)
      }
    } else {
      // A few chunks would make packs of their own: all workers' together make one.
      const rest = {
        data: dataOutput.hasOpenPack ? undefined : data.takeRest(),
        trees: treeOutput.hasOpenPack ? undefined : trees.takeRest(),
      }
      if (rest.data || rest.trees) letters.send(LEADER, { type: 'rest', ...rest })
    }
    data.flush()
    trees.flush()
    dataOutput.finish()
    treeOutput.finish()
    journal?.close()
    known.close()
  } finally {
    dataOutput.abandon()
    treeOutput.abandon()
  }
  board.addFlushed()
  let leaderEnd: LeaderEnd | undefined
  if (leader && prepared) {
    const root = walker.finishedRoot
    if (!root) throw new EverstowError('internal', { message: 'the root directory was not finished' })
    leaderEnd = finishAsLeader(leader, prepared, root, known, treeFileHeader, allCounters.total())
  }
  tell({
    type: 'done',
    skipped: skipped.items,
    skippedCount: skipped.count,
    incomplete: skipped.isIncomplete,
    leftOut,
    matchedGlobs: [...matched],
    usedPacks: store.usedPacks(),
    leader: leaderEnd,
  })
}

/** Waits for what the leader finds out first. */
function receiveStart(letters: Letters): CommonKnowledge {
  let common: CommonKnowledge | undefined
  for (;;) {
    letters.receive((letter) => {
      if (letter.type === 'start') common = letter.common
    })
    if (common) return common
    letters.wait()
  }
}

const start = await threadStart<WorkerStart>()
const board = new Board(start.board)
try {
  run(start, board)
} catch (error) {
  if (!(error instanceof Stopped)) {
    board.stop()
    tell({ type: 'failed', failure: toThreadFailure(error) })
  }
}
