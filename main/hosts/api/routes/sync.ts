import { z } from 'zod'
import { syncSummary } from '../../../app/views/sync-summary.ts'
import { FileVersion, SyncConflict, SyncedFolder, SyncOperation } from '../../../contract/index.ts'
import { route } from '../route.ts'
import { wire } from '../wire.ts'
import { Name, Started, started } from './fields.ts'

const FolderView = wire(SyncedFolder)
const OperationView = wire(SyncOperation)
const ConflictView = wire(SyncConflict)
const VersionView = wire(FileVersion)
/** From the synced folder down, with `/`. */
const InnerPath = z.string().min(1).max(4_096)

/** Folders that are kept the same on several devices. */
export const syncRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/sync',
    role: 'read',
    summary: 'How syncing is going, in all and in each folder.',
    response: z.object({
      syncing: z.boolean(),
      last_sync: z.string().nullable(),
      pending_changes: z.int(),
      conflicts: z.int(),
      total_uploaded: z.int(),
      total_downloaded: z.int(),
      offline_mode: z.boolean(),
      folders: z.array(FolderView.schema),
    }),
    async handle(_, { call }) {
      const folders = await call('sync.list', {})
      const { offline } = await call('outbox.list', {})
      return {
        ...syncSummary(folders, offline),
        folders: folders.map(FolderView.convert),
      }
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/sync/run',
    role: 'operate',
    summary: 'Syncs a folder, or all of them.',
    body: z.strictObject({ name: Name.optional() }),
    kind: 'job',
    response: Started,
    handle: async ({ body }, { call }) =>
      started(await call('sync.run', body.name === undefined ? {} : { id: body.name })),
  }),
  route({
    method: 'GET',
    path: '/api/v1/sync/conflicts',
    role: 'read',
    summary: 'Conflicts that are open, or were decided.',
    query: z.strictObject({ state: z.enum(['open', 'resolved']).default('open') }),
    response: z.object({ conflicts: z.array(ConflictView.schema) }),
    handle: async ({ query }, { call }) => ({
      conflicts: (await call('sync.conflicts', { state: query.state })).map(ConflictView.convert),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/sync/conflicts/resolve',
    role: 'operate',
    summary:
      'Decides conflicts: the version of this device, the shared one, both, or both merged. Whatever gives way is kept.',
    body: z.strictObject({
      /** Absent: all that are open. */
      ids: z.array(Name).min(1).max(10_000).optional(),
      keep: z.enum(['local', 'remote', 'both', 'merged']),
      text: z.string().max(8_000_000).optional(),
    }),
    response: z.object({
      resolved: z.int(),
      failed: z.array(z.object({ conflict_id: z.string(), code: z.string() })),
    }),
    async handle({ body }, { call }) {
      const { resolved, failed } = await call('sync.resolve', {
        keep: body.keep,
        ...(body.ids && { conflictIds: body.ids }),
        ...(body.text !== undefined && { text: body.text }),
      })
      return {
        resolved,
        failed: failed.map(({ conflictId, error }) => ({ conflict_id: conflictId, code: error.code })),
      }
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/sync/{name}/queue',
    role: 'read',
    summary: 'Changes of this device that the others do not have yet.',
    params: z.strictObject({ name: Name }),
    response: z.object({ operations: z.array(OperationView.schema) }),
    handle: async ({ params }, { call }) => ({
      operations: (await call('sync.queue', { id: params.name })).map(OperationView.convert),
    }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/sync/{name}/versions',
    role: 'read',
    summary: 'Versions of a file that the space keeps, newest first.',
    params: z.strictObject({ name: Name }),
    query: z.strictObject({ path: InnerPath }),
    response: z.object({ versions: z.array(VersionView.schema) }),
    handle: async ({ params, query }, { call }) => ({
      versions: (await call('sync.versions', { id: params.name, path: query.path })).map(VersionView.convert),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/sync/{name}/restore',
    role: 'operate',
    summary:
      'Brings a version, a deleted file or a deleted folder back; what is there is kept among the versions.',
    params: z.strictObject({ name: Name }),
    body: z.strictObject({
      path: InnerPath,
      version: z.int().positive().optional(),
      as: InnerPath.optional(),
    }),
    response: z.object({ path: z.string(), files: z.int() }),
    handle: ({ params, body }, { call }) =>
      call('sync.restore', {
        id: params.name,
        path: body.path,
        ...(body.version !== undefined && { slot: body.version }),
        ...(body.as !== undefined && { as: body.as }),
      }),
  }),
]
