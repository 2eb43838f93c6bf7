import { hostname } from 'node:os'
import { join } from 'node:path'
import { allHealth } from '../../catalogue/journal.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import type { Secret } from '../../env/secrets.ts'
import type { Destination, KnownRepository } from '../../model/destination.ts'
import { EverstowError } from '../../model/errors.ts'
import { createRepoKeys, type MasterKeys, type RepoKeys } from '../../repository/crypto/repo-keys.ts'
import { logKey, REPO_JSON_KEY } from '../../repository/format/keys-of-objects.ts'
import {
  createRepoDescription,
  parseRepoJson,
  type RepoDescription,
} from '../../repository/format/repo-json.ts'
import {
  createDevice,
  type DeviceIdentity,
  deviceName,
  loadDevice,
} from '../../repository/keys/device-identity.ts'
import {
  createMasterKeys,
  loadMaster,
  loadPassphrase,
  saveMaster,
  savePassphrase,
} from '../../repository/keys/key-ring.ts'
import { generatePassphrase } from '../../repository/keys/passphrase.ts'
import { createSlot, type StoredSlot } from '../../repository/keys/slots.ts'
import type { CommitLog } from '../../repository/log/commit-log.ts'
import { createRepositoryAt, type LogChoice } from '../../repository/log/create-repository.ts'
import { readSmallObject } from '../../repository/log/log-home.ts'
import { openLog } from '../../repository/log/open-log.ts'
import { openRememberedHeads, type RememberedHeads } from '../../repository/log/remembered-heads.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { Places } from '../places.ts'
import type { Identity } from './identity.ts'
import { mendDescription } from './mend-description.ts'
import { readSlots } from './read-slots.ts'
import { unlock } from './unlock.ts'

/** A repository in one destination, open for reading and writing. */
export interface OpenRepository {
  readonly destination: Destination
  readonly store: ObjectStore
  readonly description: RepoDescription
  readonly keys: RepoKeys
  readonly device: DeviceIdentity
  readonly log: CommitLog
  /** Where this computer keeps what it knows of it; safe to delete. */
  readonly cacheFolder: string
}

/** The repositories of this computer's destinations, opened when first needed and kept open. */
export interface Repositories {
  /** Throws `repository-missing` where there is none and `create` is not set, `repository-differs` where it is not the wanted one. */
  open(destinationId: string, options?: OpenOptions): Promise<OpenRepository>
  /** Unlocks the repository of a destination with its passphrase, the words of a kit or, once, the code of an invite, and keeps its keys. */
  adopt(destinationId: string, secret: Secret, signal?: AbortSignal): Promise<OpenRepository>
  /** This computer in a repository, by default its own, which is made with its keys when there is none yet. Asks no destination. */
  identity(repositoryId?: string): Promise<Identity>
  /** What is remembered of a destination's history is forgotten, so that an older one is accepted. */
  acceptHistory(destinationId: string): Promise<void>
  close(): Promise<void>
}

/** How a repository is opened. */
export interface OpenOptions {
  /** Makes it where there is none. */
  readonly create?: boolean
  /** The repository it has to be (32 hex digits). */
  readonly repositoryId?: string
  /** Puts back what opening needs, where it is damaged or missing and known here: `repo.json` and single records. Called with the key of each. */
  readonly onMended?: (key: string) => void
  readonly signal?: AbortSignal
}

const LARGEST_SMALL_BYTES = 1024 * 1024

/** Where what is known of a repository in a destination is kept. */
export function repositoryCache(workspace: Workspace, repositoryId: string, destinationId: string): string {
  return join(workspace.paths.home, 'cache', 'repositories', repositoryId, destinationId)
}

