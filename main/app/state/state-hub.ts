import { isDeepStrictEqual } from 'node:util'
import type { ServerFrame, SliceName, SliceState } from '../../contract/index.ts'

/** Holds the state that clients mirror, and tells them what changed. */
export interface StateHub {
  /** Replaces a slice; only keys that differ travel. */
  set<N extends SliceName>(name: N, state: SliceState<N>): void
  get<N extends SliceName>(name: N): SliceState<N> | undefined
  /** Sends a snapshot of every slice at once, then patches, until the returned function is called. */
  subscribe(send: (frame: ServerFrame) => void): () => void
}

type State = Record<string, unknown>

/** @param instance tells clients that the engine restarted: theirs then no longer fits */
export function createStateHub(instance: string): StateHub {
  const slices = new Map<SliceName, { state: State; seq: number }>()
  const subscribers = new Set<(frame: ServerFrame) => void>()

  return {
    set(name, next) {
      const known = slices.get(name)
      if (!known) {
        slices.set(name, { state: next as State, seq: 0 })
        for (const send of subscribers)
          send({ t: 'snapshot', slice: name, instance, seq: 0, state: next as State })
        return
      }
      const { set, remove } = difference(known.state, next as State)
      if (Object.keys(set).length === 0 && remove.length === 0) return
      known.state = next as State
      known.seq++
      for (const send of subscribers) send({ t: 'patch', slice: name, instance, seq: known.seq, set, remove })
    },

    get: (name) => slices.get(name)?.state as never,

    subscribe(send) {
      for (const [slice, { state, seq }] of slices) send({ t: 'snapshot', slice, instance, seq, state })
      subscribers.add(send)
      return () => subscribers.delete(send)
    },
  }
}

function difference(before: State, after: State): { set: State; remove: string[] } {
  const set: State = {}
  for (const [key, value] of Object.entries(after))
    if (!Object.hasOwn(before, key) || !isDeepStrictEqual(before[key], value)) set[key] = value
  return { set, remove: Object.keys(before).filter((key) => !Object.hasOwn(after, key)) }
}
