import type { Statistics } from '../../contract/index.ts'
import type { Configuration, Engine } from '../../engine/engine.ts'
import { isoTime } from '../wire/backup-view.ts'

const MEBIBYTE = 1024 * 1024
const megabytes = (bytes: number) => Math.round((bytes / MEBIBYTE) * 100) / 100

/** The numbers of the dashboard; keys of the older systems kept. */
export function statisticsView(engine: Engine, { destinations }: Configuration): Statistics {
  const totals = engine.backups.totals()
  const holdings = engine.backups.holdings()
  const requests = engine.places.requestsIn(isoTime(engine.env.clock.now()).slice(0, 7))
  const count = (destinationId: string, kind: string) =>
    requests.find((row) => row.destinationId === destinationId && row.kind === kind)?.requests ?? 0
  const saved = totals.sourceBytes > 0 ? 1 - totals.sizeBytes / totals.sourceBytes : 0
  return {
    total_backups: totals.backups,
    total_size_mb: megabytes(totals.sizeBytes),
    total_size_bytes: totals.sizeBytes,
    cloud_synced: totals.synced,
    provider: destinations.map(({ type }) => type).join(', ') || 'none',
    pending: totals.pending,
    failed: totals.failed,
    source_size_mb: megabytes(totals.sourceBytes),
    saved_ratio: Math.max(0, Math.round(saved * 1_000) / 1_000),
    last_backup: totals.lastMs === undefined ? null : isoTime(totals.lastMs),
    places: destinations.map(({ id, name, type }) => {
      const held = holdings.find(({ destinationId }) => destinationId === id)
      return {
        id,
        name,
        type,
        copies: held?.copies ?? 0,
        size_mb: megabytes(held?.bytes ?? 0),
        synced: held?.copies ?? 0,
        requests: {
          read: count(id, 'read'),
          write: count(id, 'write'),
          list: count(id, 'list'),
          delete: count(id, 'delete'),
        },
      }
    }),
  }
}
