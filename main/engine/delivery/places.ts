import { addRequests, allHealth, setHealth } from '../catalogue/journal.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { Secret } from '../env/secrets.ts'
import { type Destination, SECRET_NAMES, type SecretName } from '../model/destination.ts'
import { EverstowError } from '../model/errors.ts'
import { storedErrorOf } from '../model/stored-error.ts'
import type { Credentials } from '../storage/credentials.ts'
import type { Capabilities, ObjectStore } from '../storage/object-store.ts'
import { type OpenedDestination, openDestination } from '../storage/open-store.ts'
import { followWeek } from './follow-week.ts'
import { type HoldBack, withWeek } from './hold-back.ts'

/** The destinations of this computer, opened when first needed and kept open. */
export interface Places {
  /** The store of a destination, by id. Throws `unknown-place` and whatever opening throws. */
  open(destinationId: string): Promise<ObjectStore>
  find(destinationId: string): Promise<Destination>
  /** Names of the secrets that are kept for a destination. */
  secretNames(destinationId: string): Promise<SecretName[]>
  saveSecrets(destinationId: string, secrets: Partial<Record<SecretName, string>>): Promise<void>
  dropSecrets(destinationId: string): Promise<void>
  /** Tries a destination for real and writes its health down. `trial`: one that is not kept yet. */
  probe(destination: Destination, options?: ProbeOptions): Promise<Capabilities>
  /** What keeps copies from being sent to a destination now. */
  readonly heldBack: HoldBack
  /** Writes down how a destination answered. */
  noteHealth(destinationId: string, error: unknown): void
  /** Adds the requests made since the last call to the month's account. */
  settleRequests(): void
  close(): Promise<void>
}

/** How `probe` tries a destination. */
export interface ProbeOptions {
  /** Secrets just typed instead of the kept ones; also says that nothing is written down. */
  readonly trial?: Partial<Record<SecretName, string>>
  readonly signal?: AbortSignal
}

interface Opened extends OpenedDestination {
  /** The settings it was opened with; a change opens it anew. */
  readonly fingerprint: string
  settled: Record<string, { requests: number; bytes: number }>
  readonly endWeek: () => void
}

/** Opens the book of destinations. */
export function createPlaces(workspace: Workspace, holdBack?: HoldBack): Places {
  const { env, configuration, database } = workspace
  const opened = new Map<string, Opened>()
  const storageEnv = { ...env, log: env.log.area('storage') }

  async function find(destinationId: string): Promise<Destination> {
    const { destinations } = await configuration.read()
    const destination = destinations.find(({ id }) => id === destinationId)
    if (!destination) throw new EverstowError('unknown-place', { data: { name: destinationId } })
    return destination
  }

  async function credentialsOf(destinationId: string): Promise<Credentials> {
    const kept = await env.secrets.get(secretKey(destinationId))
    if (!kept) return {}
    const values = JSON.parse(kept.reveal()) as Partial<Record<SecretName, string>>
    return toCredentials(values)
  }

  async function open(destinationId: string): Promise<ObjectStore> {
    const destination = await find(destinationId)
    // Which repository lies there changes nothing about how to reach it.
    const fingerprint = JSON.stringify({ ...destination, repositoryId: undefined })
    const known = opened.get(destinationId)
    if (known?.fingerprint === fingerprint) return known.store
    if (known) await close(destinationId, known)
    const fresh = await openDestination(destination, await credentialsOf(destinationId), storageEnv)
    const endWeek = followWeek(destination, fresh.limits, env.clock)
    opened.set(destinationId, { ...fresh, fingerprint, settled: {}, endWeek })
    return fresh.store
  }

  async function close(destinationId: string, known: Opened): Promise<void> {
    settle(destinationId, known)
    known.endWeek()
    opened.delete(destinationId)
    await known.store.close()
  }

  function settle(destinationId: string, known: Opened): void {
    const month = new Date(env.clock.now()).toISOString().slice(0, 7)
    try {
      for (const [kind, { requests, bytes }] of Object.entries(known.meter.snapshot())) {
        const before = known.settled[kind] ?? { requests: 0, bytes: 0 }
        if (requests > before.requests || bytes > before.bytes)
          addRequests(database, destinationId, month, kind, requests - before.requests, bytes - before.bytes)
        known.settled[kind] = { requests, bytes }
      }
    } catch (error) {
      // An account of requests must not undo what was done with them; a full disk is told by whatever else is written.
      storageEnv.log.warn('requests were not counted', { destination: destinationId, error })
    }
  }

  function noteHealth(destinationId: string, error: unknown, capabilities?: Capabilities): void {
    const stored = error === undefined ? undefined : storedErrorOf(error)
    if (stored?.code === 'cancelled') return
    setHealth(database, {
      destinationId,
      state: stored === undefined ? 'ok' : stored.retry === 'never' ? 'failed' : 'waiting',
      checkedMs: env.clock.now(),
      error: stored,
      capabilities,
    })
  }

  return {
    open,
    find,
    heldBack: withWeek(env.clock, holdBack),
    noteHealth,

    async secretNames(destinationId) {
      const credentials = await credentialsOf(destinationId)
      return SECRET_NAMES.filter((name) => credentials[name] !== undefined)
    },

    async saveSecrets(destinationId, secrets) {
      const kept = await env.secrets.get(secretKey(destinationId))
      const values = { ...(kept ? (JSON.parse(kept.reveal()) as object) : {}), ...withoutEmpty(secrets) }
      if (Object.keys(values).length === 0) return
      await env.secrets.set(secretKey(destinationId), new Secret(JSON.stringify(values)))
      const known = opened.get(destinationId)
      if (known) await close(destinationId, known)
    },

    async dropSecrets(destinationId) {
      const known = opened.get(destinationId)
      if (known) await close(destinationId, known)
      await env.secrets.delete(secretKey(destinationId))
    },

    async probe(destination, { trial, signal } = {}) {
      const credentials = trial
        ? { ...(await credentialsOf(destination.id)), ...toCredentials(withoutEmpty(trial)) }
        : await credentialsOf(destination.id)
      // A folder is made only for a place that never worked: where a drive was unplugged, an empty folder must not pass for it.
      const create = !allHealth(database).some(
        (row) => row.destinationId === destination.id && row.capabilities !== undefined,
      )
      const { store } = await openDestination(destination, credentials, storageEnv, { create })
      try {
        const capabilities = await store.probe(signal)
        if (!trial) noteHealth(destination.id, undefined, capabilities)
        return capabilities
      } catch (error) {
        if (!trial) noteHealth(destination.id, error)
        throw error
      } finally {
        await store.close()
      }
    },

    settleRequests() {
      for (const [destinationId, known] of opened) settle(destinationId, known)
    },

    async close() {
      for (const [destinationId, known] of [...opened]) await close(destinationId, known)
    },
  }
}

const secretKey = (destinationId: string) => `destination/${destinationId}`

function withoutEmpty(secrets: Partial<Record<SecretName, string>>): Partial<Record<SecretName, string>> {
  return Object.fromEntries(
    Object.entries(secrets).filter(([, value]) => value !== undefined && value !== ''),
  )
}

function toCredentials(values: Partial<Record<SecretName, string>>): Credentials {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value)]))
}
