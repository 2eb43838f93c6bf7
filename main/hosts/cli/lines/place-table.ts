import type { Place } from '../../../contract/index.ts'
import type { Look, Paint } from '../output/paint.ts'
import type { Say } from '../output/say.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'

const LOOK: Readonly<Record<Place['health']['state'], Look>> = {
  unknown: 'quiet',
  ok: 'good',
  waiting: 'warn',
  failed: 'bad',
}

/** Places with their health and what lies there. */
export function placeTable(places: readonly Place[], say: Say, paint: Paint): string[] {
  return table(
    [
      { title: say('column.place') },
      { title: say('column.type') },
      { title: say('column.health') },
      { title: say('column.copies'), right: true },
      { title: say('column.behind'), right: true },
      { title: say('column.size'), right: true },
      { title: say('column.where') },
    ],
    places.map((place) => [
      safeText(place.name),
      place.type,
      {
        text: say.any(`places.health.${place.health.state}`),
        paint: (text) => paint(LOOK[place.health.state], text),
      },
      say.number(place.copies),
      say.number(place.behind),
      say.bytes(place.bytes),
      safeText(place.url),
    ]),
    (text) => paint('quiet', text),
  )
}
