import { dirname } from 'node:path'
import type { CallOutput, CallParsed, Sentence } from '../../contract/index.ts'
import type { Engine, RestoreOutcome } from '../../engine/engine.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import { asEverstowError, type ErrorCode } from '../../engine/model/errors.ts'
import type { AppContext } from '../app-context.ts'
import { recoveryTime } from '../health/recovery-time.ts'
import { previewRestore, type RestoreOrderPart } from '../work/restore-work.ts'

export type Preflight = CallOutput<'restore.preflight'>
type Check = Preflight['checks'][number]

interface Looked {
  readonly checks: readonly Check[]
  readonly outcomes: readonly RestoreOutcome[]
  readonly report?: RestoreOutcome['report']
}

const NOTHING: Looked = { checks: [], outcomes: [] }
/** As a restore leaves it to other programs. */
const RESERVE_BYTES = 64 * 1024 * 1024
const RESERVE_SHARE = 0.01
const MEASURES = 200

/** Looks whether a restore can be done, and what it would do. */
export async function preflight(
  app: AppContext,
  input: CallParsed<'restore.preflight'>,
  signal: AbortSignal,
): Promise<Preflight> {
  const { engine } = app
  const wanted = [{ backupId: input.backupId, paths: input.paths, placeId: input.placeId }, ...input.more]
  const parts = wanted.flatMap(({ backupId, ...part }): RestoreOrderPart[] => {
    const backup = backupOrNothing(engine, backupId)
    return backup ? [{ ...part, backup }] : []
  })
  const [first, ...others] = parts
  const isKnown = first !== undefined && parts.length === wanted.length
  const looked = isKnown ? await lookAt(engine, { ...input, parts: [first, ...others] }, signal) : NOTHING
  const bytes = looked.report?.bytes ?? parts.reduce((sum, { backup }) => sum + backup.sourceBytes, 0)
  const target = await targetOf(engine, input)
  const checks = [
    check('backup', isKnown, isKnown ? 'checks.backupFound' : 'checks.backupMissing'),
    ...looked.checks,
    await spaceCheck(engine, input, bytes),
    target.check,
  ]
  const views = await partViews(engine, parts, looked)
  const estimatedMs = estimate(engine, parts, looked)
  return {
    ok: checks.every(({ ok }) => ok),
    checks,
    placeId: looked.outcomes[0]?.destinationId,
    placeName: views[0]?.placeName ?? '',
    ...counts(looked.report),
    bytes,
    targetEmpty: target.isEmpty,
    ...(estimatedMs === undefined ? {} : { estimatedMs }),
    parts: views,
  }
}

function backupOrNothing(engine: Engine, id: string): BackupRow | undefined {
  try {
    return engine.backups.get(id)
  } catch (error) {
    if (asEverstowError(error).code === 'unknown-backup') return undefined
    throw error
  }
}

/** What went wrong tells which of the questions has the answer no. */
const KEY_ERRORS: readonly ErrorCode[] = [
  'key-missing',
  'passphrase-wrong',
  'slot-damaged',
  'keychain-unavailable',
]
const BACKUP_ERRORS: readonly ErrorCode[] = [
  'object-missing',
  'archive-damaged',
  'data-damaged',
  'chunk-missing',
]

async function lookAt(
  engine: Engine,
  order: Parameters<typeof previewRestore>[1],
  signal: AbortSignal,
): Promise<Looked> {
  const name = await namer(engine)
  try {
    const { report, parts: outcomes } = await previewRestore(engine, order, signal)
    const places = [...new Set(outcomes.map(({ destinationId }) => name(destinationId)))].filter(Boolean)
    const isSealed = order.parts.some(({ backup }) => backup.format === 'snapshot')
    const place =
      places.length > 0
        ? check('place', true, 'checks.placeReachable', { place: places.join(', ') })
        : check('place', true, 'checks.placeHere')
    return { report, outcomes, checks: [place, ...(isSealed ? [check('key', true, 'checks.keyOpens')] : [])] }
  } catch (caught) {
    const error = asEverstowError(caught)
    if (error.code === 'cancelled') throw error
    engine.env.log.warn('restore cannot start', { error })
    const place = order.parts.map(({ placeId }) => name(placeId)).find(Boolean) ?? ''
    if (KEY_ERRORS.includes(error.code))
      return { ...NOTHING, checks: [check('key', false, 'checks.keyMissing')] }
    if (BACKUP_ERRORS.includes(error.code))
      return { ...NOTHING, checks: [check('place', false, 'checks.backupDamaged')] }
    return {
      ...NOTHING,
      checks: [
        place === ''
          ? check('place', false, 'checks.noPlaceAnswers')
          : check('place', false, 'checks.placeAway', { place }),
      ],
    }
  }
}

