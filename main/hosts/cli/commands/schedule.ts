import { Argument, type Command } from 'commander'
import type { CallOutput, Sentence } from '../../../contract/index.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import type { Say } from '../output/say.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

type Schedule = CallOutput<'schedule.list'>
type Job = Schedule['jobs'][number]

/** What `schedule set` names, with the setting behind it. */
const SETTINGS = { verify: 'verifySchedule', cleanup: 'cleanupSchedule', drill: 'drillSchedule' } as const

/** `everstow schedule …`: what is started by itself, when, and why not now. */
export function scheduleCommands(program: Command, { say, withEngine }: CommandHost): void {
  const schedule = program.command('schedule').description(say('help.schedule')).helpCommand(false)
  schedule
    .command('list', { isDefault: true })
    .description(say('help.scheduleList'))
    .action(withEngine(listSchedule))
  schedule
    .command('set')
    .description(say('help.scheduleSet'))
    .addArgument(new Argument('<what>', say('help.arg.scheduled')).choices(Object.keys(SETTINGS)))
    .argument('<when>', say('help.opt.schedule'))
    .action(withEngine(setSchedule))
}

async function listSchedule(session: Session): Promise<ExitStatus> {
  answer(session, await session.call('schedule.list', {}))
  return EXIT.done
}

async function setSchedule(session: Session, what: keyof typeof SETTINGS, when: string): Promise<ExitStatus> {
  await session.call('settings.update', { [SETTINGS[what]]: when })
  answer(session, await session.call('schedule.list', {}))
  return EXIT.done
}

function answer({ say, output }: Session, { isKept, jobs }: Schedule): void {
  const sentence = ({ key, params }: Sentence): string => say.any(key, params)
  const document = {
    is_kept: isKept,
    jobs: jobs.map((job) => ({
      id: job.id,
      name: nameOf(job, say),
      schedule: job.schedule,
      last_start: job.lastStartAt ?? null,
      next_run: job.nextRunAt ?? null,
      upcoming: job.upcoming,
      why_not_now: sentence(job.why),
      note: job.note ? sentence(job.note) : null,
      conditions: Object.fromEntries(job.conditions.map(({ condition, state }) => [condition, state])),
    })),
  }
  output.answer(document, () => [
    ...table(
      [
        { title: say('column.what') },
        { title: say('column.schedule') },
        { title: say('column.last') },
        { title: say('column.next') },
        { title: say('column.whyNot') },
      ],
      jobs.map((job) => [
        safeText(nameOf(job, say)),
        safeText(job.schedule),
        job.lastStartAt === undefined ? say.any('common.never') : say.relative(job.lastStartAt),
        job.nextRunAt === undefined ? '–' : say.dateTime(job.nextRunAt),
        [job.note, job.why].flatMap((each) => (each ? sentence(each) : [])).join(' '),
      ]),
      (text) => output.paint('quiet', text),
    ),
    ...(isKept ? [] : ['', output.paint('warn', say('schedule.nobody'))]),
  ])
}

function nameOf({ id, planName }: Job, say: Say): string {
  return planName ?? say.any(`scheduled.${id}`)
}
