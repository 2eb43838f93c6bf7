import { createContext, use, useEffect } from 'react'
import { useStore } from 'zustand'
import type { EventData, EventName, SliceName, SliceState } from '../../main/contract/index.ts'
import type { CallEngine } from '../link/caller.ts'
import type { Engine } from './engine.ts'

export const EngineContext = createContext<Engine | null>(null)

/** The engine this window is linked to. */
export function useEngine(): Engine {
  const engine = use(EngineContext)
  if (!engine) throw new Error('no engine above this component')
  return engine
}

/** The way to ask the engine for something. */
export function useCallEngine(): CallEngine {
  return useEngine().callEngine
}

/** A slice of the engine's state; undefined until it is known. */
export function useSlice<N extends SliceName>(name: N): SliceState<N> | undefined {
  return useStore(useEngine().mirror, (mirror) => mirror.slices[name] as SliceState<N> | undefined)
}

/** Listens to something that happens once. `listen` should be stable. */
export function useEngineEvent<N extends EventName>(name: N, listen: (data: EventData<N>) => void): void {
  const engine = useEngine()
  useEffect(() => engine.on(name, listen), [engine, name, listen])
}
