import type { Readable, Writable } from 'node:stream'
import type { Caller } from '../../app/audit/trail.ts'
import type { ApiKey } from '../../engine/engine.ts'
import { asEverstowError } from '../../engine/model/errors.ts'
import { createAgentServer } from './agent-server.ts'
import { type AgentApp, admitted, openDoor } from './door.ts'
import { createStdioTransport } from './stdio-transport.ts'

/** Who speaks, and over what. */
export interface StdioOptions {
  /** The key that opens. */
  readonly token: string
  readonly input: Readable
  readonly output: Writable
  /** Ends it at once. */
  readonly signal: AbortSignal
}

/** Serves one client over a pair of streams until it goes, or the signal fires. Rejects as `admitted` does, and then nothing was said. */
export async function serveStdio(
  app: AgentApp,
  { token, input, output, signal }: StdioOptions,
): Promise<void> {
  const door = await openDoor(app, await keyOf(app, token))
  const { version, engine } = app.context
  const server = createAgentServer(door, version, engine.env.clock)
  try {
    await new Promise<void>((resolve, reject) => {
      server.onclose = resolve
      const end = () => void server.close()
      signal.addEventListener('abort', end, { once: true })
      server.connect(createStdioTransport(input, output)).then(() => signal.aborted && end(), reject)
    })
  } finally {
    door.close()
  }
}

const UNKNOWN: Caller = { actor: { kind: 'api-key', name: '' }, host: 'mcp', isTraced: true }

/** The key that opens; whoever is turned away is in the audit log. */
async function keyOf(app: AgentApp, token: string): Promise<ApiKey> {
  try {
    return await admitted(app, token)
  } catch (error) {
    // Refused it is in any case.
    await app.context.trail.refused('mcp', {}, asEverstowError(error).code, UNKNOWN).catch(() => {})
    throw error
  }
}
