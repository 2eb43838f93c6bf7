import type { Workspace } from '../../catalogue/workspace.ts'
import type { Secret } from '../../env/secrets.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { slotKey } from '../../repository/format/keys-of-objects.ts'
import { loadPassphrase, rotate, saveMaster } from '../../repository/keys/key-ring.ts'
import { createRecoveryWords } from '../../repository/keys/recovery-kit.ts'
import { rewriteSlots } from '../../repository/keys/rewrite-slots.ts'
import { createSlot, describeKeptSlot, type StoredSlot } from '../../repository/keys/slots.ts'
import { tryUnlock } from '../../repository/keys/try-unlock.ts'
import { bodyOfBytes } from '../../storage/body.ts'
import type { Places } from '../places.ts'
import type { Identity } from './identity.ts'
import { listInvites, makeInvite, type NewInvite, type OpenInvite, revokeInvites } from './invites.ts'
import { readSlots } from './read-slots.ts'
import type { OpenRepository, Repositories } from './repositories.ts'

/** A recovery slot just made, and the words that open it. */
export interface NewKit {
  readonly slotId: string
  readonly repositoryId: string
  readonly words: Secret
}

/** A slot that a rotation could not take along: its secret is not known here. */
export interface Fallen {
  readonly slotId: string
  readonly label: string
}

/** Changes who can open a repository, in every destination that has it. */
export interface SlotEditor {
  /** Makes a recovery slot. Its words are given once and kept nowhere. */
  makeKit(repositoryId?: string): Promise<NewKit>
  /** Whether these words open the repository somewhere; if so that is remembered. Throws `recovery-words-wrong`. */
  confirmKit(words: Secret, repositoryId?: string): Promise<void>
  /** One more password; its slot's id. */
  add(label: string, secret: Secret, repositoryId?: string): Promise<string>
  /** Lets one device in, once, through one destination: the code is given once and kept nowhere. */
  invite(destinationId: string, hours: number, signal: AbortSignal): Promise<NewInvite>
  /** Invites that can still be used; those that are over are deleted. */
  invites(destinationId: string, signal: AbortSignal): Promise<OpenInvite[]>
  /** Takes invites back, one or all; how many. It does not take back what somebody read with one. */
  revokeInvites(destinationId: string, inviteId: string | undefined, signal: AbortSignal): Promise<number>
  /** Takes a slot away; never the last one (`in-use`). It does not take back what somebody read with it. */
  remove(slotId: string, repositoryId?: string): Promise<void>
  /**
   * A new epoch for what is written from now on. Slots whose secret is not known here fall away, and so does every invite; a new kit is made. `renews` notes that everything is to
   * be stored anew, before anything can go wrong that would leave nobody to remember it.
   */
  rotate(
    repositoryId?: string,
    options?: { readonly renews?: boolean },
  ): Promise<{ epoch: number; fallen: readonly Fallen[]; kit: NewKit }>
}

