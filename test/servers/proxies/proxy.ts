import { connect, type Socket } from 'node:net'

/** Who may use a proxy. */
export interface ProxyLogin {
  readonly user: string
  readonly password: string
}

/** A running proxy. */
export interface TestProxy {
  /** Its address, with the login where it asks for one. */
  readonly url: string
  /** `host:port` of everything that was reached through it, as the client named it; oldest first. */
  readonly through: string[]
  /** What was refused and why. */
  readonly refused: string[]
  close(): Promise<void>
}

/** Joins a client to what it asked for; ends when either does. `opened` is called once the other side stands. */
export function join(
  client: Socket,
  port: number,
  events: { readonly opened: () => void; readonly failed: () => void },
): void {
  let stands = false
  const onward = connect(port, '127.0.0.1', () => {
    stands = true
    events.opened()
    client.pipe(onward).pipe(client)
  })
  onward.on('error', () => {
    if (stands) client.destroy()
    else events.failed()
  })
  client.on('error', () => onward.destroy())
  client.once('close', () => onward.destroy())
}
