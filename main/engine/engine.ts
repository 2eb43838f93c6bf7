import { hostname } from 'node:os'
import { join } from 'node:path'
import { indexForRestore } from './access/archive/index-for-restore.ts'
import { mendIndex } from './access/archive/mend-index.ts'
import { createArchiveReaders } from './access/archive/readers.ts'
import { openData } from './access/data/open-data.ts'
import { openDiskCache } from './access/data-cache/disk-cache.ts'
import { createSnapshotReaders } from './access/snapshot/readers.ts'
import { openApiKeys } from './api-keys/api-keys.ts'
import { openAuditLog } from './audit/audit-log.ts'
import { addPlan, findPlan, removePlan, updatePlan } from './backup/edit-plans.ts'
import { recoverUnfinished } from './backup/recover.ts'
import { type BackupRequest, type BackupWatch, neverIncluded, runBackup } from './backup/run-backup.ts'
import { removeStaleSessions } from './backup/snapshot/packs/session-start.ts'
import { runSnapshot } from './backup/snapshot/run-snapshot.ts'
import { removeStaleStaging } from './backup/stage-sources.ts'
import { surveyPlans, whereBackupsLie } from './backup/survey-plans.ts'
import { openBooks } from './catalogue/books.ts'
import { createDuties } from './catalogue/duties.ts'
import * as journal from './catalogue/journal.ts'
import { lastProofs } from './catalogue/proofs.ts'
import { sweepHome } from './catalogue/sweep-home.ts'
import { openWorkspace, type Workspace } from './catalogue/workspace.ts'
import { openDatabases } from './databases/open-databases.ts'
import { checkCopy } from './delivery/check-copy.ts'
import { goodCopies } from './delivery/copy-source.ts'
import { deliver } from './delivery/deliver.ts'
import {
  addPlace,
  type DestinationInput,
  destinationOf,
  removePlace,
  type TypedSecrets,
  updatePlace,
} from './delivery/edit-places.ts'
import type { HoldBack } from './delivery/hold-back.ts'
import { clearOutbox, isOffline, readOutbox, removeFromOutbox, setOffline } from './delivery/outbox.ts'
import { createPlaces, type Places } from './delivery/places.ts'
import { isReachable } from './delivery/reachable.ts'
import { sampleStorage } from './delivery/sample-storage.ts'
import { describeRepositories } from './delivery/snapshot/describe-repositories.ts'
import { createSlotEditor } from './delivery/snapshot/edit-slots.ts'
import { createRepositories, type Repositories } from './delivery/snapshot/repositories.ts'
import type { Env } from './env/env.ts'
import type { Secret } from './env/secrets.ts'
import { cleanUp } from './maintenance/cleanup.ts'
import { dropGone } from './maintenance/drop-gone.ts'
import { enterSnapshots } from './maintenance/enter-snapshots.ts'
import { rebuildCatalogue } from './maintenance/rebuild.ts'
import {
  type PreviewOptions,
  type PruneOptions,
  type PruneScope,
  previewPlaces,
  prune,
  undoPrune,
} from './maintenance/snapshot/prune.ts'
import { type RenewPlacesOptions, renewPlaces } from './maintenance/snapshot/renew.ts'
import { openMirrors } from './mirror/mirrors.ts'
import type { BackupRow } from './model/backup.ts'
import { EverstowError } from './model/errors.ts'
import { type Plan, withAgeRule } from './model/plan.ts'
import { isPostgresSource } from './model/postgres-source.ts'
import { openBackups } from './open-backups.ts'
import { lettersOf } from './repository/keys/invite-code.ts'
import { inviteQr } from './repository/keys/invite-qr.ts'
import { type Kit, type KitTexts, renderKitPage } from './repository/keys/kit-page.ts'
import { type BasketOutcome, type BasketRequest, restoreBasket } from './restore/gather/restore-basket.ts'
import { openPostgres } from './restore/postgres/open-postgres.ts'
import { type RestoreOutcome, type RestoreRequest, restoreBackup } from './restore/restore-backup.ts'
import type { RecordOrder } from './restore/restore-options.ts'
import { restoreSnapshotBackup } from './restore/restore-snapshot-backup.ts'
import { recordedRestores, recordPath, undoRestore } from './restore/undo/undo-restore.ts'
import { excludePatternsOf } from './sources/files/exclude-presets.ts'
import { isSourceHere, type SourceWatch, watchSources } from './sources/files/watch-sources.ts'
import { removeStaleTrials } from './sources/postgres/trial-folder.ts'
import { openSyncs } from './sync/run/syncs.ts'
import type { DrillOptions } from './verify/snapshot/drill.ts'
import { drillPlaces } from './verify/snapshot/drill-places.ts'
import { type VerifyRepositoriesOptions, verifyRepositories } from './verify/snapshot/verify-repositories.ts'
import { verifyCopies } from './verify/verify.ts'

