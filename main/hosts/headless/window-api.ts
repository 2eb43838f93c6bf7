import type { FastifyInstance } from 'fastify'
import { connectInProcess } from '../../app/in-process-client.ts'
import type { ContractServer } from '../../app/server/contract-server.ts'

/** The REST calls that scripts of the older systems use. */
export function serveOlderCalls(http: FastifyInstance, server: ContractServer): void {
  const client = connectInProcess(server, 'view')
  http.addHook('onClose', async () => client.close())
  http.get('/api/cloud/status', () => client.call('cloud.status', {}))
}