/** The repositories of a home folder. `passphrase`: opens and makes repositories where no other was kept. */
export function createRepositories(
  workspace: Workspace,
  places: Places,
  passphrase?: () => Promise<Secret | undefined>,
): Repositories {
  const { env, configuration } = workspace
  const log = env.log.area('repository')
  const opened = new Map<string, Promise<OpenRepository>>()
  const memories = new Map<string, Promise<RememberedHeads>>()

  function memoryOf(repositoryId: string): Promise<RememberedHeads> {
    const path = join(workspace.paths.home, 'state', 'repositories', `${repositoryId}.json`)
    const known = memories.get(repositoryId) ?? openRememberedHeads(env.files, path, log)
    memories.set(repositoryId, known)
    return known
  }

  /** The identity of this computer in a repository; another one where its key is gone. */
  async function deviceOf(known: KnownRepository): Promise<DeviceIdentity> {
    const device = await loadDevice(env.secrets, { id: known.deviceId, name: known.deviceName })
    if (device) return device
    const fresh = await createDevice(env.secrets, env.random, known.deviceName)
    log.warn('the key of this computer is gone; it goes on as a new one', { repository: known.id })
    await keep({ ...known, deviceId: fresh.id })
    return fresh
  }

  async function keep(repository: KnownRepository): Promise<void> {
    await configuration.update((current) => ({
      ...current,
      repositories: current.repositories.some(({ id }) => id === repository.id)
        ? current.repositories.map((each) => (each.id === repository.id ? repository : each))
        : [...current.repositories, repository],
    }))
  }

  async function noteRepositoryOf(destination: Destination, repositoryId: string): Promise<void> {
    if (destination.repositoryId === repositoryId) return
    await configuration.update((current) => ({
      ...current,
      destinations: current.destinations.map((each) =>
        each.id === destination.id ? { ...each, repositoryId } : each,
      ),
    }))
  }

  /** The description of a new repository is made from what is kept of it, so that every destination gets the same bytes. */
  async function makeOwn(): Promise<KnownRepository> {
    const lock = await workspace.lock('repository', 'making the repository')
    try {
      const [existing] = (await configuration.read()).repositories
      if (existing) return existing
      const { id, created } = createRepoDescription(env.random, env.clock.now())
      const secret = (await passphrase?.()) ?? generatePassphrase(env.random)
      await savePassphrase(env.secrets, id, secret)
      await saveMaster(env.secrets, id, createMasterKeys(env.random))
      const device = await createDevice(env.secrets, env.random, deviceName(hostname(), 'computer'))
      const known = { id, createdAt: created, deviceId: device.id, deviceName: device.name }
      await keep(known)
      log.info('repository made', { repository: id })
      return known
    } finally {
      await lock.release()
    }
  }

  async function own(): Promise<KnownRepository> {
    return (await configuration.read()).repositories[0] ?? makeOwn()
  }

  async function identity(repositoryId?: string): Promise<Identity> {
    const { repositories } = await configuration.read()
    const repository =
      repositoryId === undefined ? await own() : repositories.find(({ id }) => id === repositoryId)
    const master = repository && (await loadMaster(env.secrets, repository.id))
    if (!repository || !master) throw new EverstowError('key-missing', { data: { repository: repositoryId } })
    const keys = createRepoKeys(Buffer.from(repository.id, 'hex'), master)
    return { repository, keys, master, device: await deviceOf(repository) }
  }

  async function openAt(destinationId: string, options: OpenOptions): Promise<OpenRepository> {
    const { signal } = options
    const destination = await places.find(destinationId)
    const store = await places.open(destinationId)
    if (options.onMended) await mend(destination, store, options)
    let bytes = await readSmallObject(store, REPO_JSON_KEY, LARGEST_SMALL_BYTES, signal)
    if (!bytes && options.create) {
      await create(destination, store, options.repositoryId, signal)
      bytes = await readSmallObject(store, REPO_JSON_KEY, LARGEST_SMALL_BYTES, signal)
    }
    if (!bytes) throw new EverstowError('repository-missing', { data: { place: destination.name } })
    const description = parseRepoJson(bytes)
    if (options.repositoryId !== undefined && description.id !== options.repositoryId)
      throw new EverstowError('repository-differs', { data: { place: destination.name } })
    const known = (await configuration.read()).repositories.find(({ id }) => id === description.id)
    const master = known && (await loadMaster(env.secrets, description.id))
    if (!known || !master) return unlockUnattended(destinationId, destination, signal)
    return openWith(destination, store, bytes, known, master, options, signal)
  }

  /** A `repo.json` that is damaged or missing is written again from what is kept of the repository. */
  async function mend(
    destination: Destination,
    store: ObjectStore,
    { onMended, signal }: OpenOptions,
  ): Promise<void> {
    const known = (await configuration.read()).repositories.find(({ id }) => id === destination.repositoryId)
    const master = onMended && known && (await loadMaster(env.secrets, known.id))
    if (!master) return
    const keys = createRepoKeys(Buffer.from(known.id, 'hex'), master)
    if (!(await mendDescription(store, keys, describe(known), signal))) return
    log.info('description of the repository put back', { place: destination.name })
    onMended(REPO_JSON_KEY)
  }

  function describe({ id, createdAt }: KnownRepository): RepoDescription {
    return { ...createRepoDescription(env.random, 0), id, created: createdAt }
  }

  /** With a passphrase in the environment there is nobody to ask: it opens what it can open. */
  async function unlockUnattended(
    destinationId: string,
    destination: Destination,
    signal: AbortSignal | undefined,
  ): Promise<OpenRepository> {
    const given = await passphrase?.()
    if (!given) throw new EverstowError('key-missing', { data: { place: destination.name } })
    return adopt(destinationId, given, signal)
  }

  async function openWith(
    destination: Destination,
    store: ObjectStore,
    repoJson: Uint8Array,
    known: KnownRepository,
    master: MasterKeys,
    { acceptHistory = false, onMended }: OpenOptions & { readonly acceptHistory?: boolean },
    signal: AbortSignal | undefined,
  ): Promise<OpenRepository> {
    const description = parseRepoJson(repoJson)
    const keys = createRepoKeys(Buffer.from(description.id, 'hex'), master)
    const device = await deviceOf(known)
    const cacheFolder = repositoryCache(workspace, description.id, destination.id)
    const commitLog = await openLog(store, {
      keys,
      device,
      place: { id: destination.id, name: destination.name },
      repoJson,
      cache: { files: env.files, folder: cacheFolder },
      remembered: await memoryOf(description.id),
      clock: env.clock,
      random: env.random,
      log,
      homeOf: (destId) => storeOfDestination(description.id, destId),
      ...(acceptHistory ? { acceptHistory } : {}),
      ...(onMended ? { onMended: (pos) => onMended(logKey(pos)) } : {}),
      ...(signal ? { signal } : {}),
    })
    await noteRepositoryOf(destination, description.id)
    return { destination, store, description, keys, device, log: commitLog, cacheFolder }
  }

  /** The store that holds the log of another destination, found by the destination's own id in the repository. */
  async function storeOfDestination(repositoryId: string, destId: string): Promise<ObjectStore | undefined> {
    const memory = await memoryOf(repositoryId)
    const { destinations } = await configuration.read()
    const home = destinations.find(({ id }) => memory.destinationAt(id) === destId)
    return home && places.open(home.id)
  }

  /** Lays a repository into a destination: this computer's own or the wanted one, under the slots it already has elsewhere. */
  async function create(
    destination: Destination,
    store: ObjectStore,
    repositoryId: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { repository: known, master, keys, device } = await identity(repositoryId)
    const description = describe(known)
    await createRepositoryAt(store, {
      keys,
      description,
      device,
      slots: await slotsFor(destination, known, master, signal),
      placeName: destination.name,
      where: await logChoice(destination, known.id),
      random: env.random,
      clock: env.clock,
      log,
      ...(signal ? { signal } : {}),
    })
    log.info('repository laid out', { place: destination.name, repository: known.id })
  }

  /** Where the log of a new destination lies: there, unless its store cannot promise one winner; then in another destination, else with one owner. */
  async function logChoice(destination: Destination, repositoryId: string): Promise<LogChoice> {
    const health = allHealth(workspace.database)
    const isConditional = (id: string) =>
      health.find((row) => row.destinationId === id)?.capabilities?.conditionalWrites !== false
    if (isConditional(destination.id)) return { kind: 'here' }
    const memory = await memoryOf(repositoryId)
    const { destinations } = await configuration.read()
    for (const other of destinations) {
      const destId = memory.destinationAt(other.id)
      if (other.id !== destination.id && destId !== undefined && isConditional(other.id))
        return { kind: 'home', store: await places.open(other.id), destId }
    }
    return { kind: 'owned' }
  }

  /** The slots of another destination of the same repository, else one new slot for the kept passphrase. */
  async function slotsFor(
    destination: Destination,
    known: KnownRepository,
    master: MasterKeys,
    signal: AbortSignal | undefined,
  ): Promise<StoredSlot[]> {
    const { destinations } = await configuration.read()
    for (const other of destinations) {
      if (other.id === destination.id || other.repositoryId !== known.id) continue
      try {
        const slots = await readSlots(await places.open(other.id), signal)
        if (slots.length > 0) return slots
      } catch (error) {
        log.debug('slots not had from this place', { place: other.name, error })
      }
    }
    const secret = await loadPassphrase(env.secrets, known.id)
    if (!secret) throw new EverstowError('key-missing', { data: { place: destination.name } })
    const repoId = Buffer.from(known.id, 'hex')
    const slot = { repoId, kind: 'password', label: known.deviceName, secret, master } as const
    return [await createSlot({ ...slot, random: env.random, now: env.clock.now() })]
  }

  async function adopt(destinationId: string, secret: Secret, signal?: AbortSignal): Promise<OpenRepository> {
    const destination = await places.find(destinationId)
    const store = await places.open(destinationId)
    const bytes = await readSmallObject(store, REPO_JSON_KEY, LARGEST_SMALL_BYTES, signal)
    if (!bytes) throw new EverstowError('repository-missing', { data: { place: destination.name } })
    const description = parseRepoJson(bytes)
    const unlocked = await unlock(store, Buffer.from(description.id, 'hex'), secret, env, signal)
    const master = await saveMaster(env.secrets, description.id, unlocked.master)
    if (unlocked.kind === 'password') await savePassphrase(env.secrets, description.id, secret)
    let known = (await configuration.read()).repositories.find(({ id }) => id === description.id)
    if (!known) {
      const device = await createDevice(env.secrets, env.random, deviceName(hostname(), 'computer'))
      known = {
        id: description.id,
        createdAt: description.created,
        deviceId: device.id,
        deviceName: device.name,
      }
      await keep(known)
    }
    opened.delete(destinationId)
    const repository = await openWith(destination, store, bytes, known, master, {}, signal)
    opened.set(destinationId, Promise.resolve(repository))
    return repository
  }

  return {
    identity,
    adopt,

    async open(destinationId, options = {}) {
      const known = opened.get(destinationId)
      if (known) return wanted(await known, options.repositoryId)
      const opening = openAt(destinationId, options)
      opened.set(destinationId, opening)
      // What failed is tried anew by the next who asks.
      opening.catch(() => opened.delete(destinationId))
      return opening
    },

    async acceptHistory(destinationId) {
      opened.delete(destinationId)
      const destination = await places.find(destinationId)
      const store = await places.open(destinationId)
      const bytes = await readSmallObject(store, REPO_JSON_KEY, LARGEST_SMALL_BYTES)
      if (!bytes) throw new EverstowError('repository-missing', { data: { place: destination.name } })
      const description = parseRepoJson(bytes)
      const known = (await configuration.read()).repositories.find(({ id }) => id === description.id)
      const master = known && (await loadMaster(env.secrets, description.id))
      if (!known || !master) throw new EverstowError('key-missing', { data: { place: destination.name } })
      await openWith(destination, store, bytes, known, master, { acceptHistory: true }, undefined)
    },

    async close() {
      opened.clear()
    },
  }

  function wanted(repository: OpenRepository, repositoryId: string | undefined): OpenRepository {
    if (repositoryId === undefined || repository.description.id === repositoryId) return repository
    throw new EverstowError('repository-differs', { data: { place: repository.destination.name } })
  }
}
