import type { EventData, Run } from '../contract/index.ts'
import { isGood } from './kept/known-damage.ts'
import { isLogGood } from './work/log-checks.ts'

/** What a person is told when a run ended: quiet on pushes, and on checks that found nothing or mended it, one notice for what came of the rest. */
export function noticeOf(run: Run): EventData<'notice'> | undefined {
  const { kind, state, label: plan, id: runId } = run
  if (state === 'cancelled' || state === 'running') return undefined
  if (kind === 'backup') {
    if (state === 'failed')
      return { level: 'failed', sentence: { key: 'notices.backupFailed', params: { plan } }, runId }
    const count = run.backup?.skippedCount ?? 0
    if (run.backup?.state === 'incomplete')
      return {
        level: 'attention',
        sentence: { key: 'notices.backupIncomplete', params: { count, plan } },
        runId,
      }
    const behind = run.backup?.copies.find((copy) => copy.state === 'failed')
    if (behind)
      return {
        level: 'attention',
        sentence: { key: 'notices.placeFailed', params: { place: behind.placeName } },
        runId,
      }
    const copies = run.backup?.copies.filter((copy) => copy.state === 'synced').length ?? 0
    return { level: 'success', sentence: { key: 'notices.backupDone', params: { plan, copies } }, runId }
  }
  if (kind === 'verify' && run.verify) {
    const place = damagedPlace(run.verify)
    // What was mended needs nobody; a place that is away says nothing about its copies.
    if (place === undefined) return undefined
    return { level: 'attention', sentence: { key: 'notices.damageFound', params: { place } }, runId }
  }
  if (kind === 'restore' && run.database) {
    const { database, host } = run.database
    return {
      level: 'success',
      sentence: { key: 'notices.databaseRestored', params: { database, host } },
      runId,
    }
  }
  const conflict = run.sync?.folders.find(({ conflicts }) => conflicts > 0)
  if (conflict) {
    const params = { name: conflict.name, count: conflict.conflicts }
    return { level: 'attention', sentence: { key: 'notices.syncConflicts', params }, runId }
  }
  if (kind === 'mirror' && run.mirror?.held) {
    const params = { mirror: plan, ...run.mirror.held }
    return { level: 'attention', sentence: { key: 'notices.mirrorWaits', params }, runId }
  }
  if (kind === 'prune' && run.error?.code === 'confirmation-needed') {
    const { place = '', count = 0, total = 0 } = run.error.data
    const params = { place: String(place), count: Number(count), total: Number(total) }
    return { level: 'attention', sentence: { key: 'notices.cleanupWaits', params }, runId }
  }
  if (kind === 'restore' && run.restore) {
    const params = { count: run.restore.restored, into: run.restore.into }
    return {
      level: state === 'done' ? 'success' : 'attention',
      sentence: { key: 'notices.restoreDone', params },
      runId,
    }
  }
  return undefined
}

/** The first place with damage that is still there. */
function damagedPlace({ problems, repositories, logs }: NonNullable<Run['verify']>): string | undefined {
  const copy = problems.find(({ kind }) => kind !== 'unreachable')
  const repository = repositories.find((check) => !check.error && !isGood(check))
  return (copy ?? repository ?? logs.find((check) => !check.error && !isLogGood(check)))?.placeName
}
