import { nodeRandom } from '../../../env/node/node-random.ts'
import { threadStart } from '../../../env/node/start-threads.ts'
import { parentPort, type Transferable } from '../../../env/node/threads.ts'
import { restoreRepoKeys } from '../../../repository/crypto/repo-keys.ts'
import { toThreadFailure } from '../../../sources/files/thread-failure.ts'
import {
  type Answer,
  type AnswerMessage,
  type ContentStart,
  memoryOf,
  type Order,
  type OrderMessage,
  type OrderName,
} from './content-orders.ts'
import { createContentWork } from './content-work.ts'

const { keys, index, known } = await threadStart<ContentStart>()
const work = createContentWork(restoreRepoKeys(keys), index, known, nodeRandom)

parentPort?.on('message', ({ name, order }: OrderMessage) => {
  const post = (message: AnswerMessage, moved: readonly Transferable[] = []) =>
    parentPort?.postMessage(message, moved)
  try {
    const answer = (work[name] as (order: Order<OrderName>) => Answer<OrderName>)(order)
    post({ answer }, movedOf(answer))
  } catch (error) {
    post({ failure: toThreadFailure(error) })
  }
})

/** What the answer hands over, and this thread keeps no view of. */
function movedOf(answer: Answer<OrderName>): Transferable[] {
  if (!answer) return []
  const plain = 'plain' in answer ? [memoryOf(answer.plain)] : []
  const packs = 'packs' in answer ? answer.packs.map(({ bytes }) => memoryOf(bytes)) : []
  return [...plain, ...packs]
}