async function spaceCheck(
  { env: { files } }: Engine,
  { into, pack }: CallParsed<'restore.preflight'>,
  bytes: number,
): Promise<Check> {
  let folder = dirname(into)
  if (!pack && (await files.stat(into))) folder = into
  while (!(await files.stat(folder))) folder = dirname(folder)
  const { freeBytes, totalBytes } = await files.space(folder)
  // What goes into a file lies there once more while it is packed.
  const neededBytes = pack ? 2 * bytes : bytes
  const fits = freeBytes - Math.min(RESERVE_BYTES, totalBytes * RESERVE_SHARE) >= neededBytes
  return check('space', fits, fits ? 'checks.spaceEnough' : 'checks.spaceShort', { freeBytes, neededBytes })
}

async function targetOf(
  { env: { files } }: Engine,
  { into, pack }: CallParsed<'restore.preflight'>,
): Promise<{ check: Check; isEmpty: boolean }> {
  const stat = await files.stat(into)
  if (pack) {
    const isFolder = stat?.kind === 'directory'
    const key = isFolder ? 'checks.targetIsFolder' : stat ? 'checks.fileThere' : 'checks.fileNew'
    return { check: check('target', !isFolder, key, { into }), isEmpty: !stat }
  }
  if (stat && stat.kind !== 'directory')
    return { check: check('target', false, 'checks.targetIsFile', { into }), isEmpty: false }
  const isEmpty = !stat || (await files.list(into)).length === 0
  return {
    check: check('target', true, isEmpty ? 'checks.targetEmpty' : 'checks.targetNotEmpty', { into }),
    isEmpty,
  }
}

/** Each backup with the copy that is read, and why that one. The engine reads the newest first; here they are as they were asked for. */
async function partViews(
  engine: Engine,
  parts: readonly RestoreOrderPart[],
  { outcomes }: Looked,
): Promise<Preflight['parts']> {
  const name = await namer(engine)
  const { destinations } = await engine.configuration.read()
  const inOrder = parts.toSorted((a, b) => b.backup.createdMs - a.backup.createdMs)
  return parts.map((part) => {
    const outcome = outcomes[inOrder.indexOf(part)]
    const placeId = outcome?.destinationId ?? part.placeId
    const good = engine.backups.copies(part.backup.id).filter(({ state }) => state === 'synced')
    const isLocal = destinations.find(({ id }) => id === placeId)?.type === 'local'
    const reason =
      part.placeId !== undefined
        ? 'chosen'
        : placeId === undefined
          ? 'here'
          : good.length <= 1
            ? 'only'
            : isLocal
              ? 'near'
              : 'answers'
    return {
      backupId: part.backup.id,
      ...(placeId === undefined ? {} : { placeId, placeName: name(placeId) }),
      reason,
      files: writtenOf(outcome?.report),
      bytes: outcome?.report.bytes ?? 0,
      downloadBytes: outcome?.report.bytesRead ?? 0,
    }
  })
}

/** By what was brought back before from the places that are read; all of them must be known. */
function estimate(
  engine: Engine,
  parts: readonly RestoreOrderPart[],
  { outcomes }: Looked,
): number | undefined {
  const measures = engine.health.restoreMeasures(MEASURES)
  const times = outcomes.map(({ report, destinationId }) => {
    if (destinationId === undefined) return undefined
    const time = recoveryTime(parts[0]?.backup.planId ?? '', destinationId, report.bytes, measures)
    return time.state === 'known' ? time.durationMs : undefined
  })
  if (times.length === 0 || times.includes(undefined)) return undefined
  return times.reduce<number>((sum, time) => sum + (time ?? 0), 0)
}

async function namer(engine: Engine): Promise<(id: string | undefined) => string> {
  const { destinations } = await engine.configuration.read()
  return (id) => destinations.find((each) => each.id === id)?.name ?? ''
}

function check(id: Check['id'], ok: boolean, key: string, params?: Sentence['params']): Check {
  return { id, ok, sentence: params ? { key, params } : { key } }
}

function writtenOf(report: RestoreOutcome['report'] | undefined): number {
  return (report?.restored ?? 0) + (report?.replaced ?? 0) + (report?.renamed ?? 0)
}

function counts(report: RestoreOutcome['report'] | undefined) {
  return {
    files: writtenOf(report),
    downloadBytes: report?.bytesRead ?? 0,
    newFiles: (report?.restored ?? 0) + (report?.renamed ?? 0),
    replaced: report?.replaced ?? 0,
    unchanged: report?.unchanged ?? 0,
    leftAlone: report?.skipped ?? 0,
  }
}
