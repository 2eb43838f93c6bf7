import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { EverstowError } from '../../engine/model/errors.ts'

/** A listener that was opened. */
export interface Listening {
  readonly port: number
  /** Refuses whoever comes, and ends whoever is there. */
  stop(): Promise<void>
}

/** A system keeps ports for itself, too: to whoever wants one that is the same as a program that has it. */
const NOT_FREE: readonly (string | undefined)[] = ['EADDRINUSE', 'EACCES']

/** Opens a listener; port 0 takes a free one. Throws `port-taken` where the port is not to be had, and then leaves nothing open. */
export async function listen(
  http: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  // A refused upgrade leaves a connection that the server no longer counts as its own; without this, closing would wait for it.
  const connections = new Set<Socket>()
  http.server.on('connection', (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  try {
    await http.listen({ host, port })
  } catch (error) {
    await http.close()
    if (!NOT_FREE.includes((error as NodeJS.ErrnoException).code)) throw error
    throw new EverstowError('port-taken', { data: { port }, cause: error })
  }
  const address = http.server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    async stop() {
      const closed = http.close()
      for (const socket of connections) socket.destroySoon()
      await closed
    },
  }
}
