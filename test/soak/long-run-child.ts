// One computer of the long run: the real headless host, on a clock that its parent moves. Orders come and answers go over the channel of the process.
// Argument: JSON of the home folder, the folder of the window and the one that is home to a person.
import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { startHeadless } from '../../main/hosts/headless/start-headless.ts'
import { moveClockTo } from './moved-clock.ts'

/** What a process holds when it rests, after everything that can be collected was. */
export interface Held {
  readonly heapBytes: number
  /** Outside of the heap: buffers. */
  readonly buffersBytes: number
  readonly residentBytes: number
  readonly files: number
  readonly threads: number
  readonly children: number
  /** Timers and handles by their kind. */
  readonly resources: Readonly<Record<string, number>>
}

/** What the parent says. */
export type Order =
  | { readonly id: number; readonly say: 'move'; readonly aheadMs: number }
  | { readonly id: number; readonly say: 'held' | 'running' | 'stop' }

const { home, rendererFolder, userHome } = JSON.parse(process.argv[2] ?? '{}')
const host = await startHeadless({
  ...{ home, rendererFolder, userHome, port: 0, version: '0.0.0-soak', locale: 'en', keychain: 'off' },
})

async function held(): Promise<Held> {
  // What a finaliser frees is collected the next time. The last resort gives pages back as well, which otherwise happens after minutes of rest.
  for (let times = 0; times < 4; times++) {
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    await turn()
  }
  const memory = process.memoryUsage()
  const resources: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  const status = readFileSync('/proc/self/status', 'utf8')
  return {
    heapBytes: memory.heapUsed,
    buffersBytes: memory.external + memory.arrayBuffers,
    residentBytes: memory.rss,
    files: readdirSync('/proc/self/fd').length,
    threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1]),
    children: readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').length - 1,
    resources,
  }
}

const done: Record<Order['say'], (order: Order) => unknown> = {
  move(order) {
    if ('aheadMs' in order) moveClockTo(order.aheadMs)
    host.app.lookForDue()
  },
  held,
  running: () => host.app.context.runs.list().filter(({ state }) => state === 'running').length,
  stop: () => host.stop(),
}

process.on('message', async (order: Order) => {
  process.send?.({ id: order.id, answer: await done[order.say](order) })
  if (order.say === 'stop') process.disconnect()
})
// Nobody is left who could stop it.
process.once('disconnect', () => process.exit())
process.send?.({ id: 0, answer: host.link() })
