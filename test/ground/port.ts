import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { port, server } = await occupyPort(0)
  server.close()
  await once(server, 'close')
  return port
}

/** Another program that has a port; 0 takes a free one. */
export async function occupyPort(port: number): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : port, server }
}

/** Whether anybody listens at a port of this computer. */
export function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
