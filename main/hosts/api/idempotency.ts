import { createHash } from 'node:crypto'
import type { Clock } from '../../engine/engine.ts'
import { RequestProblem } from './problem.ts'

/** Requests that are made once, however often they arrive. */
export interface Idempotency<T> {
  /** The answer of the first request with this key; `work` runs only for that one. One that failed counts as not made. */
  once(who: string, key: string | undefined, body: unknown, work: () => Promise<T>): Promise<T>
}

const KEPT_MS = 86_400_000
const KEPT = 1_000
const KEY = /^[\x21-\x7e]{1,200}$/

/** Remembers in memory: jobs, too, are forgotten when the process ends. */
export function createIdempotency<T>(clock: Clock): Idempotency<T> {
  const answers = new Map<
    string,
    { readonly body: string; readonly atMs: number; readonly answer: Promise<T> }
  >()

  function forgetOld(): void {
    for (const [name, { atMs }] of answers) {
      if (clock.monotonicMs() - atMs < KEPT_MS && answers.size < KEPT) return
      answers.delete(name)
    }
  }

  return {
    async once(who, key, body, work) {
      if (key === undefined) return work()
      if (!KEY.test(key))
        throw new RequestProblem(400, 'invalid-input', 'Idempotency-Key takes 1 to 200 visible characters.', {
          field: 'Idempotency-Key',
        })
      const name = `${who} ${key}`
      const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex')
      const known = answers.get(name)
      if (known && clock.monotonicMs() - known.atMs < KEPT_MS) {
        if (known.body === hash) return known.answer
        throw new RequestProblem(
          422,
          'idempotency-key-used',
          'This Idempotency-Key came with another body before.',
        )
      }
      forgetOld()
      const answer = work()
      answers.set(name, { body: hash, atMs: clock.monotonicMs(), answer })
      answer.catch(() => answers.delete(name))
      return answer
    },
  }
}
