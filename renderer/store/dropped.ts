import { createStore, useStore } from 'zustand'

/** Paths that a person dropped into the window and no dialog has taken yet. State of this window alone. */
const dropped = createStore<{ readonly paths: readonly string[] }>(() => ({ paths: [] }))

/** Lays paths down for the dialog that opens with them, or that stands open. */
export function layDown(paths: readonly string[]): void {
  dropped.setState({ paths })
}

/** Whether what was dropped still lies there: nobody that is open has taken it. */
export function liesDown(): boolean {
  return dropped.getState().paths.length > 0
}

/** What was dropped last; empty once somebody took it. */
export function useDropped(): readonly string[] {
  return useStore(dropped, ({ paths }) => paths)
}
