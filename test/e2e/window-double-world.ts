import type { CallName, CallParsed, SliceName, SliceState, WireError } from '../../main/contract/index.ts'

export type Answered = { readonly output: unknown } | { readonly error: WireError }
export type Patch = (slice: SliceName, set: Record<string, unknown>) => void

/** What the double knows and says. */
export interface DoubleWorld {
  readonly state: { [N in SliceName]: SliceState<N> }
  answer<N extends CallName>(name: N, input: CallParsed<N>, patch: Patch): Promise<Answered>
}
