import type { Command } from 'commander'
import type { DrillReport } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { placeIdsNamed } from '../find/find-place.ts'
import { planNamed } from '../find/find-plan.ts'
import { followRun } from '../follow-run.ts'
import { wholeNumber } from '../options/amounts.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

interface DrillOptions {
  readonly plan?: string
  readonly place?: string
  readonly files: number
}

/** `everstow drill`: restores samples for real, compares them and removes them. */
export function drillCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('drill')
    .description(say('help.drill'))
    .option('--plan <plan>', say('help.opt.plan'))
    .option('--place <place>', say('help.opt.onlyPlace'))
    .option('--files <n>', say('help.opt.drillFiles'), wholeNumber(1, 10_000), 50)
    .action(withEngine(drill))
}

async function drill(session: Session, { plan, place, files }: DrillOptions): Promise<ExitStatus> {
  const { say, output } = session
  const plans = await session.call('plan.list', {})
  const [placeId] = (await placeIdsNamed(session, place === undefined ? [] : [place])) ?? []
  const { runId } = await session.call('backup.drill', {
    files,
    ...(plan === undefined ? {} : { planId: planNamed(plans, plan).id }),
    ...(placeId === undefined ? {} : { placeId }),
  })
  const { drill: report, state } = await followRun(session, runId)
  if (!report) throw new EverstowError('internal')
  const planOf = (id: string | undefined) => plans.find((each) => each.id === id)?.name ?? null
  const ok = report.proofs.every((proof) => proof.ok)
  const document = {
    ok,
    proofs: report.proofs.map((proof) => ({
      plan: planOf(proof.planId),
      place: proof.placeName,
      backup_id: proof.backupId,
      at: proof.at,
      ok: proof.ok,
      files: proof.files,
      size_bytes: proof.bytes,
      duration_ms: proof.durationMs,
      detail: proof.detail ?? null,
    })),
  }
  output.outcome(document, () => [
    ...proofTable(session, report),
    report.proofs.length === 0
      ? say('drill.nothing')
      : output.paint(ok ? 'good' : 'bad', say(ok ? 'drill.good' : 'drill.bad')),
  ])
  if (!ok) return EXIT.damaged
  return state === 'incomplete' ? EXIT.incomplete : EXIT.done
}

function proofTable({ say, output }: Session, { proofs }: DrillReport): string[] {
  if (proofs.length === 0) return []
  return table(
    [
      { title: say('column.id') },
      { title: say('column.place') },
      { title: say('column.files'), right: true },
      { title: say('column.size'), right: true },
      { title: say('column.outcome') },
    ],
    proofs.map((proof) => [
      proof.backupId,
      safeText(proof.placeName),
      say.number(proof.files),
      say.bytes(proof.bytes),
      {
        text:
          say(proof.ok ? 'drill.same' : 'drill.differs') +
          (proof.detail ? ` – ${safeText(proof.detail)}` : ''),
        paint: (text: string) => output.paint(proof.ok ? 'good' : 'bad', text),
      },
    ]),
    (text) => output.paint('quiet', text),
  )
}
