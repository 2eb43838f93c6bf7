import { expect, test } from 'vitest'
import { type Caller, createTrail } from '../../../main/app/audit/trail.ts'
import type { AuditLog, NewEntry } from '../../../main/engine/engine.ts'
import { EverstowError } from '../../../main/engine/model/errors.ts'

const agent: Caller = {
  actor: { kind: 'api-key', name: 'agent (0a1b2c3d)' },
  host: 'mcp',
  isTraced: true,
  client: { keyId: '0a1b2c3d', name: 'agent' },
}
const self: Caller = { actor: { kind: 'person', name: 'ada' }, host: 'window' }
const input = { backup: 'latest', path: 'papers/a.json', select: '$.x', offset: 0, text: 'not in a log' }
const fail = (code: ConstructorParameters<typeof EverstowError>[0]) => async () => {
  throw new EverstowError(code)
}

function lay(append: (entry: NewEntry) => Promise<number> = async () => 1) {
  const written: NewEntry[] = []
  const log = {
    append: async (entry: NewEntry) => {
      const number = await append(entry)
      written.push(entry)
      return number
    },
  } as unknown as AuditLog
  return { written, trail: createTrail(log, self) }
}

test('a program leaves an entry for everything it asks, with the backup that it was', async () => {
  const { written, trail } = lay()
  for (const name of ['data.backups', 'data.read', 'data.read', 'data.status', 'data.files'] as const)
    await trail.around(name, input, async () => ({ backupId: 'unified_backup_1' }), agent)
  expect(written).toHaveLength(5)
  for (const { actor, host, outcome, targets } of written)
    expect({ actor, host, outcome, targets }).toEqual({
      actor: agent.actor,
      host: 'mcp',
      outcome: 'done',
      targets: {
        backup: 'latest',
        backupId: 'unified_backup_1',
        path: 'papers/a.json',
        select: '$.x',
      },
    })
})

test('what it was not given stands there as refused, what went wrong as failed', async () => {
  const { written, trail } = lay()
  for (const code of [
    'budget-exceeded',
    'permission-denied',
    'data-off',
    'unknown-backup',
    'data-damaged',
  ] as const)
    await expect(trail.around('data.read', input, fail(code), agent)).rejects.toMatchObject({ code })
  await trail.refused('backup.start', { paths: ['/etc'] }, 'permission-denied', agent)
  await trail.refused('data.read', input, 'invalid-input', agent)
  expect(written.map(({ outcome, code }) => `${outcome} ${code}`)).toEqual([
    'refused budget-exceeded',
    'refused permission-denied',
    'refused data-off',
    'failed unknown-backup',
    'failed data-damaged',
    'refused permission-denied',
    'refused invalid-input',
  ])
})

test('nothing is handed out before it is written, and nothing at all where it cannot be', async () => {
  let isWritten = false
  const { trail } = lay(async () => {
    await new Promise((resolve) => setImmediate(resolve))
    isWritten = true
    return 1
  })
  await trail.around('data.read', input, async () => ({}), agent)
  expect(isWritten).toBe(true)
  const full = lay(async () => {
    throw new EverstowError('disk-full')
  })
  await expect(full.trail.around('data.sources', input, async () => 'contents', agent)).rejects.toMatchObject(
    {
      code: 'disk-full',
    },
  )
})

test('what a person reads stands there once a file of a backup', async () => {
  const { written, trail } = lay()
  const read = (backupId: string, more: object = {}) =>
    trail.around('data.read', { ...input, ...more }, async () => ({ backupId }), self)
  await read('one')
  await read('one', { offset: 100, backup: 'one' })
  await read('two')
  await read('one', { path: 'papers/b.json' })
  await trail.around('data.backups', {}, async () => ({ backups: [] }), self)
  expect(written.map(({ targets }) => `${targets.backupId} ${targets.path}`)).toEqual([
    'one papers/a.json',
    'two papers/a.json',
    'one papers/b.json',
  ])
})
