import type { Place, Plan } from '../../../contract/index.ts'

/** A plan as JSON documents show it; places by name. */
export function planRecord(plan: Plan, places: readonly Place[]) {
  const nameOf = (id: string) => places.find((place) => place.id === id)?.name ?? id
  return {
    id: plan.id,
    name: plan.name,
    sources: plan.sources,
    format: plan.format,
    places: plan.placeIds.map(nameOf),
    exclude: plan.exclude,
    exclude_presets: plan.excludePresets,
    schedule: plan.schedule,
    wait_for: plan.waitFor ?? [],
    quiet_hours: plan.quietHours ?? null,
    stale_after_hours: plan.staleAfterHours ?? null,
    keep_days: plan.keepDays ?? null,
    keep: plan.keep ?? null,
    keep_at: Object.fromEntries(Object.entries(plan.keepAt ?? {}).map(([id, rule]) => [nameOf(id), rule])),
    compression: plan.compression ?? 'normal',
    canaries: plan.canaries ?? false,
    last_backup: plan.lastBackupAt ?? null,
    last_backup_id: plan.lastBackupId ?? null,
    next_run: plan.nextRunAt ?? null,
  }
}
