import { z } from 'zod'
import { BackupRecord, CloudStatus } from '../../../contract/index.ts'
import { RequestProblem } from '../problem.ts'
import { type RouteContext, route } from '../route.ts'
import { DateOrTime, Flag, Name, Started, started, Whole } from './fields.ts'

/** Backups: list, make, check, bring back, remove. */
export const backupRoutes = [
  route({
    method: 'GET',
    path: '/api/cloud/status',
    role: 'read',
    summary: 'Statistics and the newest backups.',
    query: z.strictObject({ limit: Whole(1, 100).default(10) }),
    response: CloudStatus,
    handle: ({ query }, { call }) => call('cloud.status', query),
  }),
  route({
    method: 'GET',
    path: '/api/v1/backup/list',
    role: 'read',
    summary: 'Backups, newest first.',
    query: z.strictObject({
      limit: Whole(1, 1_000).default(50),
      offset: Whole(0, 1_000_000_000).default(0),
      plan_id: Name.optional(),
      synced: Flag.optional(),
      from: DateOrTime.optional(),
      to: DateOrTime.optional(),
      source: z.string().max(1_000).optional(),
      search: z.string().max(200).optional(),
    }),
    response: z.object({ backups: z.array(BackupRecord), limit: z.int(), offset: z.int() }),
    async handle({ query: { plan_id, ...query } }, { call }) {
      const backups = await call('backup.records', {
        ...query,
        ...(plan_id === undefined ? {} : { planId: plan_id }),
      })
      return { backups, limit: query.limit, offset: query.offset }
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/backup/trigger',
    role: 'operate',
    summary:
      'Makes a backup of a plan; with an admin key also of paths that are named. 409 while one of that plan is made.',
    body: z.strictObject({
      plan: Name.optional(),
      paths: z.array(z.string().min(1).max(32_768)).min(1).max(1_000).optional(),
      place_ids: z.array(Name).max(50).optional(),
      format: z.enum(['archive', 'snapshot']).optional(),
      exclude: z.array(z.string().max(1_000)).max(1_000).optional(),
      tag: z.string().trim().max(100).optional(),
    }),
    kind: 'job',
    response: Started,
    async handle({ body: { place_ids, ...body } }, context) {
      if ((body.plan === undefined) === (body.paths === undefined))
        throw new RequestProblem(422, 'invalid-input', 'Name a plan or paths.', { field: 'plan' })
      if (body.paths !== undefined && context.role !== 'admin')
        throw new RequestProblem(403, 'role', 'Paths of your own need an admin key.', { field: 'paths' })
      const start = async () =>
        started(
          await context.call('backup.start', {
            ...body,
            ...(place_ids === undefined ? {} : { placeIds: place_ids }),
          }),
        )
      const { plan } = body
      if (plan === undefined) return start()
      return context.alone('backup', async () => {
        await refuseWhileRunning(plan, context)
        return start()
      })
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/backup/verify/{backup_id}',
    role: 'operate',
    summary: 'Reads the copies of a backup back and compares checksums.',
    params: z.strictObject({ backup_id: Name }),
    body: z.strictObject({
      place_id: Name.optional(),
      data_percent: z.number().min(0).max(100).default(100),
      heal: z.boolean().default(false),
    }),
    kind: 'job',
    response: Started,
    handle: async ({ params, body }, { call }) =>
      started(
        await call('backup.verify', {
          id: params.backup_id,
          dataPercent: body.data_percent,
          heal: body.heal,
          ...(body.place_id === undefined ? {} : { placeId: body.place_id }),
        }),
      ),
  }),
  route({
    method: 'POST',
    path: '/api/v1/backup/restore/files',
    role: 'operate',
    summary: 'Restores files into a folder below one that was allowed; without `target` into one of its own.',
    body: z.strictObject({
      backup_id: Name,
      paths: z.array(z.string().min(1).max(32_768)).max(10_000).default([]),
      target: z.string().min(1).max(4_096).optional(),
      place_id: Name.optional(),
      existing: z.enum(['skip', 'replace', 'rename']).default('rename'),
      dry_run: z.boolean().default(false),
    }),
    kind: 'job',
    response: Started,
    async handle({ body }, { call, look, restoreTarget }) {
      const { id } = await look('backup.get', { id: body.backup_id })
      return started(
        await call('restore.start', {
          backupId: id,
          paths: body.paths,
          into: await restoreTarget(body.target, id),
          existing: body.existing,
          dryRun: body.dry_run,
          ...(body.place_id === undefined ? {} : { placeId: body.place_id }),
        }),
      )
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/backup/cleanup',
    role: 'admin',
    summary: 'Removes archives above an age from all their places; the newest good one of a plan stays.',
    query: z.strictObject({ keep_days: Whole(1, 36_500).optional(), dry_run: Flag.default(false) }),
    kind: 'job',
    response: Started,
    handle: async ({ query }, { call }) =>
      started(
        await call('backup.cleanup', {
          dryRun: query.dry_run,
          ...(query.keep_days === undefined ? {} : { keepDays: query.keep_days }),
        }),
      ),
  }),
]

async function refuseWhileRunning(name: string, { look }: RouteContext): Promise<void> {
  const plans = await look('plan.list', {})
  const plan = plans.find((each) => each.id === name) ?? plans.find((each) => each.name === name)
  const running = (await look('run.list', {})).find(
    ({ planId, kind, state }) =>
      plan !== undefined && planId === plan.id && kind === 'backup' && state === 'running',
  )
  if (running)
    throw new RequestProblem(409, 'already-running', 'A backup of this plan is being made.', {
      headers: { location: `/api/v1/jobs/${running.id}` },
    })
}
