import { type DataGate, OPEN_GATE } from '../../engine/engine.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import type { CallContext } from '../server/contract-server.ts'

/** What a caller may see of the data in backups. */
export async function gateOf({ client }: Pick<CallContext, 'client'>): Promise<DataGate> {
  if (!client) return OPEN_GATE
  throw new EverstowError('permission-denied', { data: { name: 'data' } })
}
