import type { Place, Plan } from '../../../contract/index.ts'

/** A plan as JSON documents show it; places by name. */
export function planRecord(plan: Plan, places: readonly Place[]) {
  return {
    id: plan.id,
    name: plan.name,
    sources: plan.sources,
    format: plan.format,
    places: plan.placeIds.map((id) => places.find((place) => place.id === id)?.name ?? id),
    exclude: plan.exclude,
    exclude_presets: plan.excludePresets,
    schedule: plan.schedule,
    keep_days: plan.keepDays ?? null,
    last_backup: plan.lastBackupAt ?? null,
    last_backup_id: plan.lastBackupId ?? null,
    next_run: plan.nextRunAt ?? null,
  }
}
