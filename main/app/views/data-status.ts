import type { CallOutput, Status, StatusLevel } from '../../contract/index.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import { isoTime } from '../wire/backup-view.ts'

type DataStatus = CallOutput<'data.status'>

const WORST_FIRST: readonly StatusLevel[] = ['failed', 'attention', 'waiting']

/** How it stands with some backups: of everything that is wrong, what concerns their plans. */
export function dataStatusView(
  visible: readonly BackupRow[],
  { problems }: Pick<Status, 'problems'>,
): DataStatus {
  const plans = new Map<string, BackupRow[]>()
  for (const backup of visible)
    if (backup.planId !== undefined) plans.set(backup.planId, [...(plans.get(backup.planId) ?? []), backup])
  const ids = new Set(visible.map(({ id }) => id))
  const concerns = problems.filter(
    ({ planId, backupId }) =>
      (planId !== undefined && plans.has(planId)) || (backupId !== undefined && ids.has(backupId)),
  )
  const worst = WORST_FIRST.find((level) => concerns.some((problem) => problem.level === level))
  const [newest, oldest] = [visible[0], visible.at(-1)]
  return {
    level: visible.length === 0 ? 'empty' : (worst ?? 'protected'),
    backups: visible.length,
    newestAt: newest && isoTime(newest.createdMs),
    oldestAt: oldest && isoTime(oldest.createdMs),
    plans: [...plans].map(([id, [last, ...others]]) => ({
      id,
      name: last!.planName ?? id,
      backups: others.length + 1,
      newestAt: isoTime(last!.createdMs),
    })),
  }
}
