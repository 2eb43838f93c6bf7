import { setTimeout as sleep } from 'node:timers/promises'
import type { S3Server } from './server.ts'

/**
 * Waits until nothing is on its way to a server any more: whoever asks for several things at once may have what it wanted before all were answered. The
 * server and whoever asks are in one process, so what was sent is heard of within a few of its turns.
 */
export async function quiet({ requests }: Pick<S3Server, 'requests'>): Promise<void> {
  for (let calm = 0, before = -1; calm < 5; before = requests.length) {
    await sleep(40)
    calm = requests.length === before ? calm + 1 : 0
  }
}
