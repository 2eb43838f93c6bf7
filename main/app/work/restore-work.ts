import type { RestoreReport } from '../../contract/index.ts'
import type { Engine, HistoryEntry, RestoreOutcome } from '../../engine/engine.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import type { AppContext } from '../app-context.ts'
import { noteRestore } from '../kept/guard-state.ts'
import type { RunControl } from '../state/runs.ts'
import { recorded } from './recorded.ts'

/** What comes of one backup. */
export interface RestoreOrderPart {
  readonly backup: BackupRow
  readonly paths: readonly string[]
  readonly placeId?: string | undefined
}

/** What is restored, and where to. */
export interface RestoreOrder {
  readonly parts: readonly [RestoreOrderPart, ...RestoreOrderPart[]]
  readonly into: string
  readonly existing: 'skip' | 'replace' | 'rename'
  readonly pack?: 'zip' | 'tar' | undefined
  readonly dryRun: boolean
  /** Content to write, where somebody counted: without it progress is measured against the whole of what is read. */
  readonly expectedBytes?: number | undefined
}

/** Restores backups or parts of them. */
export function startRestore(app: AppContext, order: RestoreOrder): string {
  const { backup } = order.parts[0]
  const about = {
    kind: 'restore' as const,
    label: order.into,
    backupId: backup.id,
    phase: 'restoring' as const,
  }
  return app.runs.start(about, async (control) => {
    const work = async () => {
      const outcome = await performRestore(app.engine, order, control)
      const restore = await restoreReportView(app.engine, outcome, control.id)
      const word: HistoryEntry['outcome'] =
        restore.failed.length + restore.refused.length > 0 ? 'incomplete' : 'done'
      control.update({ restore, state: word })
      const { destinationId } = outcome
      return {
        outcome: word,
        bytes: restore.bytes,
        ...(backup.planId === undefined ? {} : { planId: backup.planId }),
        ...(destinationId === undefined ? {} : { destinationId }),
      }
    }
    if (order.dryRun) await work()
    else {
      // Said before and after: a backup may be made of the folder meanwhile.
      await noteRestore(app.engine, order.into)
      await recorded(app, 'restore', { backupId: backup.id }, work).finally(() =>
        noteRestore(app.engine, order.into),
      )
    }
  })
}

/** What a restore would do: the report of the whole, and of each part. */
export async function previewRestore(
  engine: Engine,
  order: Pick<RestoreOrder, 'parts' | 'into' | 'existing' | 'pack'>,
  signal: AbortSignal,
) {
  const { parts, into, existing, pack } = order
  return engine.restoreBasket({
    parts: parts.map(partOf),
    into,
    existing,
    pack,
    dryRun: true,
    signal,
  })
}

const partOf = ({ placeId, ...part }: RestoreOrderPart) => ({ ...part, destinationId: placeId })

/** One whole folder goes straight into its place, and goes on after an interruption; several, or a file, are brought together first. */
async function performRestore(
  engine: Engine,
  { parts, into, existing, pack, dryRun, expectedBytes }: RestoreOrder,
  control: RunControl,
): Promise<RestoreOutcome> {
  const [first, ...others] = parts
  const watched = {
    into,
    existing,
    dryRun,
    record: engine.recordOf(
      control.id,
      parts.map(({ backup }) => backup.id),
    ),
    signal: control.signal,
    onProgress: progressInto(control, expectedBytes),
  }
  if (others.length === 0 && pack === undefined) {
    const { destinationId, ...part } = partOf(first)
    return engine.restore({ ...part, ...watched, ...(destinationId === undefined ? {} : { destinationId }) })
  }
  const { report, parts: outcomes } = await engine.restoreBasket({
    parts: parts.map(partOf),
    pack,
    ...watched,
  })
  return { report, destinationId: outcomes[0]?.destinationId }
}

type OnProgress = NonNullable<Parameters<Engine['restore']>[0]['onProgress']>

function progressInto(control: RunControl, expectedBytes: number | undefined): OnProgress {
  return ({ phase, bytesRead, bytesToRead, bytes, files, path }) => {
    if (phase === 'packing')
      control.update({ phase: 'packing', bytes, bytesTotal: bytesToRead, files, currentPath: path })
    else if (expectedBytes === undefined)
      control.update({ bytes: bytesRead, bytesTotal: bytesToRead, files, currentPath: path })
    else control.update({ bytes, bytesTotal: Math.max(expectedBytes, bytes), files, currentPath: path })
  }
}

/** Takes a restore back. */
export function startUndo(
  app: AppContext,
  { id, into, dryRun }: { id: string; into: string; dryRun: boolean },
) {
  return app.runs.start({ kind: 'undo', label: into, phase: 'restoring' }, async (control) => {
    const work = async (): Promise<HistoryEntry['outcome']> => {
      const undo = await app.engine.undoRestore({
        id,
        dryRun,
        onItems: (files) => control.update({ files }),
      })
      const word = undo.leftCount > 0 ? 'incomplete' : 'done'
      control.update({
        undo: { ...undo, left: [...undo.left] },
        files: undo.removed + undo.broughtBack,
        state: word,
      })
      return word
    }
    if (dryRun) await work()
    else {
      // Many files change at once here as well.
      await noteRestore(app.engine, into)
      await recorded(app, 'undo', {}, work).finally(() => noteRestore(app.engine, into))
    }
  })
}

async function restoreReportView(
  engine: Engine,
  { report, destinationId }: RestoreOutcome,
  runId: string,
): Promise<RestoreReport> {
  const { destinations } = await engine.configuration.read()
  return {
    into: report.into,
    restored: report.restored,
    bytes: report.bytes,
    directories: report.directories,
    links: report.links,
    replaced: report.replaced,
    renamed: report.renamed,
    unchanged: report.unchanged,
    skipped: report.skipped,
    refused: report.refused.map(({ path, reason }) => ({ path, reason })),
    failed: [
      ...report.failed.map(({ path, code }) => ({ path, reason: code })),
      ...report.missing.map((path) => ({ path, reason: 'not-in-backup' })),
    ],
    replacedInto: report.replacedInto,
    fromPlace: destinations.find(({ id }) => id === destinationId)?.name,
    dryRun: report.dryRun,
    ...(report.recorded && { undoId: runId }),
  }
}
