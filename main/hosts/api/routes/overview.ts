import { z } from 'zod'
import { AuditRecord, HealthReport, Outbox, Place, Plan, Status } from '../../../contract/index.ts'
import { RequestProblem } from '../problem.ts'
import { route } from '../route.ts'
import { wire } from '../wire.ts'
import { DateOrTime, Flag, Name, Whole } from './fields.ts'

const StatusView = wire(Status)
const PlanView = wire(Plan)
const PlaceView = wire(Place)
const OutboxView = wire(Outbox)

const HealthView = wire(HealthReport)

/** How things stand. */
export const overviewRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/backup/status',
    role: 'read',
    summary: 'The verdict, what needs a person, and the last 30 days.',
    response: StatusView.schema,
    handle: async (_, { call }) => StatusView.convert(await call('status.get', {})),
  }),
  route({
    method: 'GET',
    path: '/api/v1/backup/health',
    role: 'read',
    summary: 'How backups have been going, in one word, with the reasons and figures.',
    response: HealthView.schema,
    handle: async (_, { call }) => HealthView.convert(await call('health.report', {})),
  }),
  route({
    method: 'GET',
    path: '/metrics',
    role: 'read',
    summary: 'The same figures as Prometheus reads them.',
    kind: 'text',
    response: z.string(),
    handle: async (_, { call }) => (await call('health.metrics', {})).text,
  }),
  route({
    method: 'GET',
    path: '/api/v1/plans',
    role: 'read',
    summary: 'What is backed up, where to, and when.',
    response: z.object({ plans: z.array(PlanView.schema) }),
    handle: async (_, { call }) => ({ plans: (await call('plan.list', {})).map(PlanView.convert) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/plans/{id}',
    role: 'read',
    summary: 'One plan.',
    params: z.strictObject({ id: Name }),
    response: PlanView.schema,
    async handle({ params }, { call }) {
      const plan = (await call('plan.list', {})).find(
        ({ id, name }) => id === params.id || name === params.id,
      )
      if (!plan) throw new RequestProblem(404, 'unknown-plan', 'There is no such plan.', { field: 'id' })
      return PlanView.convert(plan)
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/places',
    role: 'read',
    summary: 'Where backups are kept, and how those places are.',
    response: z.object({ places: z.array(PlaceView.schema) }),
    handle: async (_, { call }) => ({ places: (await call('place.list', {})).map(PlaceView.convert) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/outbox',
    role: 'read',
    summary: 'What waits for its places.',
    response: OutboxView.schema,
    handle: async (_, { call }) => OutboxView.convert(await call('outbox.list', {})),
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/outbox',
    role: 'admin',
    summary: 'Gives up what waits; what no place has stays, unless `even_unsaved`.',
    query: z.strictObject({ even_unsaved: Flag.default(false) }),
    response: z.object({ removed: z.int(), kept: z.int() }),
    handle: ({ query }, { call }) => call('outbox.clear', { evenUnsaved: query.even_unsaved }),
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/outbox/{backup_id}',
    role: 'admin',
    summary: 'Gives up what waits of one backup.',
    params: z.strictObject({ backup_id: Name }),
    query: z.strictObject({ place_id: Name.optional(), even_unsaved: Flag.default(false) }),
    response: z.object({ removed: z.int() }),
    handle: ({ params, query }, { call }) =>
      call('outbox.remove', {
        backupId: params.backup_id,
        evenUnsaved: query.even_unsaved,
        ...(query.place_id === undefined ? {} : { placeId: query.place_id }),
      }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/audit',
    role: 'admin',
    summary: 'Who did what, newest first.',
    query: z.strictObject({
      limit: Whole(1, 10_000).default(100),
      from: DateOrTime.optional(),
      to: DateOrTime.optional(),
    }),
    response: z.object({ entries: z.array(AuditRecord) }),
    handle: ({ query }, { call }) => call('audit.list', query),
  }),
]
