import type { ProxyOf } from '../../engine/engine.ts'
import type { AlertMessage, MessageText } from './messages.ts'

/** What every way out needs besides its channel. */
export interface Sending {
  /** The same for every try of one message, so that who receives it twice can tell. */
  readonly id: string
  readonly message: AlertMessage
  readonly text: MessageText
  readonly createdMs: number
  readonly nowMs: number
  /** The name of this computer. */
  readonly computer: string
  /** The way to whoever is told. */
  readonly proxyOf: ProxyOf
  readonly signal: AbortSignal
}
