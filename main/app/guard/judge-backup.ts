import type { SnapshotChange } from '../../engine/engine.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import { asEverstowError } from '../../engine/model/errors.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { type ChangedFile, type NamePair, tallyChanges } from '../../engine/model/unusual/change-tally.ts'
import { turnedRandom } from '../../engine/model/unusual/near-random.ts'
import {
  type ChangeFacts,
  isAlarm,
  isWorthALook,
  remember,
  type Signal,
  signalsOf,
  touchedFiles,
} from '../../engine/model/unusual/unusual-change.ts'
import type { AppContext } from '../app-context.ts'
import { type GuardState, guardState, keepGuardState, outlineOf, restoredMs } from '../kept/guard-state.ts'
import { isCanary } from './canaries.ts'
import { pinLastGood, raiseAlarm } from './raise-alarm.ts'

/** A snapshot that was just made, and what was counted while it was. */
export interface MadeBackup {
  readonly plan: Plan
  readonly backup: BackupRow
  /** Files that were met as they were in the backup before; undefined where nobody counted. */
  readonly unchangedFiles: number | undefined
  readonly signal: AbortSignal
}

/** What a closer look found. */
interface Finding {
  readonly facts: ChangeFacts
  readonly signals: readonly Signal[]
  readonly withinMs: number
}

/** So much of a file is compared. */
const BEGINNING_BYTES = 4_096

/** Judges what changed in a plan since its backup before, and acts where that is unusual. The backup stands, whatever goes wrong in here. */
export async function judgeBackup(app: AppContext, made: MadeBackup): Promise<void> {
  const { engine } = app
  try {
    if (made.backup.format === 'snapshot') await judge(app, made)
  } catch (caught) {
    const error = asEverstowError(caught)
    // What could not be looked at is looked at with the next backup: the base stays.
    const state = guardState(engine, made.plan.id)
    if (state.base) keepGuardState(engine, made.plan.id, { ...state, isOwed: true })
    engine.env.log.area('guard').warn('what changed could not be judged', { plan: made.plan.name, error })
  }
}

async function judge(app: AppContext, made: MadeBackup): Promise<void> {
  const { engine } = app
  const { plan, backup } = made
  const state = guardState(engine, plan.id)
  if (state.alarm) {
    await pinLastGood(app, plan)
    return
  }
  const base = { backupId: backup.id, outline: outlineOf(plan) }
  const before = baseOf(app, made, state)
  if (!before) return keepGuardState(engine, plan.id, { base, usual: [] })
  const touched =
    made.unchangedFiles === undefined ? before.files : Math.max(0, before.files - made.unchangedFiles)
  const isWorthIt = state.isOwed || isWorthALook(touched, before.files, plan.canaries === true)
  const found = isWorthIt ? await lookCloser(app, made, before, state.usual) : undefined
  if (found && isAlarm(found.signals)) return raiseAlarm(app, { ...made, ...found, before, state })
  if (found && found.signals.length > 0)
    engine.env.log.area('guard').info('one sign of an unusual change', {
      plan: plan.name,
      backup: backup.id,
      signal: found.signals[0],
      ...found.facts,
    })
  const usual = remember(state.usual, found ? touchedFiles(found.facts) : touched, before.files)
  keepGuardState(engine, plan.id, { base, usual: [...usual] })
}

/** The backup to compare with; undefined where a difference would say nothing. */
function baseOf(
  { engine }: AppContext,
  { plan, backup }: MadeBackup,
  { base }: GuardState,
): BackupRow | undefined {
  if (base?.outline !== outlineOf(plan)) return undefined
  const { backups } = engine.backups.list({ planId: plan.id, limit: 1_000, offset: 0 })
  const before = backups.find(({ id }) => id === base.backupId)
  if (!before || before.files === 0 || before.repositoryId !== backup.repositoryId) return undefined
  return (restoredMs(engine, plan.id) ?? 0) >= before.createdMs ? undefined : before
}

async function lookCloser(
  { engine }: AppContext,
  { backup, signal, plan }: MadeBackup,
  before: BackupRow,
  usual: readonly number[],
): Promise<Finding> {
  const differs = engine.backups.diff(before.id, backup.id, signal)
  const isOurs = (path: string) => plan.canaries === true && isCanary(path)
  const { sample, written, ...counts } = await tallyChanges(changedFiles(differs), before.createdMs, isOurs)
  const facts: ChangeFacts = {
    ...counts,
    ...(await compareBeginnings(sample)),
    filesBefore: before.files,
    isComplete: backup.state === 'complete',
  }
  const withinMs = written ? written.lastMs - written.firstMs : backup.createdMs - before.createdMs
  return { facts, signals: signalsOf(facts, usual), withinMs }

  async function compareBeginnings(sample: readonly NamePair[]) {
    let sampled = 0
    let turned = 0
    for (const pair of sample) {
      signal.throwIfAborted()
      const was = await engine.backups.read(before.id, pair.before, 0, BEGINNING_BYTES)
      const is = await engine.backups.read(backup.id, pair.after, 0, BEGINNING_BYTES)
      const isNoise = turnedRandom(was.bytes, is.bytes)
      if (isNoise === undefined) continue
      sampled++
      if (isNoise) turned++
    }
    return { sampled, turnedRandom: turned }
  }
}

/** The files of a difference: folders follow them, links hold nothing, and what only got other rights is as it was. */
async function* changedFiles(differs: AsyncIterable<SnapshotChange>): AsyncGenerator<ChangedFile> {
  for await (const entry of differs) {
    const { change, path } = entry
    const before = 'before' in entry && entry.before.kind === 'file' ? entry.before : undefined
    const after = 'after' in entry && entry.after.kind === 'file' ? entry.after : undefined
    const contentId = 'contentId' in entry ? entry.contentId : ''
    const writtenMs = after && Number(after.mtimeNs / 1_000_000n)
    if (change === 'metadata' || !(before || after)) continue
    if (before && after) yield { change: 'changed', path, contentId, writtenMs }
    else yield { change: after ? 'added' : 'removed', path, contentId, writtenMs }
  }
}
