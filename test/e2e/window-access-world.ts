import type { ApiKey, CallParsed, WireError } from '../../main/contract/index.ts'
import type { Answered } from './window-double-world.ts'

const refused = (field: string): { error: WireError } => ({
  error: { code: 'invalid-input', data: { field }, retry: 'never' },
})

/** Keys of programs, of which one reads data, and what is kept of what was read. */
export function accessAnswers() {
  let cached = 184_000_000
  let keys: ApiKey[] = [
    {
      id: '0a1b2c3d',
      name: 'monitor',
      role: 'read',
      createdAt: '2026-11-01T08:00:00.000Z',
      isExpired: false,
      lastUsedAt: '2026-11-21T11:00:00.000Z',
    },
    {
      id: '4e5f6071',
      name: 'deploy',
      role: 'operate',
      createdAt: '2026-08-01T08:00:00.000Z',
      expiresAt: '2026-11-01T08:00:00.000Z',
      isExpired: true,
    },
    {
      id: '8a9bacbd',
      name: 'Price assistant',
      role: 'read-data',
      createdAt: '2026-10-01T08:00:00.000Z',
      expiresAt: '2027-01-01T08:00:00.000Z',
      isExpired: false,
      lastUsedAt: '2026-11-21T11:30:00.000Z',
      scope: { planIds: ['pl_documents'], paths: ['home/ada/Documents'], from: '2026-01-01' },
      bytesPerHour: 100_000_000,
      usedBytes: 87_400_000,
    },
  ]
  return {
    'apiKeys.list': (): Answered => ({ output: keys }),
    'apiKeys.add': ({ name, role, scope, bytesPerHour }: CallParsed<'apiKeys.add'>): Answered => {
      if (role !== 'read-data' && (scope || bytesPerHour)) return refused('scope')
      const key: ApiKey = {
        id: 'c0ffee00',
        name,
        role,
        createdAt: '2026-11-21T12:00:00.000Z',
        isExpired: false,
        ...(scope && { scope }),
        ...(role === 'read-data' && { bytesPerHour: bytesPerHour ?? 104_857_600, usedBytes: 0 }),
      }
      keys = [...keys, key]
      return { output: { key, token: 'esk_c0ffee00_abcdefghijklmnopqrstuvwxyz' } }
    },
    'apiKeys.limit': ({ key: id, scope, bytesPerHour }: CallParsed<'apiKeys.limit'>): Answered => {
      const key = keys.find((each) => each.id === id && each.role === 'read-data')
      if (!key) return refused('key')
      const limited = { ...key, ...(scope && { scope }), ...(bytesPerHour && { bytesPerHour }) }
      keys = keys.map((each) => (each.id === id ? limited : each))
      return { output: limited }
    },
    'apiKeys.revoke': ({ key: id }: CallParsed<'apiKeys.revoke'>): Answered => {
      const gone = keys.find((each) => each.id === id)
      if (!gone) return refused('key')
      keys = keys.filter((each) => each !== gone)
      return { output: gone }
    },
    'data.cache': (): Answered => ({ output: { bytes: cached, limitBytes: 1_000_000_000 } }),
    'data.clearCache': (): Answered => {
      const bytes = cached
      cached = 0
      return { output: { bytes } }
    },
  }
}
