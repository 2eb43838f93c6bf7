import type { Place } from '../../contract/index.ts'
import type { DestinationInput, TypedSecrets } from '../../engine/engine.ts'
import type { Destination } from '../../engine/model/destination.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import type { AppContext } from '../app-context.ts'
import { sinceFact } from '../kept/due-times.ts'
import type { Handlers } from '../server/contract-server.ts'
import { placeViews } from '../views/place-view.ts'
import { wireErrorOf } from '../wire/wire-error.ts'

/** Calls about places. */
export function placeHandlers(app: AppContext) {
  const { engine } = app

  async function view(id: string): Promise<Place> {
    const places = await placeViews(engine, await engine.configuration.read())
    const place = places.find((each) => each.id === id)
    if (!place) throw new EverstowError('unknown-place', { data: { name: id } })
    return place
  }

  return {
    'place.list': async () => placeViews(engine, await engine.configuration.read()),

    'place.add': async ({ secrets, test, ...input }) => {
      const destination = await engine.places.add(
        input as DestinationInput,
        (secrets ?? {}) as TypedSecrets,
        test,
      )
      engine.facts.set(sinceFact(destination.id), String(engine.env.clock.now()))
      app.changed()
      return view(destination.id)
    },

    'place.update': async ({ id, change, secrets }) => {
      const { secrets: typed, budgetBytes, prices, ...rest } = change
      // Given as nothing: the place loses its budget or its prices.
      const fields = {
        ...rest,
        ...(budgetBytes === undefined ? {} : { budgetBytes: budgetBytes ?? undefined }),
        ...(prices === undefined ? {} : { prices: prices ?? undefined }),
      }
      await engine.places.update(
        id,
        fields as Partial<DestinationInput>,
        { ...typed, ...secrets } as TypedSecrets,
      )
      app.changed()
      return view(id)
    },

    'place.remove': async ({ id }) => {
      const copiesLeftBehind = await engine.places.remove(id)
      app.changed()
      return { copiesLeftBehind }
    },

    'place.test': async ({ id, input }, { signal }) => {
      const started = engine.env.clock.monotonicMs()
      const durationMs = () => Math.round(engine.env.clock.monotonicMs() - started)
      try {
        const { destination, trial } = await underTest(id, input)
        const capabilities = await engine.places.probe(destination, { signal, ...(trial ? { trial } : {}) })
        return { ok: true, capabilities, durationMs: durationMs() }
      } catch (error) {
        const wire = wireErrorOf(error)
        if (wire.code === 'cancelled' || wire.code === 'internal') throw error
        return { ok: false, error: wire, durationMs: durationMs() }
      } finally {
        app.changed()
      }
    },
  } satisfies Partial<Handlers>

  /** The place as it is kept, or as it is being typed; typed secrets win over kept ones. */
  async function underTest(
    id: string | undefined,
    input: { secrets?: TypedSecrets; type: string; name: string } | undefined,
  ): Promise<{ destination: Destination; trial?: TypedSecrets }> {
    if (input) {
      const { secrets, ...fields } = input
      return {
        destination: engine.places.destinationOf(id ?? 'trial', fields as DestinationInput),
        trial: secrets ?? {},
      }
    }
    if (id === undefined) throw new EverstowError('invalid-input', { data: { field: 'id', value: '' } })
    return { destination: await engine.places.find(id) }
  }
}
