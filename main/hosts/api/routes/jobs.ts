import { z } from 'zod'
import { Run } from '../../../contract/index.ts'
import { hasCode } from '../../../engine/model/errors.ts'
import { RequestProblem } from '../problem.ts'
import { type RouteContext, route } from '../route.ts'
import { wire } from '../wire.ts'
import { Name } from './fields.ts'

const Job = wire(Run)
const ById = z.strictObject({ id: Name })

/** What takes long: watched, cancelled. Ended jobs are known for a while, in the process that did them. */
export const jobRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/jobs',
    role: 'read',
    summary: 'What runs, and what ended lately.',
    response: z.object({ jobs: z.array(Job.schema) }),
    handle: async (_, { call }) => ({ jobs: (await call('run.list', {})).map(Job.convert) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/jobs/{id}',
    role: 'read',
    summary: 'A job: how far it is, and what came of it.',
    params: ById,
    response: Job.schema,
    handle: async ({ params }, context) => Job.convert(await find(params.id, context)),
  }),
  route({
    method: 'POST',
    path: '/api/v1/jobs/{id}/cancel',
    role: 'operate',
    summary: 'Ends a job cleanly; false where it has ended already.',
    params: ById,
    body: z.strictObject({}),
    response: z.object({ cancelled: z.boolean() }),
    handle: ({ params }, { call }) => orNotFound(call('run.cancel', params)),
  }),
  route({
    method: 'GET',
    path: '/api/v1/events',
    role: 'read',
    summary: 'Server-sent events: `job` with a job whenever it changes, `notice` with what a person is told.',
    kind: 'events',
    response: z.string(),
    handle: async () => '',
  }),
]

/** A job as events tell it. */
export const jobView = Job.convert

function find(id: string, { call }: RouteContext): Promise<Run> {
  return orNotFound(call('run.get', { id }))
}

async function orNotFound<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (!hasCode(error, 'invalid-input')) throw error
    throw new RequestProblem(404, 'unknown-job', 'There is no such job, or it ended long ago.', {
      field: 'id',
    })
  }
}
