import type { FastifyInstance } from 'fastify'
import type { ContractServer } from '../../app/server/contract-server.ts'
import { SOCKET_PATH } from '../../contract/index.ts'

/** A client that reads slower than this much behind is cut off; it connects again and gets a snapshot. */
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024

/** Moves frames between the contract server and WebSocket clients. Who may connect was decided by the gate. */
export function serveSocket(http: FastifyInstance, server: ContractServer): void {
  http.get(SOCKET_PATH, { websocket: true }, (socket) => {
    const session = server.connect(
      {
        send(frame) {
          if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.terminate()
          else if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame))
        },
      },
      'admin',
    )
    socket.on('message', (data, isBinary) => {
      const frame = isBinary ? undefined : parse(String(data))
      if (frame === undefined) socket.close(1007)
      else session.receive(frame)
    })
    socket.on('close', () => session.close())
    socket.on('error', () => session.close())
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: the caller closes the connection, which is the answer.
    return undefined
  }
}
