import type { RenewReport } from '../../../contract/index.ts'
import type { Explain } from '../explain.ts'
import type { Paint } from '../output/paint.ts'
import type { Say } from '../output/say.ts'
import { safeText } from '../output/terminal-text.ts'

type Place = RenewReport['places'][number]

/** Whether nothing in use there is under older keys. */
export function isRenewed({ error, olderPacks }: Place): boolean {
  return error === undefined && olderPacks === 0
}

/** What storing everything anew did, and what older keys still open and why. */
export function renewLines({ places }: RenewReport, say: Say, paint: Paint, explain: Explain): string[] {
  const lines = places.flatMap((place) => {
    const heading = paint('strong', `${safeText(place.placeName)}:`)
    if (place.error)
      return [`${heading} ${paint('warn', safeText(explain(place.error, place.placeName).message))}`]
    const { packs, olderPacks, damagedPacks, olderSnapshots, olderPinned, waitingBytes, waitingUntil } = place
    const done =
      packs === 0
        ? say('renew.nothing')
        : say('renew.done', {
            count: packs,
            size: say.bytes(place.bytes),
            added: say.bytes(place.addedBytes),
          })
    return [
      `${heading} ${done}`,
      ...(waitingBytes > 0 && waitingUntil !== undefined
        ? [`  ${say('renew.waiting', { size: say.bytes(waitingBytes), date: say.dateTime(waitingUntil) })}`]
        : []),
      ...(olderPacks > 0
        ? [`  ${paint('warn', say('renew.older', { count: olderPacks, size: say.bytes(place.olderBytes) }))}`]
        : []),
      ...(damagedPacks > 0 ? [`  ${paint('warn', say('renew.damaged', { count: damagedPacks }))}`] : []),
      ...(olderSnapshots > 0
        ? [`  ${paint('quiet', say('renew.snapshots', { count: olderSnapshots, pinned: olderPinned }))}`]
        : []),
    ]
  })
  return places.every(isRenewed) ? lines : [...lines, paint('warn', say('renew.again'))]
}
