import type { Engine } from '../../engine/engine.ts'

/**
 * Reads, and keeps the last reading for who asks the same again: whoever turns the pages of a long list asks for all of it each time. `keptMs`
 * after it was last asked for it is let go. A reading that fails is not kept.
 */
export function keepLastAnswer<Answer>(clock: Engine['env']['clock'], keptMs: number) {
  let kept: { readonly key: string; readonly answer: Answer } | undefined
  let stop = (): void => {}

  function keep(key: string, answer: Answer): void {
    kept = { key, answer }
    stop()
    stop = clock.every(keptMs, () => {
      kept = undefined
      stop()
    })
  }

  return async (key: string, read: () => Promise<Answer>): Promise<Answer> => {
    const answer = kept?.key === key ? kept.answer : await read()
    keep(key, answer)
    return answer
  }
}
