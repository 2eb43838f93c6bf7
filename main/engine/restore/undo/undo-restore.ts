import { join } from 'node:path'
import type { Workspace } from '../../catalogue/workspace.ts'
import * as files from '../../env/node/sync-files.ts'
import { Worker } from '../../env/node/threads.ts'
import { EverstowError } from '../../model/errors.ts'
import { errorOfFacts } from '../error-facts.ts'
import { removeRecord, stepsOf } from '../placing/record.ts'
import { lookAt } from '../target/sync-files.ts'
import { readHead } from './read-record.ts'
import type { UndoReport } from './run-undo.ts'
import type { FromUndo } from './undo-worker.ts'

/** A restore that was written down. */
export interface RecordedRestore {
  readonly id: string
  readonly atMs: number
  readonly into: string
  readonly backupIds: readonly string[]
  /** The folder with what was replaced, while it is there. */
  readonly keptIn: string | undefined
  /** `undone`; `gone`: the folder it went into is not there now. */
  readonly state: 'undoable' | 'undone' | 'gone'
  readonly undoneMs: number | undefined
}

const RECORD = /^([A-Za-z0-9_-]{1,64})\.json$/
/** Records whose folder has been away for so long are forgotten. */
const FORGOTTEN_MS = 180 * 86_400_000

/** Where the record of a restore lies, without ending. */
export function recordPath({ paths }: Pick<Workspace, 'paths'>, id: string): string {
  return join(paths.home, 'undo', id)
}

/** The restores that were written down, newest first. */
export async function recordedRestores(workspace: Workspace): Promise<RecordedRestore[]> {
  const { env, paths } = workspace
  const folder = join(paths.home, 'undo')
  const names = (await env.files.stat(folder)) ? await env.files.list(folder) : []
  const found = names.flatMap((name) => {
    const id = RECORD.exec(name)?.[1]
    const recorded = id === undefined ? undefined : recordedAs(workspace, id)
    if (!recorded || recorded.state === 'undoable' || env.clock.now() - recorded.atMs < FORGOTTEN_MS)
      return recorded ?? []
    removeRecord(files, recordPath(workspace, recorded.id))
    return []
  })
  return found.sort((a, b) => b.atMs - a.atMs)
}

function recordedAs(workspace: Workspace, id: string): RecordedRestore | undefined {
  const path = recordPath(workspace, id)
  const head = readHead(files, path)
  if (!head) return undefined
  const kept = `${head.into}/${head.replacedName}`
  const canBe = lookAt(files, head.into) !== undefined && lookAt(files, stepsOf(path)) !== undefined
  return {
    id,
    atMs: head.atMs,
    into: head.into,
    backupIds: head.backupIds,
    keptIn: lookAt(files, kept) ? kept : undefined,
    state: head.undoneMs !== undefined ? 'undone' : canBe ? 'undoable' : 'gone',
    undoneMs: head.undoneMs,
  }
}

/**
 * Takes a restore back, in a thread of its own. Errors: `undo-impossible` where nothing is known of it or it was undone, `already-running` while it
 * runs. Cancelling is not possible: each step is short, and half of it would be no state anybody asked for.
 */
export function undoRestore(
  workspace: Workspace,
  {
    id,
    dryRun,
    onItems,
  }: { readonly id: string; readonly dryRun: boolean; readonly onItems?: (items: number) => void },
): Promise<UndoReport> {
  const recorded = RECORD.test(`${id}.json`) ? recordedAs(workspace, id) : undefined
  if (recorded?.state !== 'undoable')
    throw new EverstowError('undo-impossible', { data: { reason: recorded?.state ?? 'unknown' } })
  return new Promise((resolve, reject) => {
    // No flags of the calling program: `--input-type` and the like would keep the worker from starting.
    const worker = new Worker(new URL('./undo-worker.ts', import.meta.url), { execArgv: [] })
    const died = (cause?: unknown) =>
      reject(new EverstowError('internal', { message: 'the undo thread died', cause }))
    worker.on('message', (message: FromUndo) => {
      if (message.type === 'progress') return onItems?.(message.items)
      if (message.type === 'done') resolve(message.report)
      else reject(errorOfFacts(message.error))
      void worker.terminate()
    })
    worker.on('error', died)
    worker.on('exit', () => died())
    worker.postMessage({ path: recordPath(workspace, id), nowMs: workspace.env.clock.now(), dryRun })
  })
}
