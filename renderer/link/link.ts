import type { ClientFrame, ServerFrame } from '../../main/contract/index.ts'

/** What moves frames to the engine and back: the desktop bridge or a WebSocket. It knows nothing of what they mean. */
export interface Link {
  /** Sends now, or as soon as the link is open. */
  send(frame: ClientFrame): void
  /** Frames from the engine, checked against the contract. */
  onFrame(listen: (frame: ServerFrame) => void): void
  /** `up`: frames flow (also after a break: the far side then knows nothing of us). `down`: it broke and is being opened again. */
  onState(listen: (state: LinkState) => void): void
}

export type LinkState = 'up' | 'down'
