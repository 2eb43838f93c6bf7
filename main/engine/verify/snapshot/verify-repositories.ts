import { copiesIn, updateCopy } from '../../catalogue/backups.ts'
import { dropScrubs } from '../../catalogue/proofs.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import type { OpenRepository, Repositories } from '../../delivery/snapshot/repositories.ts'
import type { StoredError } from '../../model/backup.ts'
import type { Destination } from '../../model/destination.ts'
import { asEverstowError, type EverstowError, hasCode } from '../../model/errors.ts'
import { storedErrorOf } from '../../model/stored-error.ts'
import { dropRepositoryIndex } from '../../repository/read/load-repository-index.ts'
import { openUpkeepPlace, type UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { type Checked, checkRepository } from './check.ts'
import { type BadObject, type CheckLevel, type CheckReport, includes } from './findings.ts'
import { healObjects } from './heal-objects.ts'
import { healPacks } from './heal-packs.ts'
import { rebuildSegments, retireSegments } from './rebuild-segments.ts'
import { refill } from './refill.ts'
import { settleLost } from './settle-lost.ts'

export interface VerifyRepositoriesOptions {
  /** Destinations that hold a repository. */
  readonly destinations: readonly Destination[]
  readonly level: CheckLevel
  /** So much of the packs, the longest unverified first. */
  readonly percent?: number
  /** Mend what can be mended, and fill again what was wiped. */
  readonly heal: boolean
  readonly signal: AbortSignal
  readonly onProgress?: (progress: { readonly bytes: number; readonly bytesTotal: number }) => void
}

/** What was found in a destination, or why it could not be looked at. Damage remains where `affected` is not empty or less was healed than found. */
export type PlaceChecked =
  | { readonly destinationId: string; readonly report: CheckReport; readonly error?: undefined }
  | { readonly destinationId: string; readonly report?: undefined; readonly error: StoredError }

interface Opened {
  readonly destinationId: string
  readonly open: OpenRepository
  /** Keys of what was put back so that it could be opened. */
  readonly mended: readonly string[]
  place: UpkeepPlace
  checked?: Checked
  /** Keys of objects other than packs that were found bad, and how many of them are good again. */
  badObjects?: { readonly found: readonly BadObject[]; readonly healed: number }
  /** Ids of index segments that nobody has good. */
  lostSegments?: readonly string[]
}

/**
 * Checks the repositories of destinations one after the other, then heals: each from all others, because whatever is taken from one is proven. What a
 * destination lacks altogether is filled at the end, from those that are mended by then.
 */
export async function verifyRepositories(
  workspace: Workspace,
  repositories: Repositories,
  options: VerifyRepositoriesOptions,
): Promise<PlaceChecked[]> {
  const { destinations, heal, signal } = options
  const failed = new Map<string, EverstowError>()
  const opened: Opened[] = []
  const reports = new Map<string, CheckReport>()
  try {
    for (const { id } of destinations) {
      await guarded(id, async () => {
        const mended: string[] = []
        const onMended = heal ? { onMended: (key: string) => mended.push(key) } : {}
        const open = await repositories.open(id, { ...onMended, signal })
        const place = await openUpkeepPlace(open, workspace.env, signal)
        opened.push({ destinationId: id, open, mended, place })
      })
    }
    for (const each of opened)
      await guarded(each.destinationId, async () => {
        each.checked = await checkRepository(workspace, each.place, { ...options, others: othersOf(each) })
        const { damaged, healed } = each.checked.report
        const { mended } = each
        reports.set(each.destinationId, {
          ...each.checked.report,
          damaged: [...mended, ...damaged],
          healed: healed + mended.length,
        })
      })
    if (heal) for (const each of opened) await guarded(each.destinationId, () => healSmall(each))
    if (heal) for (const each of opened) await guarded(each.destinationId, () => healOne(each))
    if (heal) for (const [id, error] of [...failed]) if (isWiped(error)) await fill(id)
  } finally {
    for (const { place } of opened) place.repository.close()
  }
  return destinations.map(({ id }): PlaceChecked => {
    const report = reports.get(id)
    const error = failed.get(id)
    if (report && !error) {
      noteVerified(workspace, report, options)
      return { destinationId: id, report }
    }
    return { destinationId: id, error: storedErrorOf(error) }
  })

  async function guarded(destinationId: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      failed.set(destinationId, error)
      workspace.env.log.area('verify').warn('repository not verified', { destination: destinationId, error })
    }
  }

  function othersOf({ destinationId, place }: Opened): UpkeepPlace[] {
    return opened
      .filter(
        (other) =>
          other.destinationId !== destinationId && other.place.repository.repoId === place.repository.repoId,
      )
      .map((other) => other.place)
  }

  /** Objects other than packs. With index segments come packs that nobody could know of before: then it is looked at once more. */
  async function healSmall(each: Opened): Promise<void> {
    const { checked } = each
    const found = checked?.findings.objects ?? []
    if (!checked || found.length === 0) return
    const left = await healObjects(each.place, othersOf(each), found, signal)
    each.badObjects = { found, healed: found.length - left.length }
    each.lostSegments = left.filter(({ kind }) => kind === 'index').map(({ id }) => id)
    if (each.lostSegments.length > 0) {
      // What is kept here may still know what they listed; when it goes, nobody would.
      await reopen(each)
      await rebuildSegments(each.place, othersOf(each), each.lostSegments, signal)
    } else if (left.length === found.length || !found.some(({ kind }) => kind === 'index')) return
    await reopen(each)
    each.checked = await checkRepository(workspace, each.place, { ...options, others: othersOf(each) })
  }

  /** With an index that is made from the segments alone. */
  async function reopen(each: Opened): Promise<void> {
    each.place.repository.close()
    await dropRepositoryIndex(workspace.env.files, each.open.cacheFolder)
    each.place = await openUpkeepPlace(each.open, workspace.env, signal)
  }

  async function healOne(each: Opened): Promise<void> {
    const { checked, place, destinationId, badObjects, mended } = each
    if (!checked) return
    const { log } = place.repository
    const settled = log.state.lost.size > 0 ? await settleLost(place, signal) : new Set<string>()
    const isMissing = [...(checked.needs?.missing ?? [])].some((chunk) => !settled.has(chunk))
    const { packs } = checked.findings
    const isBad = packs.length > 0 || isMissing
    if (!isBad && !badObjects && settled.size === 0) return
    let healed = (badObjects?.healed ?? 0) + mended.length
    if (isBad && checked.needs)
      healed += (await healPacks(place, othersOf(each), packs, checked.needs, signal)).healed
    dropScrubs(
      workspace.database,
      destinationId,
      packs.map(({ key }) => key),
    )
    const after = await healDeeper(each)
    healed += await giveSegmentsUp(each, after)
    const bad = [...packs, ...(badObjects?.found ?? [])]
    const keysIn = (state: 'damaged' | 'missing') =>
      bad.filter((one) => one.state === state).map(({ key }) => key)
    reports.set(destinationId, {
      ...checked.report,
      damaged: [...mended, ...keysIn('damaged')],
      missing: keysIn('missing'),
      healed,
      lostChunks: after.report.lostChunks,
      affected: after.report.affected,
    })
  }

  /** What is below a directory is known only when that is back; each look goes further down, until it finds nothing that was not healed or called lost. */
  async function healDeeper(each: Opened): Promise<Checked> {
    const { place } = each
    const { log } = place.repository
    for (let known = ''; ; ) {
      if (log.state.lost.size > 0) {
        await place.repository.refresh(signal)
        await settleLost(place, signal)
      }
      const found = await checkRepository(workspace, place, {
        level: 'tree',
        others: othersOf(each),
        signal,
      })
      const missing = [...(found.needs?.missing ?? [])].filter((chunk) => !log.state.lost.has(chunk))
      const now = missing.toSorted().join()
      if (!found.needs || missing.length === 0 || now === known) return found
      known = now
      await healPacks(place, othersOf(each), [], found.needs, signal)
    }
  }

  /** Segments that nobody has leave the index once it is whole without them; answers how many. */
  async function giveSegmentsUp({ place, lostSegments = [] }: Opened, { needs }: Checked): Promise<number> {
    const { log, missingSegments } = place.repository
    if (lostSegments.length === 0 || !needs || needs.badTrees.size + needs.rootless.length > 0) return 0
    // An index that knows more than the segments say would hide what is missing without them.
    if (!lostSegments.every((id) => missingSegments.includes(id))) return 0
    if ([...needs.missing].some((chunk) => !log.state.lost.has(chunk))) return 0
    await retireSegments(place, lostSegments, signal)
    return lostSegments.length
  }

  /** A destination without anything of a repository begins anew with all that the others have. */
  async function fill(destinationId: string): Promise<void> {
    const sources = opened.filter((other) => other.checked)
    if (sources.length === 0) return
    await guarded(destinationId, async () => {
      const repositoryId = sources[0]!.place.repository.repoId
      const target = await createAnew(repositories, destinationId, repositoryId, signal)
      const { brought, notBrought } = await refill(workspace, target, sources, signal)
      for (const { backupId } of notBrought)
        if (backupId) updateCopy(workspace.database, backupId, destinationId, { state: 'missing' })
      const place = await openUpkeepPlace(target, workspace.env, signal)
      try {
        const { report } = await checkRepository(workspace, place, { level: 'tree', signal })
        const affected = notBrought.map(({ snapId, backupId = snapId }) => ({
          backupId,
          snapId,
          paths: ['/'],
          more: 0,
        }))
        reports.set(destinationId, {
          ...report,
          healed: brought,
          affected: [...report.affected, ...affected],
        })
        failed.delete(destinationId)
      } finally {
        place.repository.close()
      }
    })
  }
}

