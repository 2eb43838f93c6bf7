import type { Workspace } from '../catalogue/workspace.ts'
import type { Places } from '../delivery/places.ts'
import type { Repositories } from '../delivery/snapshot/repositories.ts'

/** What the protection of databases needs of the engine. */
export interface DatabaseDeps {
  readonly workspace: Workspace
  readonly places: Places
  readonly repositories: Repositories
}
