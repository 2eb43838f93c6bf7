import { calls } from '../../../main/contract/index.ts'
import type { Caller } from '../../../main/hosts/library/caller.ts'

/** Answers a call; its input is as the contract's schema leaves it. */
// biome-ignore lint/suspicious/noExplicitAny: each test says what of the input it looks at
export type Answer = (input: any, signal?: AbortSignal) => unknown

/** A client that answers as told, holds questions and answers to the contract, and keeps what was asked. */
export function fakeCalls(answers: Readonly<Record<string, Answer>>) {
  const asked: { name: string; input: Readonly<Record<string, unknown>> }[] = []
  const call = (async (name, input, signal) => {
    const parsed = calls[name].input.parse(input) as Readonly<Record<string, unknown>>
    asked.push({ name, input: parsed })
    const answer = answers[name]
    if (!answer) throw new Error(`nobody answers ${name}`)
    return calls[name].output.parse(await answer(parsed, signal))
  }) as Caller
  return { call, asked }
}