export * from './vocabulary.ts'

/** Where the engine lives. */
export interface EngineConfig {
  /** The home folder: settings, catalogue, spool, locks. */
  readonly home: string
  /** Opens and makes repositories where no keys are kept and nobody can be asked. */
  readonly passphrase?: () => Promise<Secret | undefined>
  /** What holds copies for a destination back, besides its hours of the week. */
  readonly holdBack?: HoldBack
}

/** One destination, or all. */
export interface ScopeChoice {
  readonly destinationId?: string
  /** Plans of which nothing goes for now, by id. */
  readonly held?: ReadonlySet<string>
  readonly signal: AbortSignal
}

/**
 * The engine: every verb over one home folder. Several processes may have an engine on the same home; locks that the system gives back
 * keep them apart. Create it with `createEngine`, end it with `close`.
 */
export type Engine = ReturnType<typeof wire>

/** Opens a home folder and clears away what killed runs left. Starts no timer and no network traffic by itself. */
export async function createEngine(env: Env, config: EngineConfig): Promise<Engine> {
  const workspace = await openWorkspace(config.home, env)
  await recoverUnfinished(workspace)
  await removeStaleSessions(workspace)
  await removeStaleStaging(workspace)
  await removeStaleTrials(workspace)
  await sweepHome(workspace)
  const places = createPlaces(workspace, config.holdBack)
  return wire(workspace, places, createRepositories(workspace, places, config.passphrase))
}