/** Lays the repository out again. That its history is not the one we remember is the point. */
async function createAnew(
  repositories: Repositories,
  destinationId: string,
  repositoryId: string,
  signal: AbortSignal,
): Promise<OpenRepository> {
  const options = { create: true, repositoryId, signal }
  try {
    return await repositories.open(destinationId, options)
  } catch (error) {
    if (!hasCode(error, 'rollback-detected')) throw error
    await repositories.acceptHistory(destinationId)
    return repositories.open(destinationId, options)
  }
}

/** Nothing of the repository that is remembered is there. A history that is shorter or another is for a person to judge. */
function isWiped({ code, data }: EverstowError): boolean {
  return code === 'repository-missing' || (code === 'rollback-detected' && data.reason === 'gone')
}

/** Copies whose every stored byte was looked at and is good. */
function noteVerified(
  { database, env }: Workspace,
  report: CheckReport,
  { level, percent = 100 }: VerifyRepositoriesOptions,
): void {
  if (!includes(level, 'bytes') || percent < 100) return
  const affected = new Set(report.affected.map(({ backupId }) => backupId))
  const { destinationId } = report
  for (const { backupId } of copiesIn(database, ['synced'], { destinationId }))
    if (!affected.has(backupId) && backupId.startsWith('snapshot_'))
      updateCopy(database, backupId, destinationId, { verifiedMs: env.clock.now() })
}
