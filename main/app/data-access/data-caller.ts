import type { ApiKey } from '../../engine/engine.ts'
import type { Caller } from '../audit/trail.ts'

/** A program that reads data in backups with its key: who the audit log names, and whose gate it comes to. */
export function dataCaller({ id, name }: Pick<ApiKey, 'id' | 'name'>, host: string): Caller {
  return {
    actor: { kind: 'api-key', name: `${name} (${id})` },
    host,
    isTraced: true,
    client: { keyId: id, name },
  }
}
