import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'

/** Ports that no system gives to those who ask for any: what is free among them stays free until it is taken on purpose. */
const [FIRST_PORT, LAST_PORT] = [12_000, 29_999]

/** A port that nobody has, for somebody who takes it later. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1)
    const taken = await occupyPort(port).catch(() => undefined)
    if (!taken) continue
    taken.server.close()
    await once(taken.server, 'close')
    return port
  }
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
