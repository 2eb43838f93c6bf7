import { basename, dirname, isAbsolute, join } from 'node:path'
import type { CallOutput, CallParsed, Sentence } from '../../contract/index.ts'
import type { RestoreOutcome } from '../../engine/engine.ts'
import { EverstowError, hasCode } from '../../engine/model/errors.ts'
import type { AppContext } from '../app-context.ts'
import type { Handlers } from '../server/contract-server.ts'
import { startRestore } from '../work/other-work.ts'

type Preflight = CallOutput<'restore.preflight'>
type Check = Preflight['checks'][number]

/** Calls about getting things back. */
export function restoreHandlers(app: AppContext) {
  const { engine } = app
  const { files } = engine.env

  return {
    'restore.suggestTarget': async ({ backupId }) => {
      const { sources } = engine.backups.get(backupId)
      const first = sources.find((source) => isAbsolute(source))
      const beside = first === undefined ? app.userHome : await existingParent(dirname(first))
      const name = first === undefined ? 'backup' : basename(first).replace(/[*?[\]{}].*$/, '') || 'backup'
      return { path: await unusedName(join(beside, `${name} (restored)`)), originals: [...sources] }
    },

    'restore.preflight': async (input, { signal }) => {
      refuseRelative(input.into)
      const backup = engine.backups.get(input.backupId)
      const checks: Check[] = [check('backup', true, 'checks.backupFound')]
      let outcome: RestoreOutcome | undefined
      try {
        outcome = await engine.preflightRestore({
          backup,
          paths: input.paths,
          into: input.into,
          existing: input.existing,
          signal,
          ...(input.placeId === undefined ? {} : { destinationId: input.placeId }),
        })
        checks.push(check('place', true, 'checks.placeReachable', { place: await placeName(outcome) }))
      } catch (error) {
        if (hasCode(error, 'cancelled')) throw error
        engine.env.log.warn('restore cannot start', { backup: backup.id, error })
        const { destinations } = await engine.configuration.read()
        const place = destinations.find(({ id }) => id === input.placeId)?.name ?? ''
        checks.push(check('place', false, 'checks.placeAway', { place }))
      }
      const bytes = outcome?.report.bytes ?? backup.sourceBytes
      const { freeBytes } = await files.space(await existingParent(input.into))
      checks.push(
        check('space', freeBytes > bytes, freeBytes > bytes ? 'checks.spaceEnough' : 'checks.spaceShort', {
          freeBytes,
          neededBytes: bytes,
        }),
      )
      const targetEmpty = await isEmpty(input.into)
      checks.push(
        check('target', true, targetEmpty ? 'checks.targetEmpty' : 'checks.targetNotEmpty', {
          into: input.into,
        }),
      )
      return preflight(checks, outcome, bytes, targetEmpty, await placeName(outcome))
    },

    'restore.start': async (input: CallParsed<'restore.start'>) => {
      refuseRelative(input.into)
      const { backupId, ...order } = input
      return { runId: startRestore(app, { ...order, backup: engine.backups.get(backupId) }) }
    },
  } satisfies Partial<Handlers>

  async function placeName(outcome: RestoreOutcome | undefined): Promise<string> {
    const { destinations } = await engine.configuration.read()
    return destinations.find(({ id }) => id === outcome?.destinationId)?.name ?? ''
  }

  async function existingParent(path: string): Promise<string> {
    let folder = path
    while (!(await files.stat(folder))) folder = dirname(folder)
    return folder
  }

  async function unusedName(path: string): Promise<string> {
    if (!(await files.lstat(path))) return path
    for (let number = 2; ; number++) {
      const candidate = path.replace(/\)$/, ` ${number})`)
      if (!(await files.lstat(candidate))) return candidate
    }
  }

  async function isEmpty(path: string): Promise<boolean> {
    const stat = await files.stat(path)
    if (!stat) return true
    if (stat.kind !== 'directory')
      throw new EverstowError('invalid-input', { data: { field: 'into', value: path } })
    return (await files.list(path)).length === 0
  }
}

function refuseRelative(into: string): void {
  if (!isAbsolute(into)) throw new EverstowError('invalid-input', { data: { field: 'into', value: into } })
}

function check(id: Check['id'], ok: boolean, key: string, params?: Sentence['params']): Check {
  return { id, ok, sentence: params ? { key, params } : { key } }
}

function preflight(
  checks: Check[],
  outcome: RestoreOutcome | undefined,
  bytes: number,
  targetEmpty: boolean,
  placeName: string,
): Preflight {
  const report = outcome?.report
  return {
    ok: checks.every(({ ok }) => ok),
    checks,
    placeId: outcome?.destinationId,
    placeName,
    files: (report?.restored ?? 0) + (report?.replaced ?? 0) + (report?.renamed ?? 0),
    bytes,
    downloadBytes: report?.bytesRead ?? 0,
    newFiles: (report?.restored ?? 0) + (report?.renamed ?? 0),
    replaced: report?.replaced ?? 0,
    unchanged: report?.unchanged ?? 0,
    leftAlone: report?.skipped ?? 0,
    targetEmpty,
  }
}
