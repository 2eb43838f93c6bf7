import { type ClientFrame, ServerFrame } from '../../main/contract/index.ts'
import type { Link } from './link.ts'

/** The one object that the preload script of the desktop application puts on `window`. */
export interface EverstowBridge {
  send(frame: ClientFrame): void
  /** Returns what stops listening. */
  onFrame(listen: (frame: unknown) => void): () => void
  /** Where something lies that a person dropped; empty for anything else. */
  pathOf(file: File): string
}

/** The link through the desktop bridge, which is never down while the window lives. */
export function bridgeLink(bridge: EverstowBridge): Link {
  return {
    send: (frame) => bridge.send(frame),
    onFrame: (listen) => {
      bridge.onFrame((raw) => {
        const frame = ServerFrame.safeParse(raw)
        if (frame.success) listen(frame.data)
      })
    },
    onState: (listen) => listen('up'),
  }
}
