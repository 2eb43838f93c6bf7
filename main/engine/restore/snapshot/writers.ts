import type { MessagePort } from '../../env/node/threads.ts'
import { errorOfFacts } from '../error-facts.ts'
import type { WriteOrder, WriteOutcome } from './snapshot-messages.ts'
import type { FileProblem } from './windows/window-files.ts'

/** What became of a window. */
export interface WindowOutcome {
  /** Files with content that no destination has. */
  readonly lost: readonly FileProblem[]
  /** Files that the system refused. */
  readonly problems: readonly FileProblem[]
}

/** The threads that write, as one. */
export interface Writers {
  write(order: WriteOrder): Promise<WindowOutcome>
}

/** The writers behind these ports. All get every window and share its tasks among themselves. */
export function connectWriters(ports: readonly MessagePort[]): Writers {
  const waiting = ports.map(() => [] as PromiseWithResolvers<WindowOutcome>[])
  for (const [at, port] of ports.entries())
    port.on('message', (outcome: WriteOutcome) => {
      const next = waiting[at]!.shift()
      if (outcome.type === 'written') next?.resolve(outcome)
      else next?.reject(errorOfFacts(outcome.error))
    })

  return {
    async write(order) {
      const answers = ports.map((port, at) => {
        const answer = Promise.withResolvers<WindowOutcome>()
        waiting[at]!.push(answer)
        port.postMessage(order)
        return answer.promise
      })
      const settled = await Promise.allSettled(answers)
      const failed = settled.filter((each) => each.status === 'rejected')
      // Who was only asked to stop tells least of why.
      const cause = failed.find(({ reason }) => reason.code !== 'cancelled') ?? failed[0]
      if (cause) throw cause.reason
      const outcomes = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      return {
        lost: outcomes.flatMap(({ lost }) => lost),
        problems: outcomes.flatMap(({ problems }) => problems),
      }
    },
  }
}
