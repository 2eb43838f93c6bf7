import type { PlaceCoverage } from '../../../main/contract/index.ts'

/** A stretch of time in which every moment can be recovered, or none. */
export type Band = PlaceCoverage['timelines'][number]['bands'][number]

/** From when to when a strip reaches, in milliseconds since 1970. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** What a person wants to recover from; absent: anything. */
export interface Choice {
  readonly placeId?: string | undefined
  readonly timeline?: number | undefined
}

/** Stretches of which every moment can be had, over all places and timelines that are meant, oldest first. */
export function coveredBands(places: readonly PlaceCoverage[], { placeId, timeline }: Choice = {}): Band[] {
  return places
    .filter((place) => placeId === undefined || place.placeId === placeId)
    .flatMap(({ timelines }) => timelines)
    .filter((each) => timeline === undefined || each.timeline === timeline)
    .flatMap(({ bands }) => bands.filter(({ state }) => state === 'covered'))
    .sort((a, b) => Date.parse(a.from) - Date.parse(b.from))
}

/** The same as few stretches: those that overlap or touch are one. `bands`: oldest first. */
export function joined(bands: readonly Band[]): Pick<Band, 'from' | 'to'>[] {
  const stretches: { from: string; to: string }[] = []
  for (const { from, to } of bands) {
    const last = stretches.at(-1)
    if (!last || Date.parse(from) > Date.parse(last.to)) stretches.push({ from, to })
    else if (Date.parse(to) > Date.parse(last.to)) last.to = to
  }
  return stretches
}

/** The newest moment that any place gives back; undefined where none does. */
export function newestMoment(places: readonly PlaceCoverage[]): string | undefined {
  const ends = coveredBands(places).map(({ to }) => Date.parse(to))
  return ends.length === 0 ? undefined : new Date(Math.max(...ends)).toISOString()
}

/** From the first thing that is known of any place until now: strips of one scale can be compared. */
export function spanOf(places: readonly PlaceCoverage[], nowMs: number): Span {
  const starts = places.flatMap(({ timelines, bases }) => [
    ...timelines.flatMap(({ bands }) => bands.map(({ from }) => Date.parse(from))),
    ...bases.map(({ endedAt }) => Date.parse(endedAt)),
  ])
  const fromMs = Math.min(nowMs, ...starts)
  return { fromMs, toMs: Math.max(nowMs, fromMs + 1) }
}

/** Where a moment lies in a span: 0 at its start, 1 at its end. */
export function shareOf(atMs: number, { fromMs, toMs }: Span): number {
  return Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)))
}

/** Whether a moment can be had. A band is told in whole milliseconds, so its last one counts whole. */
export function isCovered(bands: readonly Band[], atMs: number): boolean {
  return bands.some(({ from, to }) => Date.parse(from) <= atMs && atMs <= Date.parse(to))
}
