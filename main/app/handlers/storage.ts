import type { AppContext } from '../app-context.ts'
import type { Handlers } from '../server/contract-server.ts'
import { folderSizesView } from '../storage/folder-sizes.ts'
import { storageReport } from '../storage/storage-report.ts'

/** Calls about how much lies where. */
export function storageHandlers({ engine }: AppContext) {
  return {
    'storage.report': async () => storageReport(engine, await engine.configuration.read()),
    'storage.folders': (query, { signal }) => folderSizesView(engine, query, signal),
  } satisfies Partial<Handlers>
}
