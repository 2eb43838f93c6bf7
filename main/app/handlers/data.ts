import { EverstowError } from '../../engine/model/errors.ts'
import type { Handlers } from '../server/contract-server.ts'

const later = (what: string) => async () => {
  throw new EverstowError('not-supported', { data: { what } })
}

/** Calls that look into backups as data. */
export function dataHandlers() {
  return {
    'data.backups': later('data.backups'),
    'data.sources': later('data.sources'),
    'data.files': later('data.files'),
    'data.outline': later('data.outline'),
    'data.read': later('data.read'),
    'data.query': later('data.query'),
    'data.series': later('data.series'),
    'data.versions': later('data.versions'),
    'data.diff': later('data.diff'),
    'data.search': later('data.search'),
    'data.status': later('data.status'),
    'data.cache': later('data.cache'),
    'data.clearCache': later('data.clearCache'),
  } satisfies Partial<Handlers>
}
