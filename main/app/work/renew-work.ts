import type { RenewReport } from '../../contract/index.ts'
import type { AppContext } from '../app-context.ts'
import { isoTime } from '../wire/backup-view.ts'
import { storedToWire } from '../wire/wire-error.ts'
import { recorded } from './recorded.ts'
import { placeNames } from './snapshot-work.ts'

const HOUR_MS = 3_600_000

/** Stores everything of a repository anew with its newest keys. Incomplete while a place has packs in use that older keys open. */
export function startRenewal(
  app: AppContext,
  { repositoryId, graceHours }: { readonly repositoryId: string; readonly graceHours: number },
): string {
  const about = { kind: 'renew' as const, label: '', phase: 'delivering' as const }
  return app.runs.start(about, (control) =>
    recorded(app, 'renew', {}, async () => {
      const nameOf = await placeNames(app)
      const outcomes = await app.engine.repositories.renew({
        repositoryId,
        graceMs: graceHours * HOUR_MS,
        signal: control.signal,
        onProgress: ({ bytes, bytesTotal }) => control.update({ bytes, bytesTotal }),
      })
      const renew: RenewReport = {
        places: outcomes.map(({ destinationId, report, error }) => ({
          placeId: destinationId,
          placeName: nameOf(destinationId),
          packs: report?.renewed.packs ?? 0,
          bytes: report?.renewed.bytes ?? 0,
          addedBytes: report?.renewed.addedBytes ?? 0,
          olderPacks: report?.renewed.olderPacks ?? 0,
          olderBytes: report?.renewed.olderBytes ?? 0,
          damagedPacks: report?.renewed.damagedPacks ?? 0,
          olderSnapshots: report?.renewed.olderSnapshots ?? 0,
          olderPinned: report?.renewed.olderPinned ?? 0,
          freedBytes: report?.freedBytes ?? 0,
          waitingBytes: report?.waitingBytes ?? 0,
          ...(report?.waitingUntilMs === undefined ? {} : { waitingUntil: isoTime(report.waitingUntilMs) }),
          ...(error ? { error: storedToWire(error) } : {}),
        })),
      }
      const isWhole = renew.places.every(({ error, olderPacks }) => !error && olderPacks === 0)
      const outcome = isWhole ? 'done' : 'incomplete'
      control.update({ renew, state: outcome })
      return outcome
    }),
  )
}
