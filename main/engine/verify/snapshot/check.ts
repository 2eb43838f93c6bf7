import { putScrubs, type ScrubRow, scrubsOf } from '../../catalogue/proofs.ts'
import { transaction } from '../../catalogue/transaction.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import { LOG_HOME_KEY } from '../../repository/log/log-home.ts'
import { both } from '../../repository/upkeep/both.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { chooseOldest } from '../choose-oldest.ts'
import { affectedBackups, type Needs, readNeeds } from './affected-backups.ts'
import { checkObjects } from './check-objects.ts'
import { checkPacks } from './check-packs.ts'
import { checkStored } from './check-stored.ts'
import {
  type BadObject,
  type BadPack,
  type CheckLevel,
  type CheckReport,
  type Findings,
  includes,
} from './findings.ts'
import { type ExpectedPack, expectedObjects, expectedPacks } from './inventory.ts'

export interface CheckOptions {
  readonly level: CheckLevel
  /** `bytes` and `contents`: so much of the packs, by size, those first that were not looked at for the longest time. Default 100. */
  readonly percent?: number
  /** Other places of the same repository: directories that are bad here are read there, to tell exactly what is affected. */
  readonly others?: readonly UpkeepPlace[]
  readonly signal: AbortSignal
  readonly onProgress?: (progress: { readonly bytes: number; readonly bytesTotal: number }) => void
}

/** A report with what healing needs. */
export interface Checked {
  readonly report: CheckReport
  readonly findings: Findings
  /** Absent when nothing was found and the level does not ask for it. */
  readonly needs: Needs | undefined
}

/** Checks the repository of one destination. Everything found is written down, with the time. */
export async function checkRepository(
  { database, env }: Pick<Workspace, 'database' | 'env'>,
  place: UpkeepPlace,
  options: CheckOptions,
): Promise<Checked> {
  const { level, percent = 100, others = [], signal, onProgress } = options
  const { repository, destinationId } = place
  await repository.refresh(signal)
  const packs = expectedPacks(place)
  const objects = expectedObjects(place, !(await repository.store.exists(LOG_HOME_KEY, signal)))
  const stored = await checkStored(place, packs, objects, signal)
  let { count, bytes } = stored
  const badPacks = new Map<string, BadPack>(stored.packs.map((bad) => [bad.key, bad]))
  const badObjects = new Map<string, BadObject>(stored.objects.map((bad) => [bad.key, bad]))

  if (includes(level, 'bytes')) {
    const chosen = choosePacks(database, destinationId, packs, percent)
    const bytesTotal = chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    bytes = 0
    count = chosen.length
    const scrubs = new Map<string, ScrubRow>()
    const contents = includes(level, 'contents')
    const reading = checkPacks(place, {
      packs: chosen,
      contents,
      signal,
      onChecked({ key }, reply) {
        if (!scrubs.has(key)) bytes += reply.bytes
        scrubs.set(key, { destinationId, objectKey: key, verifiedMs: env.clock.now(), state: reply.state })
        onProgress?.({ bytes, bytesTotal })
      },
    })
    const rest = objects.filter(({ key }) => !badObjects.has(key))
    const onChecked = (some: number) => {
      bytes += some
      count++
    }
    // The threads have the packs; this one has little else to do.
    const [packsFound, objectsFound] = await both(reading, checkObjects(place, rest, { signal, onChecked }))
    for (const { key } of chosen) badPacks.delete(key)
    for (const bad of packsFound) badPacks.set(bad.key, bad)
    for (const bad of objectsFound) badObjects.set(bad.key, bad)
    transaction(database, () => putScrubs(database, [...scrubs.values()]))
  }

  const findings = { packs: [...badPacks.values()], objects: [...badObjects.values()] }
  const isBad = findings.packs.length + findings.objects.length > 0
  const hasLost = place.repository.log.state.lost.size > 0
  const needs =
    isBad || hasLost || includes(level, 'tree') ? await readNeeds(place, others, signal) : undefined
  const keysIn = (state: 'damaged' | 'missing') =>
    [...findings.packs, ...findings.objects].filter((bad) => bad.state === state).map(({ key }) => key)
  const report: CheckReport = {
    destinationId,
    level,
    objects: count,
    bytes,
    damaged: keysIn('damaged'),
    missing: keysIn('missing'),
    healed: 0,
    lostChunks: needs?.missing.size ?? 0,
    affected: needs ? await affectedBackups(place, needs, findings.packs, signal) : [],
  }
  const { damaged, missing, affected, ...facts } = report
  const sizes = { damaged: damaged.length, missing: missing.length, affected: affected.length }
  env.log.area('verify').info('repository checked', { place: place.name, ...facts, ...sizes })
  return { report, findings, needs }
}

/** The packs to read. */
function choosePacks(
  database: Workspace['database'],
  destinationId: string,
  packs: readonly ExpectedPack[],
  percent: number,
): readonly ExpectedPack[] {
  const verifiedMs = new Map(scrubsOf(database, destinationId).map((row) => [row.objectKey, row.verifiedMs]))
  return chooseOldest(
    packs.map((pack) => ({ ...pack, verifiedMs: verifiedMs.get(pack.key) })),
    percent,
  )
}
