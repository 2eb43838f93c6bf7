import { PROVEN_WITHIN_DAYS, type RepositoryInfo } from '../../../contract/index.ts'
import type { Explain } from '../explain.ts'
import type { Paint } from '../output/paint.ts'
import type { Say } from '../output/say.ts'
import { facts, table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'

/** All about one repository. */
export function repositoryLines(info: RepositoryInfo, say: Say, paint: Paint, explain: Explain): string[] {
  const quiet = (text: string) => paint('quiet', text)
  const devices = info.devices.filter(({ isRemoved }) => !isRemoved)
  return [
    ...facts([
      [say('column.repository'), info.id],
      [say('column.made'), say.dateTime(info.createdAt)],
      [say('column.epoch'), say.number(info.epoch)],
      [say('column.device'), `${safeText(info.deviceName)} (${info.deviceId.slice(0, 8)})`],
      [
        say('column.devices'),
        devices.length > 1 ? devices.map(({ name }) => safeText(name)).join(', ') : undefined,
      ],
      [
        say('column.kit'),
        info.kitConfirmedAt === undefined
          ? paint('warn', say('key.noKit'))
          : say('key.provenOn', { date: say.dateTime(info.kitConfirmedAt) }),
      ],
    ]),
    '',
    ...table(
      [
        { title: say('column.place') },
        { title: say('column.snapshots'), right: true },
        { title: say('column.packs'), right: true },
        { title: say('column.size'), right: true },
        { title: say('column.proven') },
        { title: say('column.records'), right: true },
        { title: say('column.log') },
      ],
      info.places.map((place) => [
        safeText(place.placeName),
        say.number(place.snapshots),
        say.number(place.packs),
        say.bytes(place.bytes),
        place.provenSince === undefined ? '' : say.dateTime(place.provenSince),
        say.number(place.records),
        say(`repo.log.${place.log}`) +
          (place.log === 'single-writer' && place.isOwner ? ` (${say('repo.thisWrites')})` : ''),
      ]),
      quiet,
    ),
    ...info.places.flatMap(({ placeName, isProvenLate }) =>
      isProvenLate
        ? [
            paint(
              'warn',
              `  ${say('repo.provenLate', { place: safeText(placeName), days: PROVEN_WITHIN_DAYS })}`,
            ),
          ]
        : [],
    ),
    ...info.places.flatMap(({ placeName, error }) =>
      error
        ? [paint('warn', `  ${safeText(placeName)}: ${safeText(explain(error, placeName).message)}`)]
        : [],
    ),
    '',
    ...slotTable(info, say, paint),
  ]
}

/** What opens a repository, a row each. */
export function slotTable(info: RepositoryInfo, say: Say, paint: Paint): string[] {
  return table(
    [
      { title: say('column.slot') },
      { title: say('column.kind') },
      { title: say('column.label') },
      { title: say('column.made') },
      { title: say('column.opens') },
    ],
    info.slots.map((slot) => [
      slot.id,
      say(`key.kind.${slot.kind}`),
      safeText(slot.label),
      say.dateTime(slot.createdAt),
      slot.epoch >= info.epoch
        ? say('key.opensAll')
        : { text: say('key.opensOld', { epoch: slot.epoch }), paint: (text: string) => paint('warn', text) },
    ]),
    (text) => paint('quiet', text),
  )
}
