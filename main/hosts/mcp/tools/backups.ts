import { z } from 'zod'
import { calls, DataBackup } from '../../../contract/index.ts'
import { backupRange, given, limit, nextOffset, offset } from '../fields.ts'
import { fitting } from '../fitting.ts'
import { snakeNames, snakeSchema } from '../snake-names.ts'
import { type Found, tool } from '../tool.ts'
import { UNTRUSTED } from '../untrusted.ts'

const Status = calls['data.status'].output
const StatusPlan = Status.shape.plans.element

export const backupTools = [
  tool({
    name: 'list_backups',
    title: 'List backups',
    description:
      'Lists the backups that can be read, newest first: id, time, plan, sources, size. Start here to learn which points in time there are. Nothing is restored or changed.',
    input: {
      ...backupRange,
      search: z.string().max(200).optional().describe('Text in id, plan, tag or sources.'),
      limit: limit(500, 50, 'At most so many backups.'),
      offset: offset('Leave out the first so many.'),
    },
    output: {
      backups: z.array(snakeSchema(DataBackup)),
      total: z.int().describe('Backups there are in all.'),
      next_offset: nextOffset,
    },
    async run({ max_bytes, ...wanted }, { call, signal }): Promise<Found> {
      const { backups, total } = await call('data.backups', given(wanted), signal)
      const fit = fitting(backups.map(snakeNames), max_bytes)
      const next = wanted.offset + fit.length
      const isMore = next < total && fit.length > 0
      return {
        structured: { ...UNTRUSTED, backups: fit, total, ...(isMore && { next_offset: next }) },
        ...(isMore && { note: `There are older ones: go on with offset ${next}.` }),
      }
    },
  }),

  tool({
    name: 'backup_status',
    title: 'Backup status',
    description:
      'How it stands with the backups: the verdict, how many there are, the newest and oldest, by plan, and how much this key may still read in this hour.',
    input: {},
    output: {
      ...snakeSchema(Status).shape,
      plans: z.array(snakeSchema(StatusPlan)),
      budget: snakeSchema(Status.shape.budget.unwrap()).optional(),
    },
    async run(_, { call, signal }): Promise<Found> {
      const status = await call('data.status', {}, signal)
      return {
        structured: {
          ...UNTRUSTED,
          ...snakeNames(status),
          plans: status.plans.map(snakeNames),
          ...(status.budget && { budget: snakeNames(status.budget) }),
        },
      }
    },
  }),
]
