import { createStore, type StoreApi } from 'zustand/vanilla'
import { type EventData, type EventName, events, type ServerFrame } from '../../main/contract/index.ts'
import { type CallEngine, createCaller } from '../link/caller.ts'
import type { Link, LinkState } from '../link/link.ts'
import { applyFrame, emptyMirror, type Mirror } from './mirror.ts'

/** What the window holds of the engine: its mirrored state, a way to ask it, and what happens once. */
export interface Engine {
  readonly callEngine: CallEngine
  readonly mirror: StoreApi<Mirror>
  readonly link: StoreApi<{ readonly state: LinkState | 'opening' }>
  /** Returns what stops listening. */
  on<N extends EventName>(name: N, listen: (data: EventData<N>) => void): () => void
}

/** News of so short a time is shown together: nobody reads figures faster, and drawing each of a burst leaves a page minutes behind. */
const SHOWN_TOGETHER_MS = 50

/** Joins a link, the mirror and the calls. Only frames write the mirror. */
export function createEngine(link: Link): Engine {
  const caller = createCaller(link)
  const mirror = createStore<Mirror>(() => emptyMirror)
  const linkState = createStore<{ readonly state: LinkState | 'opening' }>(() => ({ state: 'opening' }))
  const listeners = new Map<string, Set<(data: never) => void>>()
  let syncing = false
  /** What the frames say, which the mirror shows a moment later. */
  let known = emptyMirror
  let later: ReturnType<typeof setTimeout> | undefined

  const show = (): void => {
    clearTimeout(later)
    later = undefined
    if (known !== mirror.getState()) mirror.setState(known, true)
  }

  const sync = (): void => {
    if (syncing) return
    syncing = true
    link.send({ t: 'sync' })
  }

  const take = (frame: ServerFrame): void => {
    // Whoever hears an answer or an event sees what was told before it.
    if (frame.t !== 'patch') show()
    caller.take(frame)
    if (frame.t === 'event') tell(frame.name, frame.data)
    if (frame.t === 'snapshot') syncing = false
    const applied = applyFrame(known, frame)
    known = applied.mirror
    if (frame.t === 'patch') later ??= setTimeout(show, SHOWN_TOGETHER_MS)
    else show()
    if (applied.gap) sync()
  }

  const tell = (name: string, data: unknown): void => {
    if (!Object.hasOwn(events, name)) return
    const checked = events[name as EventName].safeParse(data)
    if (!checked.success) return
    for (const listen of listeners.get(name) ?? []) listen(checked.data as never)
  }

  link.onFrame(take)
  link.onState((state) => {
    linkState.setState({ state })
    syncing = false
    if (state === 'up') sync()
    else caller.lose()
  })

  return {
    callEngine: caller.callEngine,
    mirror,
    link: linkState,
    on: (name, listen) => {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set)
      set.add(listen as (data: never) => void)
      return () => set.delete(listen as (data: never) => void)
    },
  }
}
