import type { Workspace } from '../../catalogue/workspace.ts'
import type { StoredError } from '../../model/backup.ts'
import type { KnownRepository } from '../../model/destination.ts'
import { storedErrorOf } from '../../model/stored-error.ts'
import { describeKeptSlot } from '../../repository/keys/slots.ts'
import { readLogHome } from '../../repository/log/log-home.ts'
import { liveSnapshots } from '../../repository/log/state-queries.ts'
import { createLivePacks } from './live-packs.ts'
import { readSlots } from './read-slots.ts'
import type { OpenRepository, Repositories } from './repositories.ts'
import { scrubAge } from './scrub-age.ts'

/** What can be said of a repository and of each destination that has it. */
export interface RepositoryFacts {
  readonly repository: KnownRepository
  readonly epoch: number
  readonly slots: readonly {
    readonly id: string
    readonly kind: 'password' | 'recovery'
    readonly label: string
    readonly createdAt: string
    readonly epoch: number
  }[]
  readonly devices: readonly { readonly id: string; readonly name: string; readonly isRemoved: boolean }[]
  readonly places: readonly {
    readonly destinationId: string
    readonly snapshots: number
    readonly packs: number
    readonly bytes: number
    /** Every pack in use there was written, or read back whole by this computer, at this time or later (milliseconds since 1970). */
    readonly provenSinceMs: number | undefined
    /** Packs that this computer has not read back yet. */
    readonly unreadPacks: number
    readonly records: number
    readonly log: 'own' | 'elsewhere' | 'single-writer'
    readonly isOwner: boolean
    readonly error: StoredError | undefined
  }[]
}

/** Asks every destination of every repository; one that does not answer is listed with why. */
export async function describeRepositories(
  workspace: Workspace,
  repositories: Repositories,
  signal: AbortSignal,
): Promise<RepositoryFacts[]> {
  const { repositories: known, destinations } = await workspace.configuration.read()
  return Promise.all(
    known.map(async (repository) => {
      const identity = await repositories.identity(repository.id)
      const held = destinations.filter(({ repositoryId }) => repositoryId === repository.id)
      const slots = new Map<string, RepositoryFacts['slots'][number]>()
      const devices = new Map<string, RepositoryFacts['devices'][number]>()
      const places = await Promise.all(
        held.map(async ({ id }) => {
          try {
            const opened = await repositories.open(id, { repositoryId: repository.id, signal })
            const state = await opened.log.refresh(signal)
            for (const slot of await readSlots(opened.store, signal)) {
              const { kind, label, created } = describeKeptSlot(slot.bytes)
              const epoch = state.slots.get(slot.slotId)?.epoch ?? 1
              slots.set(slot.slotId, { id: slot.slotId, kind, label, createdAt: created, epoch })
            }
            for (const [deviceId, { name, removed }] of state.devices)
              devices.set(deviceId, { id: deviceId, name, isRemoved: removed !== undefined })
            return await describePlace(workspace, opened, signal)
          } catch (error) {
            return { ...NOTHING, destinationId: id, error: storedErrorOf(error) }
          }
        }),
      )
      return {
        repository,
        epoch: identity.keys.epoch,
        slots: [...slots.values()],
        devices: [...devices.values()],
        places,
      }
    }),
  )
}

const NOTHING = {
  snapshots: 0,
  packs: 0,
  bytes: 0,
  provenSinceMs: undefined,
  unreadPacks: 0,
  records: 0,
  log: 'own',
  isOwner: true,
} as const

async function describePlace(
  workspace: Workspace,
  opened: OpenRepository,
  signal: AbortSignal,
): Promise<RepositoryFacts['places'][number]> {
  const { state } = opened.log
  const packs = await createLivePacks(workspace, opened, signal).all(state)
  const isElsewhere = (await readLogHome(opened.store, signal)) !== undefined
  return {
    destinationId: opened.destination.id,
    snapshots: [...liveSnapshots(state)].length,
    packs: packs.size,
    bytes: [...packs.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    ...(await scrubAge(workspace, opened, packs, signal)),
    records: state.pos + 1,
    log: state.owner !== undefined ? 'single-writer' : isElsewhere ? 'elsewhere' : 'own',
    isOwner: state.owner === undefined || state.owner === opened.device.id,
    error: undefined,
  }
}
