import type { CheckReport, DrillReport, Proof } from '../../contract/index.ts'
import type { PlaceChecked, ProofRow } from '../../engine/engine.ts'
import type { AppContext } from '../app-context.ts'
import { isoTime } from '../wire/backup-view.ts'
import { storedToWire } from '../wire/wire-error.ts'
import { recorded } from './recorded.ts'

/** Restores samples into a scratch folder and compares them. */
export function startDrill(
  app: AppContext,
  order: { readonly planId?: string; readonly placeId?: string; readonly files: number },
): string {
  const about = { kind: 'drill' as const, label: '', phase: 'restoring' as const }
  return app.runs.start(about, (control) =>
    recorded(app, 'drill', order.planId === undefined ? {} : { planId: order.planId }, async () => {
      const nameOf = await placeNames(app)
      const { proofs, problems } = await app.engine.drill({
        files: order.files,
        ...(order.planId === undefined ? {} : { planId: order.planId }),
        ...(order.placeId === undefined ? {} : { destinationId: order.placeId }),
        signal: control.signal,
        onProgress: ({ files, bytes }) => control.update({ files, bytes }),
      })
      const drill: DrillReport = { proofs: proofs.map((proof) => proofView(proof, nameOf)) }
      const isWhole = problems.length === 0 && proofs.every(({ ok }) => ok)
      control.update({ drill, state: isWhole ? 'done' : 'incomplete' })
      return isWhole ? 'done' : 'incomplete'
    }),
  )
}

/** The newest drill, and the newest trial of dumps, of each plan and place. */
export async function proofViews(app: AppContext): Promise<Proof[]> {
  const nameOf = await placeNames(app)
  return app.engine.proofs().map((proof) => proofView(proof, nameOf))
}

function proofView(proof: ProofRow, nameOf: (destinationId: string) => string): Proof {
  return {
    kind: proof.kind,
    planId: proof.planId,
    placeId: proof.destinationId,
    placeName: nameOf(proof.destinationId),
    backupId: proof.backupId,
    at: isoTime(proof.atMs),
    ok: proof.ok,
    files: proof.files,
    bytes: proof.bytes,
    durationMs: proof.durationMs,
    detail: proof.detail,
  }
}

/** What a check found in a place. */
export function checkView(
  { destinationId, report, error }: PlaceChecked,
  nameOf: (destinationId: string) => string,
): CheckReport {
  const about = { placeId: destinationId, placeName: nameOf(destinationId) }
  if (!report)
    return {
      ...about,
      level: 'stored',
      objects: 0,
      bytes: 0,
      damaged: [],
      missing: [],
      healed: 0,
      lostChunks: 0,
      affected: [],
      ...(error ? { error: storedToWire(error) } : {}),
    }
  return {
    ...about,
    level: report.level,
    objects: report.objects,
    bytes: report.bytes,
    damaged: [...report.damaged],
    missing: [...report.missing],
    healed: report.healed,
    lostChunks: report.lostChunks,
    affected: report.affected.map(({ backupId, paths, more }) => ({ backupId, paths: [...paths], more })),
  }
}

/** Names of places by their ids. */
export async function placeNames({ engine }: AppContext): Promise<(destinationId: string) => string> {
  const { destinations } = await engine.configuration.read()
  return (destinationId) => destinations.find(({ id }) => id === destinationId)?.name ?? destinationId
}
