import { PROVEN_WITHIN_DAYS, type RecoveryKit, type RepositoryInfo } from '../../contract/index.ts'
import { type NewKit, type RepositoryFacts, Secret } from '../../engine/engine.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import type { AppContext } from '../app-context.ts'
import type { Handlers } from '../server/contract-server.ts'
import { createTexts, localeOf } from '../text.ts'
import { placeUrl } from '../views/place-view.ts'
import { isoTime } from '../wire/backup-view.ts'
import { storedToWire } from '../wire/wire-error.ts'
import { startRenewal } from '../work/renew-work.ts'

/** Calls about repositories and their keys. */
export function repositoryHandlers(app: AppContext) {
  const { engine } = app
  const { repositories } = engine

  async function describe(signal: AbortSignal): Promise<RepositoryInfo[]> {
    const { destinations } = await engine.configuration.read()
    const nameOf = (id: string) => destinations.find((each) => each.id === id)?.name ?? id
    return (await repositories.describe(signal)).map((facts) => infoOf(facts, nameOf, engine.env.clock.now()))
  }

  async function kitOf({ slotId, repositoryId, words }: NewKit): Promise<RecoveryKit> {
    const { destinations } = await engine.configuration.read()
    const { language } = await app.settings()
    const locale = localeOf(language, app.locale)
    const held = destinations.filter((each) => each.repositoryId === repositoryId)
    const page = repositories.kitPage(
      {
        repoIdHex: repositoryId,
        words,
        madeOn: new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(engine.env.clock.now()),
        places: held.map((each) => ({ name: each.name, url: placeUrl(each) })),
      },
      createTexts(locale).kit(),
    )
    return { kitId: slotId, repositoryId, words: words.reveal().split(' '), page: page.reveal() }
  }

  return {
    'repository.list': (_input, { signal }) => describe(signal),

    'repository.adopt': async ({ placeId, passphrase, words, invite, secret: any }, { signal }) => {
      if (invite !== undefined) repositories.checkInviteCode(new Secret(invite))
      const secret = passphrase ?? words ?? invite ?? any
      if (secret === undefined)
        throw new EverstowError('invalid-input', { data: { field: 'passphrase', value: '' } })
      const { repositoryId, snapshots } = await repositories.adopt(placeId, new Secret(secret), signal)
      app.changed()
      const repository = (await describe(signal)).find(({ id }) => id === repositoryId)
      if (!repository) throw new EverstowError('repository-missing')
      return { repository, backups: snapshots }
    },

    'repository.acceptHistory': async ({ placeId }) => {
      await repositories.acceptHistory(placeId)
      app.changed()
      return { accepted: true }
    },

    'repository.takeOver': async ({ placeId }, { signal }) => {
      await repositories.takeOver(placeId, signal)
      app.changed()
      return { taken: true }
    },

    'key.makeKit': async ({ repositoryId }) => kitOf(await repositories.slots.makeKit(repositoryId)),

    'key.confirmKit': async ({ repositoryId, words }) => {
      await repositories.slots.confirmKit(new Secret(words), repositoryId)
      app.changed()
      return { confirmed: true }
    },

    'key.add': async ({ label, passphrase, repositoryId }) => ({
      slotId: await repositories.slots.add(label, new Secret(passphrase), repositoryId),
    }),

    'key.remove': async ({ slotId, repositoryId }) => {
      await repositories.slots.remove(slotId, repositoryId)
      return { removed: true }
    },

    'repository.renew': (order) => ({ runId: startRenewal(app, order) }),

    'key.rotate': async ({ repositoryId, renews }) => {
      const { epoch, fallen, kit } = await repositories.slots.rotate(repositoryId, { renews })
      app.changed()
      return { epoch, fallenSlots: fallen.map(({ label }) => label), kit: await kitOf(kit) }
    },
  } satisfies Partial<Handlers>
}

const DAY_MS = 86_400_000

function infoOf(
  facts: RepositoryFacts,
  nameOf: (destinationId: string) => string,
  nowMs: number,
): RepositoryInfo {
  const { repository } = facts
  return {
    id: repository.id,
    createdAt: repository.createdAt,
    epoch: facts.epoch,
    deviceId: repository.deviceId,
    deviceName: repository.deviceName,
    kitConfirmedAt: repository.kitConfirmedAt,
    isRenewing: repository.isRenewing === true,
    slots: [...facts.slots],
    devices: facts.devices.map((device) => ({ ...device, isThis: device.id === repository.deviceId })),
    places: facts.places.map(({ destinationId, error, provenSinceMs, ...place }) => ({
      ...place,
      ...(provenSinceMs === undefined ? {} : { provenSince: isoTime(provenSinceMs) }),
      isProvenLate: provenSinceMs !== undefined && nowMs - provenSinceMs > PROVEN_WITHIN_DAYS * DAY_MS,
      placeId: destinationId,
      placeName: nameOf(destinationId),
      ...(error ? { error: storedToWire(error) } : {}),
    })),
  }
}
