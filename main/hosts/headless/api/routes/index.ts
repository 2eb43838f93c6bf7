import type { Route } from '../route.ts'
import { backupRoutes } from './backups.ts'
import { jobRoutes } from './jobs.ts'
import { overviewRoutes } from './overview.ts'

/** Every route of the API. */
export const routes: readonly Route[] = [...backupRoutes, ...overviewRoutes, ...jobRoutes]
