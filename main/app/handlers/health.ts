import { randomHex } from '../../engine/engine.ts'
import { asEverstowError } from '../../engine/model/errors.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'
import { sendAlert, textsOf } from '../alerts/send-alert.ts'
import type { AppContext } from '../app-context.ts'
import { channelView, dropState, noteSent } from '../channels/channel-state.ts'
import { addChannel, channelsOf, findChannel, removeChannel } from '../channels/channels.ts'
import { healthReport } from '../health/health-report.ts'
import { metricsText } from '../health/metrics-text.ts'
import type { Handlers } from '../server/contract-server.ts'
import { wireErrorOf } from '../wire/wire-error.ts'

/** Calls about how it stands, and about who is told. */
export function healthHandlers(app: AppContext) {
  const { engine } = app
  const report = async () => healthReport(engine, await engine.configuration.read())

  return {
    'health.report': report,
    'health.metrics': async () => ({ text: metricsText(await report()) }),

    'alert.list': async () =>
      channelsOf(await engine.configuration.read()).map((channel) => channelView(engine, channel)),

    'alert.add': async (input) => {
      const channel = await addChannel(engine, input)
      app.changed()
      return channelView(engine, channel)
    },

    'alert.remove': async ({ id }) => {
      await removeChannel(engine, id)
      dropState(engine, id)
      app.changed()
      return { removed: true }
    },

    'alert.test': async ({ id }, { signal }) => {
      const { clock, random } = engine.env
      const channel = await findChannel(engine, id)
      const started = clock.monotonicMs()
      const durationMs = () => Math.round(clock.monotonicMs() - started)
      const outbound = {
        id: randomHex(random, 12),
        message: { kind: 'test' },
        createdMs: clock.now(),
      } as const
      try {
        await sendAlert(engine, channel, await textsOf(app), outbound, signal)
        noteSent(engine, id)
        return { ok: true, durationMs: durationMs() }
      } catch (caught) {
        const error = asEverstowError(caught)
        if (error.code === 'cancelled' || error.code === 'internal') throw error
        noteSent(engine, id, storedErrorOf(error))
        return { ok: false, error: wireErrorOf(error), durationMs: durationMs() }
      } finally {
        app.changed()
      }
    },
  } satisfies Partial<Handlers>
}
