import { once } from 'node:events'
import { parentPort } from '../../../env/node/threads.ts'
import { asEverstowError, EverstowError } from '../../../model/errors.ts'
import type { Pieces } from '../values/texts.ts'
import { doJob } from './do-job.ts'
import type { FromThread, ToThread } from './thread-messages.ts'

/** The thread's whole program: one job after another, each with the pieces of what it is about as it asks for them. */
const port = parentPort
if (!port) throw new EverstowError('internal', { message: 'job-worker runs only as a worker' })

const tell = (message: FromThread) => port.postMessage(message)
const heard = async (): Promise<ToThread> => ((await once(port, 'message')) as [ToThread])[0]

async function* piecesOf(input: number): Pieces {
  for (;;) {
    tell({ type: 'more', input })
    const message = await heard()
    if (message.type !== 'piece' || !message.bytes) return
    yield message.bytes
  }
}

tell({ type: 'ready' })
for (;;) {
  const message = await heard()
  if (message.type !== 'job') continue
  try {
    const inputs = Array.from({ length: message.inputs }, (_, input) => piecesOf(input))
    tell({ type: 'done', result: await doJob(message.job, inputs) })
  } catch (error) {
    const { code, data } = asFailure(error)
    tell({ type: 'failed', code, data })
  }
}

/** Stack or text at their end: the machine's limits, not ours. */
function asFailure(error: unknown): EverstowError {
  if (error instanceof RangeError || (error as { code?: string }).code === 'ERR_STRING_TOO_LONG')
    return new EverstowError('data-too-hard', { cause: error })
  return asEverstowError(error)
}
