import type { Route } from '../route.ts'
import { backupRoutes } from './backups.ts'
import { dataRoutes } from './data.ts'
import { databaseRoutes } from './databases.ts'
import { jobRoutes } from './jobs.ts'
import { overviewRoutes } from './overview.ts'
import { syncRoutes } from './sync.ts'

/** Every route of the API. */
export const routes: readonly Route[] = [
  ...backupRoutes,
  ...dataRoutes,
  ...databaseRoutes,
  ...overviewRoutes,
  ...syncRoutes,
  ...jobRoutes,
]
