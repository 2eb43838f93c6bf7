import { type ClientFrame, ServerFrame } from '../../main/contract/index.ts'
import type { Link, LinkState } from './link.ts'

const FIRST_DELAY_MS = 250
const LONGEST_DELAY_MS = 10_000

/**
 * The link of a window in a browser. Opens again for ever after a break, waiting twice as long each time up to ten seconds.
 * Frames that were given before it opened are sent in order once it opens; frames that a break swallowed are the caller's matter.
 */
export function socketLink(url: string): Link {
  const frameListeners: ((frame: ServerFrame) => void)[] = []
  const stateListeners: ((state: LinkState) => void)[] = []
  const waiting: ClientFrame[] = []
  let socket: WebSocket
  let delayMs = FIRST_DELAY_MS

  const tell = (state: LinkState): void => {
    for (const listen of stateListeners) listen(state)
  }

  const open = (): void => {
    socket = new WebSocket(url)
    socket.addEventListener('open', () => {
      delayMs = FIRST_DELAY_MS
      tell('up')
      for (const frame of waiting.splice(0)) socket.send(JSON.stringify(frame))
    })
    socket.addEventListener('message', (message) => {
      const frame = ServerFrame.safeParse(JSON.parse(String(message.data)))
      if (frame.success) for (const listen of frameListeners) listen(frame.data)
    })
    socket.addEventListener('close', () => {
      tell('down')
      setTimeout(open, delayMs)
      delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)
    })
  }
  open()

  return {
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
      else waiting.push(frame)
    },
    onFrame: (listen) => {
      frameListeners.push(listen)
    },
    onState: (listen) => {
      stateListeners.push(listen)
      if (socket.readyState === WebSocket.OPEN) listen('up')
    },
  }
}
