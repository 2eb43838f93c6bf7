import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A connection to a server on the loopback that can be cut and mended: while it is cut, nobody answers at its address. */
export interface Cable {
  /** The server's address, through the cable. */
  readonly url: string
  cut(): Promise<void>
  mend(): Promise<void>
  close(): Promise<void>
}

/** Lays a cable to a server at `http://127.0.0.1:PORT`. */
export async function layCable(to: string): Promise<Cable> {
  const target = Number(new URL(to).port)
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  const listen = (port: number) =>
    new Promise<void>((listening, failed) =>
      server.once('error', failed).listen(port, '127.0.0.1', listening),
    )
  await listen(0)
  const { port } = server.address() as AddressInfo
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    mend: () => listen(port),
    close: async () => {
      if (server.listening) await cut()
    },
  }
}
