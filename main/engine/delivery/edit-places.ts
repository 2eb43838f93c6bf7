import { isAbsolute, resolve } from 'node:path'
import { copiesIn, deleteCopy } from '../catalogue/backups.ts'
import type { Configuration } from '../catalogue/configuration.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { type Destination, destinationTypeOf, type SecretName } from '../model/destination.ts'
import { EverstowError } from '../model/errors.ts'
import type { Plan } from '../model/plan.ts'
import { parseQuietHours } from '../model/schedule/conditions.ts'
import { parseWeekGrid } from '../model/schedule/week-grid.ts'
import type { Places } from './places.ts'

/** A destination as a person describes it: the type in any of its usual names. */
export type DestinationInput = Omit<Destination, 'id' | 'type'> & { readonly type: string }

/** Secrets as typed, by name. */
export type TypedSecrets = Partial<Record<SecretName, string>>

/** The destination a description means, not kept yet. Throws `unknown-provider` or `invalid-input` naming what is missing. */
export function destinationOf(id: string, input: DestinationInput): Destination {
  const type = destinationTypeOf(input.type)
  if (type === undefined)
    throw new EverstowError('unknown-provider', {
      data: { name: input.type, known: 'local, s3, r2, b2, gcs, azure' },
    })
  const destination: Destination = { ...withoutBlank(input), id, name: input.name.trim(), type }
  if (destination.limits !== undefined) parseWeekGrid(destination.limits)
  if (destination.quietHours !== undefined) parseQuietHours(destination.quietHours)
  if (type === 'local') {
    if (destination.path === undefined) throw missing('path')
    if (!isAbsolute(destination.path))
      throw new EverstowError('invalid-input', { data: { field: 'path', value: destination.path } })
    return { ...destination, path: resolve(destination.path) }
  }
  if (destination.bucket === undefined && type !== 'azure') throw missing('bucket')
  if (destination.bucket === undefined) throw missing('container')
  if (destination.prefix === undefined) return destination
  return { ...destination, prefix: destination.prefix.replace(/^\/+|\/+$/g, '') }
}

const missing = (field: string) => new EverstowError('invalid-input', { data: { field, value: '' } })

function withoutBlank(input: DestinationInput): DestinationInput {
  return Object.fromEntries(
    Object.entries(input).filter(
      ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  ) as DestinationInput
}

/** Keeps a new destination. Tries it for real first unless told not to: one that refuses is not kept. */
export async function addPlace(
  workspace: Workspace,
  places: Places,
  input: DestinationInput,
  secrets: TypedSecrets,
  test: boolean,
): Promise<Destination> {
  const destination = destinationOf(newId('p', workspace), input)
  await refuseTakenName(workspace, destination)
  if (test) await places.probe(destination, { trial: secrets })
  await places.saveSecrets(destination.id, secrets)
  await workspace.configuration.update((current) => {
    if (current.destinations.some(({ name }) => sameName(name, destination.name)))
      throw taken(destination.name)
    return { ...current, destinations: [...current.destinations, destination] }
  })
  if (test) await places.probe(destination)
  else if (destination.type === 'local') await tryLocal(workspace, places, destination)
  workspace.env.log.area('delivery').info('place added', { place: destination.name, type: destination.type })
  return destination
}

/** Makes and marks the folder of a place that is kept untried. Where that fails, a later test does it. */
async function tryLocal(workspace: Workspace, places: Places, destination: Destination): Promise<void> {
  try {
    await places.probe(destination)
  } catch (error) {
    workspace.env.log.area('delivery').warn('place cannot be used yet', { place: destination.name, error })
  }
}

/** Changes a destination; its copies stay where they are. */
export async function updatePlace(
  workspace: Workspace,
  places: Places,
  id: string,
  change: Partial<DestinationInput>,
  secrets: TypedSecrets,
): Promise<Destination> {
  const before = await places.find(id)
  const destination = destinationOf(id, { ...before, ...change })
  await refuseTakenName(workspace, destination)
  await places.saveSecrets(id, secrets)
  await workspace.configuration.update((current) => ({
    ...current,
    destinations: current.destinations.map((each) => (each.id === id ? destination : each)),
  }))
  return destination
}

/** Stops using a destination. What lies there stays; plans that used it go on with their other places. Returns how many copies lie there. Throws `in-use` naming what has no other place. */
export async function removePlace(workspace: Workspace, places: Places, id: string): Promise<number> {
  const destination = await places.find(id)
  refuseIfNeeded(await workspace.configuration.read(), destination)
  const left = copiesIn(workspace.database, ['synced'], { destinationId: id })
  await workspace.configuration.update((current) => ({
    ...current,
    destinations: current.destinations.filter((each) => each.id !== id),
    plans: current.plans.map((plan) => ({
      ...plan,
      destinationIds: plan.destinationIds.filter((each) => each !== id),
    })),
  }))
  await places.dropSecrets(id)
  for (const copy of copiesIn(
    workspace.database,
    ['pending', 'syncing', 'synced', 'waiting', 'failed', 'damaged', 'missing', 'removing'],
    { destinationId: id },
  ))
    deleteCopy(workspace.database, copy.backupId, id)
  return left.length
}

function refuseIfNeeded(
  { plans, syncedFolders, mirrors }: Pick<Configuration, 'plans' | 'syncedFolders' | 'mirrors'>,
  { id, name }: Destination,
): void {
  const refuse = (reason: 'plan' | 'sync' | 'mirror', users: readonly { readonly name: string }[]) => {
    if (users.length === 0) return
    throw new EverstowError('in-use', {
      data: { name, place: name, reason, user: users.map((each) => each.name).join(', ') },
    })
  }
  const isOnly = ({ destinationIds }: Plan) => destinationIds.length === 1 && destinationIds[0] === id
  const isHere = ({ destinationId }: { readonly destinationId: string }) => destinationId === id
  refuse('plan', plans.filter(isOnly))
  refuse('sync', syncedFolders.filter(isHere))
  refuse('mirror', mirrors.filter(isHere))
}

async function refuseTakenName(workspace: Workspace, destination: Destination): Promise<void> {
  const { destinations } = await workspace.configuration.read()
  if (destinations.some(({ id, name }) => id !== destination.id && sameName(name, destination.name)))
    throw taken(destination.name)
}

const taken = (name: string) => new EverstowError('name-taken', { data: { name } })

/** People do not tell "NAS" from "nas". */
const sameName = (a: string, b: string) => a.toLocaleLowerCase() === b.toLocaleLowerCase()

/** A short random id with a readable kind in front. */
export function newId(kind: string, workspace: Pick<Workspace, 'env'>): string {
  return `${kind}_${Buffer.from(workspace.env.random.bytes(8)).toString('base64url').slice(0, 10)}`
}
