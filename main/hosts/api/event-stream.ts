import type { ServerResponse } from 'node:http'
import type { InProcessClient } from '../../app/in-process-client.ts'
import type { Clock } from '../../engine/engine.ts'
import { jobView } from './routes/jobs.ts'

/** A reader that is this much behind is let go; it connects again and hears how things stand. */
const MAX_BUFFERED_BYTES = 1024 * 1024
const HEARTBEAT_MS = 15_000

/**
 * Tells a program of jobs and notices as server-sent events, until it goes away, reads too slowly or its key is taken away. Gives what ends it.
 */
export function streamEvents(
  response: ServerResponse,
  client: InProcessClient,
  clock: Clock,
  isStillValid: () => Promise<boolean>,
): () => void {
  const told = new Map<string, string>()
  const send = (event: string, data: unknown): void => {
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy()
    else response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }
  response.write(': everstow\n\n')
  const stops = [
    client.onState('runs', (runs) => {
      for (const run of Object.values(runs)) {
        const text = JSON.stringify(run)
        if (told.get(run.id) === text) continue
        told.set(run.id, text)
        send('job', jobView(run))
      }
      for (const id of told.keys()) if (!Object.hasOwn(runs, id)) told.delete(id)
    }),
    client.onEvent('notice', (notice) => send('notice', notice)),
    clock.every(HEARTBEAT_MS, () => {
      response.write(': still here\n\n')
      void isStillValid().then((isValid) => isValid || response.end())
    }),
  ]
  const stop = (): void => {
    for (const end of stops) end()
    response.end()
  }
  response.once('close', stop)
  return stop
}
