import { EverstowError } from '../../engine/model/errors.ts'
import type { AppContext } from '../app-context.ts'
import type { Handlers } from '../server/contract-server.ts'
import { isoTime } from '../wire/backup-view.ts'

/** Calls about letting another device in. */
export function inviteHandlers(app: AppContext) {
  const { engine } = app
  const { slots, inviteQr } = engine.repositories

  async function nameOf(placeId: string): Promise<string> {
    if (engine.outbox.isOffline()) throw new EverstowError('offline')
    return (await engine.places.find(placeId)).name
  }

  return {
    'sync.invite': async ({ placeId, hours }, { signal }) => {
      const placeName = await nameOf(placeId)
      const { inviteId, code, untilMs } = await slots.invite(placeId, hours, signal)
      app.changed()
      return {
        inviteId,
        placeName,
        code: code.reveal(),
        qr: inviteQr(code).reveal(),
        until: isoTime(untilMs),
      }
    },
    'sync.invites': async ({ placeId }, { signal }) => {
      await nameOf(placeId)
      return (await slots.invites(placeId, signal)).map(({ inviteId, label, createdMs, untilMs }) => ({
        inviteId,
        device: label,
        createdAt: isoTime(createdMs),
        until: isoTime(untilMs),
      }))
    },
    'sync.revokeInvites': async ({ placeId, inviteId }, { signal }) => {
      await nameOf(placeId)
      return { revoked: await slots.revokeInvites(placeId, inviteId, signal) }
    },
  } satisfies Partial<Handlers>
}
