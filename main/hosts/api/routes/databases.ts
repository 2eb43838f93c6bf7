import { z } from 'zod'
import { PlaceCoverage, ProtectedDatabase } from '../../../contract/index.ts'
import { route } from '../route.ts'
import { wire } from '../wire.ts'
import { Name, Started, started } from './fields.ts'

const DatabaseView = wire(ProtectedDatabase)
const CoverageView = wire(PlaceCoverage)
/** `postgres://user@host:port/database`; a password is kept beforehand, by the command line or the window. */
const Address = z.string().min(1).max(2_000)

/** Databases: bring one back from a dump, or a whole cluster as of a moment. */
export const databaseRoutes = [
  route({
    method: 'POST',
    path: '/api/v1/backup/restore/database',
    role: 'admin',
    summary: 'Restores a database of a backup into a server, under a name that is new there.',
    body: z.strictObject({
      backup_id: Name,
      into: Address,
      database: Name.optional(),
      with_roles: z.boolean().default(false),
      no_owners: z.boolean().default(false),
      replace: z.boolean().default(false),
      place_id: Name.optional(),
    }),
    kind: 'job',
    response: Started,
    handle: async ({ body }, { call }) =>
      started(
        await call('postgres.restore', {
          backupId: body.backup_id,
          into: body.into,
          withRoles: body.with_roles,
          noOwners: body.no_owners,
          replace: body.replace,
          ...(body.database === undefined ? {} : { database: body.database }),
          ...(body.place_id === undefined ? {} : { placeId: body.place_id }),
        }),
      ),
  }),
  route({
    method: 'POST',
    path: '/api/v1/backup/point-in-time-recovery',
    role: 'admin',
    summary:
      'Prepares a data directory as of a moment: `latest`, a time, a place in the log or a restore point.',
    body: z.strictObject({
      database: Name,
      to: z.string().trim().min(1).max(200),
      target: z.string().min(1).max(4_096).optional(),
      timeline: z.int().positive().optional(),
      place_id: Name.optional(),
    }),
    kind: 'job',
    response: Started,
    async handle({ body }, { call, restoreTarget }) {
      return started(
        await call('databases.recover', {
          name: body.database,
          to: body.to,
          into: await restoreTarget(body.target, `cluster-${body.database}`),
          ...(body.timeline === undefined ? {} : { timeline: body.timeline }),
          ...(body.place_id === undefined ? {} : { placeId: body.place_id }),
        }),
      )
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/databases',
    role: 'read',
    summary: 'Clusters under continuous protection.',
    response: z.object({ databases: z.array(DatabaseView.schema) }),
    handle: async (_, { call }) => ({
      databases: (await call('databases.list', {})).map(DatabaseView.convert),
    }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/databases/{name}/coverage',
    role: 'read',
    summary: 'To which moments a cluster can be brought back, and where something is missing.',
    params: z.strictObject({ name: Name }),
    response: z.object({ places: z.array(CoverageView.schema) }),
    handle: async ({ params }, { call }) => ({
      places: (await call('databases.coverage', { name: params.name })).places.map(CoverageView.convert),
    }),
  }),
]