function wire(workspace: Workspace, places: Places, repositories: Repositories) {
  const { database, env, configuration } = workspace

  async function enterWhatLiesThere(destinationId: string): Promise<void> {
    try {
      await enterSnapshots(workspace, await repositories.open(destinationId), new AbortController().signal)
    } catch (error) {
      // Nothing lies there, or somebody has to adopt it first: both are fine for a new place.
      env.log.area('engine').debug('no snapshots entered', { destination: destinationId, error })
    }
  }

  const dataCache = openDiskCache({
    env,
    folder: join(workspace.paths.home, 'cache', 'data'),
    alone: async (work) => {
      const held = await workspace.lock('data-cache', 'making the key of the cache')
      return work().finally(() => held.release())
    },
  })
  const readers = createSnapshotReaders(workspace, repositories, dataCache)
  const archives = createArchiveReaders(workspace, places, dataCache)
  const backups = openBackups({ workspace, places, repositories, readers, archives })
  const data = openData({ workspace, readers: { snapshots: readers, archives }, cache: dataCache })
  const syncs = openSyncs({ workspace, places, repositories })
  const audit = openAuditLog(workspace)
  const books = openBooks(database)

  async function scopeOf({ destinationId, held, signal }: ScopeChoice): Promise<PruneScope> {
    const { destinations, plans } = await configuration.read()
    if (destinationId !== undefined) await places.find(destinationId)
    return {
      destinations: destinations.filter(
        ({ id, repositoryId }) =>
          repositoryId !== undefined && (destinationId === undefined || id === destinationId),
      ),
      plans: plans.map(withAgeRule),
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      ...(held && { held }),
      signal,
    }
  }

  const restore = (request: RestoreRequest): Promise<RestoreOutcome> =>
    request.backup.format === 'snapshot'
      ? restoreSnapshotBackup({ workspace, places, repositories }, request)
      : restoreBackup({ workspace, places, findIndex: indexForRestore }, request)

  return {
    env,
    configuration,
    /** Who did what, in a form that shows what was done to it since. */
    audit,
    apiKeys: openApiKeys(workspace),
    home: workspace.paths.home,
    /** Folder of the local place made when nothing is configured. */
    herePath: workspace.paths.here,
    catalogueIsFresh: workspace.catalogueIsFresh,

    places: {
      destinationOf,
      /** Keeps a new destination. Snapshots that lie there already are entered, where this computer has their keys. */
      async add(input: DestinationInput, secrets: TypedSecrets, test: boolean) {
        const destination = await addPlace(workspace, places, input, secrets, test)
        if (test) await enterWhatLiesThere(destination.id)
        return destination
      },
      update: updatePlace.bind(undefined, workspace, places),
      remove: removePlace.bind(undefined, workspace, places),
      find: places.find,
      probe: places.probe,
      secretNames: places.secretNames,
      url: async (id: string) => (await places.open(id)).url('').replace(/\/$/, ''),
      /** Whether a destination could be reached now; undefined where nobody can tell. */
      isReachable: isReachable.bind(undefined, env),
      heldBack: places.heldBack,
      health: () => journal.allHealth(database),
      requestsIn: (month: string) => journal.requestsIn(database, month),
    },

    repositories: {
      describe: (signal: AbortSignal) => describeRepositories(workspace, repositories, signal),
      /** Throws `invite-wrong` where a text cannot be the code of an invite. Asks nobody. */
      checkInviteCode: (code: Secret) => void lettersOf(code),
      /** Unlocks what lies at a destination, keeps its keys, and enters its snapshots. */
      async adopt(destinationId: string, secret: Secret, signal: AbortSignal) {
        const opened = await repositories.adopt(destinationId, secret, signal)
        const { snapshots } = await enterSnapshots(workspace, opened, signal)
        return { repositoryId: opened.description.id, snapshots }
      },
      acceptHistory: (destinationId: string) => repositories.acceptHistory(destinationId),
      /** This computer becomes the only writer of a destination that can have just one. */
      async takeOver(destinationId: string, signal: AbortSignal) {
        const { log, device } = await repositories.open(destinationId, { signal })
        await log.append('owner', { device: device.id }, { signal })
      },
      slots: createSlotEditor(workspace, repositories, places),
      /** Stores everything anew with the newest keys, wherever the repository lies. */
      async renew(options: Omit<RenewPlacesOptions, 'destinations'>) {
        const { destinations } = await configuration.read()
        const held = destinations.filter(({ repositoryId }) => repositoryId === options.repositoryId)
        if (held.length === 0) throw new EverstowError('repository-missing')
        return renewPlaces(workspace, repositories, { ...options, destinations: held })
      },
      /** The code of an invite as a picture for the other device. */
      inviteQr,
      kitPage: (kit: Kit, texts: KitTexts) => renderKitPage(kit, texts),
    },

    plans: {
      add: addPlan.bind(undefined, workspace),
      update: updatePlan.bind(undefined, workspace),
      remove: removePlan.bind(undefined, workspace),
      find: findPlan.bind(undefined, workspace),
    },

    sources: {
      isHere: isSourceHere.bind(undefined, env.files),
      survey: surveyPlans.bind(undefined, workspace),
      whereBackupsLie: whereBackupsLie.bind(undefined, workspace),
      /** Calls `changed` when something changed that goes into a backup of a plan. Throws `WatchRefused`. */
      async watch(plan: Plan, changed: () => void): Promise<SourceWatch> {
        const { destinations } = await configuration.read()
        const own = destinations.filter(({ id }) => plan.destinationIds.includes(id))
        const watched = {
          // Nothing tells of changes to a database.
          sources: plan.sources.filter((source) => !isPostgresSource(source)),
          exclude: [...plan.exclude, ...excludePatternsOf(plan.excludePresets)],
          neverInclude: await neverIncluded(workspace, own),
        }
        return watchSources(env, watched, changed)
      },
    },

    backups,
    /** What is in backups, parsed. */
    data,

    /**
     * Makes a backup. An archive lies in the spool then and `deliver` brings it to its places; a snapshot is brought there while it is made, if so wished,
     * and `deliver` brings what is left.
     */
    backUp(request: Omit<BackupRequest, 'hostname'>, watch: BackupWatch): Promise<BackupRow> {
      const full = { ...request, hostname: hostname() }
      return request.format === 'snapshot'
        ? runSnapshot({ workspace, places, repositories }, full, watch)
        : runBackup(workspace, full, watch)
    },
    deliver: deliver.bind(undefined, workspace, places, repositories),

    outbox: {
      read: () => readOutbox(workspace),
      remove: removeFromOutbox.bind(undefined, workspace),
      clear: (evenUnsaved: boolean) => clearOutbox(workspace, evenUnsaved),
      isOffline: () => isOffline(workspace),
      setOffline: (on: boolean) => setOffline(workspace, on),
    },

    /** Reads the local copies of a backup back at once: they are near, and a copy that was read is a copy that is known. */
    async checkLocalCopies(id: string, signal: AbortSignal, onBytes?: (bytes: number) => void) {
      const backup = backups.get(id)
      // Packs were read and compared before they were put; the scrub reads them again.
      if (backup.format === 'snapshot') return
      for (const { copy, destination } of await goodCopies(workspace, backup.id))
        if (destination.type === 'local') await checkCopy(workspace, places, backup, copy, signal, onBytes)
    },

    verify: verifyCopies.bind(undefined, workspace, places, mendIndex),
    /** Checks the repositories of destinations, and mends them if so wished. */
    verifyRepositories: async (options: Omit<VerifyRepositoriesOptions, 'destinations'> & ScopeChoice) =>
      verifyRepositories(workspace, repositories, {
        ...options,
        destinations: (await scopeOf(options)).destinations,
      }),
    /** Restores samples into a scratch folder and compares them. */
    drill: async (options: DrillOptions & ScopeChoice) =>
      drillPlaces(workspace, repositories, {
        ...options,
        destinations: (await scopeOf(options)).destinations,
      }),
    proofs: () => lastProofs(database),
    cleanUp: cleanUp.bind(undefined, workspace, places),
    rebuild: (signal: AbortSignal) => rebuildCatalogue(workspace, places, repositories, signal),
    restore,
    /** Parts of several backups in one go, or all of it as one file. */
    restoreBasket: (request: BasketRequest): Promise<BasketOutcome> =>
      restoreBasket({ ...env, restore }, request),
    /** Where a restore is written down, so that it can be undone. */
    recordOf: (id: string, backupIds: readonly string[]): RecordOrder => ({
      path: recordPath(workspace, id),
      backupIds,
    }),
    /** Restores that were written down, newest first. */
    recordedRestores: () => recordedRestores(workspace),
    undoRestore: undoRestore.bind(undefined, workspace),
    /** PostgreSQL databases: sources of plans, and what they are restored into. */
    postgres: openPostgres({ workspace, restore }),
    /** What a restore would do. */
    preflightRestore: (request: Omit<RestoreRequest, 'dryRun'>) => restore({ ...request, dryRun: true }),

    /** Clusters under continuous protection. */
    databases: openDatabases(
      { workspace, places, repositories },
      { readFile: readers.read, restore, dropGone },
    ),

    /** Which snapshots stay, in the destinations that hold a repository (or in one of them). */
    retention: {
      preview: async (options: Omit<PreviewOptions, keyof PruneScope> & ScopeChoice) =>
        previewPlaces(workspace, repositories, { ...options, ...(await scopeOf(options)) }),
      prune: async (options: Omit<PruneOptions, keyof PruneScope> & ScopeChoice) =>
        prune(workspace, repositories, { ...options, ...(await scopeOf(options)) }),
      /** Takes back what was forgotten and is in its grace. */
      undo: async (options: ScopeChoice) => undoPrune(workspace, repositories, await scopeOf(options)),
    },

    /** Folders that are kept the same on several devices. */
    syncs,
    /** Folders whose files lie in a destination as plain objects. */
    mirrors: openMirrors({ workspace, places }),

    history: books.history,
    /** What verdicts are made of, besides history, copies and proofs. */
    health: {
      ...books.health,
      /** Measures how much lies in destinations, and keeps it as today's sample. */
      sample: (options: { readonly destinationIds: readonly string[]; readonly signal: AbortSignal }) =>
        sampleStorage(workspace, repositories, options),
    },
    /** The book of incidents, and what is on its way to tell of them. */
    alerts: books.alerts,
    facts: books.facts,
    duties: createDuties(workspace),
    /** Grows whenever another process changed the catalogue. */
    dataVersion: () =>
      (database.prepare('PRAGMA data_version').get() as { data_version: number }).data_version,

    async close() {
      await audit.close()
      await syncs.close()
      await data.close()
      readers.close()
      await archives.close()
      await dataCache.close()
      await repositories.close()
      await places.close()
      workspace.close()
    },
  }
}
