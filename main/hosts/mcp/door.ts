import type { AppContext } from '../../app/app-context.ts'
import { dataCaller } from '../../app/data-access/data-caller.ts'
import { connectInProcess } from '../../app/in-process-client.ts'
import type { ContractServer } from '../../app/server/contract-server.ts'
import type { CallInput, CallName, CallOutput } from '../../contract/index.ts'
import type { ApiKey, Engine } from '../../engine/engine.ts'
import { EverstowError } from '../../engine/model/errors.ts'

/** What of a running application is lent to programs that read data. */
export interface AgentApp {
  readonly server: ContractServer
  readonly context: Pick<AppContext, 'settings' | 'trail' | 'version'> & {
    readonly engine: Pick<Engine, 'apiKeys' | 'env'>
  }
}

/** Calls that read data. */
export type DataCall = Extract<CallName, `data.${string}`>

/** The data calls, as far as one key sees. Whether it still does is asked behind them, at each call. */
export interface Door {
  readonly key: ApiKey
  call<N extends DataCall>(name: N, input: CallInput<N>, signal?: AbortSignal): Promise<CallOutput<N>>
  close(): void
}

/** The key that a token opens. Rejects with `data-off`, and with `permission-denied` where it does not open this. */
export async function admitted({ context: { engine, settings } }: AgentApp, token: string): Promise<ApiKey> {
  const key = await engine.apiKeys.check(token)
  if (key?.role !== 'read-data' && key?.role !== 'admin')
    throw new EverstowError('permission-denied', { data: { name: 'data', reason: 'key-ended' } })
  if (!(await settings()).serveData) throw new EverstowError('data-off')
  return key
}

/** Opens the data calls to a key that was admitted, and writes down that it came. */
export async function openDoor({ server, context }: AgentApp, key: ApiKey): Promise<Door> {
  const caller = dataCaller(key, 'mcp')
  await context.trail.asked('mcp', caller)
  const client = connectInProcess(server, 'view', caller)
  return { key, call: client.call, close: client.close }
}
