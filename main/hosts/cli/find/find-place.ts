import type { Place } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { Session } from '../session.ts'

/** The place a person means by a name in any case, or by an id. */
export function placeNamed(places: readonly Place[], wanted: string): Place {
  const name = wanted.toLocaleLowerCase()
  const place =
    places.find(({ id }) => id === wanted) ?? places.find((each) => each.name.toLocaleLowerCase() === name)
  if (!place) throw new EverstowError('unknown-place', { data: { name: wanted } })
  return place
}

/** Ids of the places that were named; undefined where none was. */
export async function placeIdsNamed(
  session: Session,
  wanted: readonly string[] | undefined,
): Promise<string[] | undefined> {
  if (!wanted || wanted.length === 0) return undefined
  const places = await session.call('place.list', {})
  return wanted.map((name) => placeNamed(places, name).id)
}

/** The place that is meant: the named one, or the only one there is. */
export async function placeMeant(session: Session, wanted: string | undefined): Promise<Place> {
  const places = await session.call('place.list', {})
  if (wanted !== undefined) return placeNamed(places, wanted)
  const [only, ...others] = places
  if (!only) throw new EverstowError('no-places')
  if (others.length > 0) throw new EverstowError('invalid-input', { data: { field: 'place', value: '' } })
  return only
}
