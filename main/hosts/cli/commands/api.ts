import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { ApiState } from '../../../contract/index.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { wholeNumber } from '../options/amounts.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

/** Whatever stays looks at the settings every second. */
const PATIENCE_MS = 5_000
const POLL_MS = 100

interface OnOptions {
  readonly port?: number
}

/** `everstow api …`: whether what stays on this computer serves the REST API, and where. */
export function apiCommands(program: Command, { say, withEngine }: CommandHost): void {
  const api = program.command('api').description(say('help.api')).helpCommand(false)
  api.command('show', { isDefault: true }).description(say('help.apiShow')).action(withEngine(show))
  api
    .command('on')
    .description(say('help.apiOn'))
    .option('--port <n>', say('help.opt.apiPort'), wholeNumber(1, 65_535))
    .action(withEngine(switchOn))
  api.command('off').description(say('help.apiOff')).action(withEngine(switchOff))
  const data = api.command('data').description(say('help.apiData')).helpCommand(false)
  data
    .command('show', { isDefault: true })
    .description(say('help.apiDataShow'))
    .action(withEngine((session) => serveData(session)))
  data
    .command('on')
    .description(say('help.apiDataOn'))
    .action(withEngine((session) => serveData(session, true)))
  data
    .command('off')
    .description(say('help.apiDataOff'))
    .action(withEngine((session) => serveData(session, false)))
}

async function show(session: Session): Promise<ExitStatus> {
  return answer(session, await session.call('api.state', {}))
}

async function switchOn(session: Session, { port }: OnOptions): Promise<ExitStatus> {
  await session.call('settings.update', {
    serveApi: true,
    ...(port === undefined ? {} : { apiPort: port }),
  })
  return answer(session, await settledState(session))
}

async function switchOff(session: Session): Promise<ExitStatus> {
  await session.call('settings.update', { serveApi: false })
  return show(session)
}

/** Whether programs may read data in backups, after a change if there is one. */
async function serveData(session: Session, on?: boolean): Promise<ExitStatus> {
  const { say, output } = session
  const settings =
    on === undefined
      ? await session.call('settings.get', {})
      : await session.call('settings.update', { serveData: on })
  output.answer({ serve_data: settings.serveData }, () => [
    say(settings.serveData ? 'api.dataOn' : 'api.dataOff'),
  ])
  return EXIT.done
}

/** How it stands once somebody who is there has opened the port, or could not. */
async function settledState(session: Session): Promise<ApiState> {
  const { isKept } = await session.call('schedule.list', {})
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const state = await session.call('api.state', {})
    if (state.state !== 'waiting' || !isKept || waitedMs >= PATIENCE_MS) return state
    await session.interrupt.orCancelled(sleep(POLL_MS))
  }
}

function answer(session: Session, { state, port, url, error }: ApiState): ExitStatus {
  const { say, output } = session
  const explained = error && explainer(session)(error)
  output.answer({ state, port, url: url ?? null, error: explained ?? null }, () => {
    if (url !== undefined) return [say('serve.api', { url })]
    return [
      say(`api.${state}`, { port }),
      ...(explained
        ? [`  ${safeText(explained.message)} ${safeText(explained.todo)}`, `  ${say('api.retried')}`]
        : []),
    ]
  })
  return state === 'failed' ? EXIT.failed : EXIT.done
}
