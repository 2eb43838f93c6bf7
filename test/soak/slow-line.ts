import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'

/** `good` passes everything on, `crawling` one byte a second each way, `stalled` nothing; connections stay open. `down` cuts them, and makes none. */
export type LineState = 'good' | 'crawling' | 'stalled' | 'down'

/** A line in front of a server on this machine. */
export interface SlowLine {
  readonly port: number
  state: LineState
  close(): Promise<void>
}

const CRAWL_MS = 1_000

/** Opens a line to a port of 127.0.0.1. */
export async function openSlowLine(targetPort: number): Promise<SlowLine> {
  const sockets = new Set<Socket>()
  const line: { state: LineState } = { state: 'good' }
  const server = createServer((near) => {
    if (line.state === 'down') return near.destroy()
    const far = createConnection(targetPort, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      // What a cut connection says, `close` says as well.
      from.on('error', () => {})
      void passOn(from, to, line)
    }
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    port: (server.address() as AddressInfo).port,
    get state() {
      return line.state
    },
    set state(state) {
      line.state = state
      if (state === 'down') for (const socket of sockets) socket.destroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}

async function passOn(from: Socket, to: Socket, line: { readonly state: LineState }): Promise<void> {
  const open = () => !from.destroyed && !to.destroyed
  try {
    for await (const chunk of from) {
      for (let at = 0; at < chunk.length && open(); ) {
        if (line.state === 'good') {
          if (!to.write(chunk.subarray(at)))
            await new Promise((drained) => to.once('drain', drained).once('close', drained))
          break
        }
        await new Promise((later) => setTimeout(later, CRAWL_MS))
        if (line.state === 'crawling') to.write(chunk.subarray(at, ++at))
      }
    }
    to.end()
  } catch {
    // One side was cut; its `close` cuts the other.
  }
}