/** Edits the slots of this computer's repositories. Every destination that has the repository must answer: a slot that is only half gone is not gone. */
export function createSlotEditor(
  workspace: Workspace,
  repositories: Repositories,
  places: Places,
): SlotEditor {
  const { env, configuration } = workspace
  const log = env.log.area('repository')

  async function everywhere(identity: Identity): Promise<OpenRepository[]> {
    const { destinations } = await configuration.read()
    const held = destinations.filter(({ repositoryId }) => repositoryId === identity.repository.id)
    if (held.length === 0) throw new EverstowError('repository-missing')
    return Promise.all(held.map(({ id }) => repositories.open(id, { repositoryId: identity.repository.id })))
  }

  async function put(
    opened: readonly OpenRepository[],
    { slotId, bytes }: StoredSlot,
    epoch: number,
  ): Promise<void> {
    for (const { store, log: commitLog } of opened) {
      await store.put(slotKey(slotId), bodyOfBytes(bytes), { purpose: 'meta' })
      const body = { slot: slotId, kind: describeKeptSlot(bytes).kind, epoch }
      await commitLog.append('key+', body, {
        precheck: (state) => (state.slots.has(slotId) ? 'stop' : undefined),
      })
    }
  }

  async function takeAway(opened: readonly OpenRepository[], slotId: string): Promise<void> {
    for (const { store, log: commitLog } of opened) {
      await store.delete(slotKey(slotId))
      await commitLog.append(
        'key-',
        { slot: slotId },
        {
          precheck: (state) => (state.slots.has(slotId) ? undefined : 'stop'),
        },
      )
    }
  }

  async function makeKitOf(identity: Identity, opened: readonly OpenRepository[]): Promise<NewKit> {
    const words = createRecoveryWords(env.random)
    const label = new Date(env.clock.now()).toISOString().slice(0, 10)
    const slot = await slotOf(identity, 'recovery', label, words)
    await put(opened, slot, identity.keys.epoch)
    await noteKit(identity.repository.id, undefined)
    log.info('recovery kit made', { repository: identity.repository.id, slot: slot.slotId })
    return { slotId: slot.slotId, repositoryId: identity.repository.id, words }
  }

  function slotOf(
    { keys, master }: Pick<Identity, 'keys' | 'master'>,
    kind: 'password' | 'recovery',
    label: string,
    secret: Secret,
  ): Promise<StoredSlot> {
    const now = env.clock.now()
    return createSlot({ repoId: keys.repoId, kind, label, secret, master, random: env.random, now })
  }

  async function noteKit(repositoryId: string, confirmedAt: string | undefined): Promise<void> {
    await configuration.update((current) => ({
      ...current,
      repositories: current.repositories.map(({ kitConfirmedAt: _, ...each }) =>
        each.id === repositoryId && confirmedAt !== undefined
          ? { ...each, kitConfirmedAt: confirmedAt }
          : each,
      ),
    }))
  }

  async function noteRenewing(repositoryId: string): Promise<void> {
    await configuration.update((current) => ({
      ...current,
      repositories: current.repositories.map((each) =>
        each.id === repositoryId ? { ...each, isRenewing: true } : each,
      ),
    }))
  }

  return {
    async makeKit(repositoryId) {
      const identity = await repositories.identity(repositoryId)
      return makeKitOf(identity, await everywhere(identity))
    },

    async confirmKit(words, repositoryId) {
      const identity = await repositories.identity(repositoryId)
      let last: EverstowError | undefined
      for (const { store } of await everywhere(identity)) {
        try {
          const recovery = (await readSlots(store)).filter(
            ({ bytes }) => describeKeptSlot(bytes).kind === 'recovery',
          )
          await tryUnlock(recovery, identity.keys.repoId, words)
          await noteKit(identity.repository.id, new Date(env.clock.now()).toISOString())
          return
        } catch (error) {
          last = asEverstowError(error)
        }
      }
      // What is no list of words at all is taken for a passphrase; here only words are meant.
      throw last && last.code !== 'passphrase-wrong' ? last : new EverstowError('recovery-words-wrong')
    },

    async add(label, secret, repositoryId) {
      const identity = await repositories.identity(repositoryId)
      const slot = await slotOf(identity, 'password', label, secret)
      await put(await everywhere(identity), slot, identity.keys.epoch)
      return slot.slotId
    },

    async invite(destinationId, hours, signal) {
      const destination = await places.find(destinationId)
      const { conditionalWrites } = await places.probe(destination, { signal })
      if (!conditionalWrites)
        throw new EverstowError('sync-place-unfit', { data: { name: destination.name } })
      const { store, description } = await repositories.open(destinationId, { create: true, signal })
      const identity = await repositories.identity(description.id)
      const made = await makeInvite(store, identity, env, { hours }, signal)
      log.info('invite made', { place: destination.name, invite: made.inviteId })
      return made
    },

    async invites(destinationId, signal) {
      return listInvites((await repositories.open(destinationId, { signal })).store, env, signal)
    },

    async revokeInvites(destinationId, inviteId, signal) {
      return revokeInvites((await repositories.open(destinationId, { signal })).store, env, inviteId, signal)
    },

    async remove(slotId, repositoryId) {
      const identity = await repositories.identity(repositoryId)
      const opened = await everywhere(identity)
      for (const { log: commitLog } of opened) {
        const { slots } = await commitLog.refresh()
        if (slots.has(slotId) && slots.size < 2) throw new EverstowError('in-use', { data: { name: slotId } })
      }
      if (!opened.some(({ log: commitLog }) => commitLog.state.slots.has(slotId)))
        throw new EverstowError('invalid-input', { data: { field: 'slot', value: slotId } })
      await takeAway(opened, slotId)
    },

    async rotate(repositoryId, { renews = false } = {}) {
      const identity = await repositories.identity(repositoryId)
      const opened = await everywhere(identity)
      const master = rotate(identity.master, env.random)
      const epoch = master.epochs.at(-1)?.epoch ?? 1
      const passphrase = await loadPassphrase(env.secrets, identity.repository.id)
      const [first] = opened
      if (!first) throw new EverstowError('repository-missing')
      const { rewritten, fallen } = await rewriteSlots({
        repoId: identity.keys.repoId,
        slots: await readSlots(first.store),
        secrets: passphrase ? [passphrase] : [],
        master,
        random: env.random,
        now: env.clock.now(),
      })
      // The new keys are safe here and in their slots before anything is sealed with them.
      for (const slot of rewritten) await put(opened, slot, epoch)
      await saveMaster(env.secrets, identity.repository.id, master)
      if (renews) await noteRenewing(identity.repository.id)
      await repositories.close()
      const renewed = await repositories.identity(identity.repository.id)
      const reopened = await everywhere(renewed)
      const kit = await makeKitOf(renewed, reopened)
      for (const { replaces } of rewritten) await takeAway(reopened, replaces)
      for (const { slotId } of fallen) await takeAway(reopened, slotId)
      const { signal } = new AbortController()
      for (const { store } of reopened) await revokeInvites(store, env, undefined, signal)
      log.info('keys rotated', { repository: identity.repository.id, epoch, fallen: fallen.length })
      return { epoch, fallen: fallen.map(({ slotId, label = slotId }) => ({ slotId, label })), kit }
    },
  }
}
