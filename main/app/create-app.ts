import { userInfo } from 'node:os'
import type { CallOutput, Settings } from '../contract/index.ts'
import {
  type Actor,
  createEngine,
  createNodeEnv,
  type LogLevels,
  lookAround,
  type ProxyOf,
  randomHex,
  type Secret,
} from '../engine/engine.ts'
import { createAlertKeeper } from './alerts/alert-keeper.ts'
import { apiState } from './api/api-state.ts'
import { keepApi } from './api/keep-api.ts'
import type { AppContext, HostCapabilities } from './app-context.ts'
import { createTrail } from './audit/trail.ts'
import { type Automation, startAutomation } from './automation/automation.ts'
import { holdBackPolicy } from './automation/hold-back.ts'
import { gateOf } from './data-access/gate-of.ts'
import { apiKeyHandlers } from './handlers/api-keys.ts'
import { auditHandlers } from './handlers/audit.ts'
import { backupHandlers } from './handlers/backups.ts'
import { dataHandlers } from './handlers/data.ts'
import { databaseHandlers } from './handlers/databases.ts'
import { guardHandlers } from './handlers/guard.ts'
import { healthHandlers } from './handlers/health.ts'
import { inviteHandlers } from './handlers/invites.ts'
import { mirrorHandlers } from './handlers/mirror.ts'
import { outboxHandlers } from './handlers/outbox.ts'
import { overviewHandlers } from './handlers/overview.ts'
import { placeHandlers } from './handlers/places.ts'
import { planHandlers } from './handlers/plans.ts'
import { postgresHandlers } from './handlers/postgres.ts'
import { repositoryHandlers } from './handlers/repositories.ts'
import { restoreHandlers } from './handlers/restore.ts'
import { snapshotHandlers } from './handlers/snapshots.ts'
import { sourceHandlers } from './handlers/sources.ts'
import { storageHandlers } from './handlers/storage.ts'
import { syncHandlers } from './handlers/sync.ts'
import { unprotectedHandlers } from './handlers/unprotected.ts'
import { updateHandlers } from './handlers/updates.ts'
import { noticeOf } from './notices.ts'
import { type ContractServer, createContractServer } from './server/contract-server.ts'
import { settingsOf } from './settings.ts'
import { createRuns } from './state/runs.ts'
import { createStateHub } from './state/state-hub.ts'
import { createUpdateKeeper } from './updates.ts'
import { mirrorView } from './views/mirror-view.ts'
import { placeViews } from './views/place-view.ts'
import { planViews } from './views/plan-view.ts'
import { statisticsView } from './views/statistics-view.ts'
import { statusView } from './views/status-view.ts'
import { syncedFolderView } from './views/sync-view.ts'
import { backupView } from './wire/backup-view.ts'

/** How an application is started. */
export interface AppOptions {
  readonly home: string
  readonly host: CallOutput<'app.info'>['host']
  readonly hostCan: HostCapabilities
  readonly version: string
  /** The words that start the command line from another program; its name where the host does not know better. */
  readonly program?: readonly string[]
  readonly platform: string
  readonly locale: string
  readonly userHome: string
  /** Seals the file of secrets where there is no keychain. */
  readonly passphrase?: Secret | (() => Promise<Secret | undefined>)
  readonly keychain?: 'auto' | 'off'
  /** For hosts that know more of power and network than the engine finds out. */
  readonly lookAround?: AppContext['lookAround']
  /** For hosts that know the proxies of the system. */
  readonly proxyOf?: ProxyOf
  readonly logLevels?: LogLevels
  readonly logDestination?: string
  /** What the audit log calls this host, where it is not what its kind says. */
  readonly auditHost?: string
  /** Start due plans and pushes, and keep clients' state current. Hosts that stay; not a single command. */
  readonly stays: boolean
  /** False where nobody looks how far work is: what only says that is not found out then. Default true. */
  readonly isWatched?: boolean
}

/** The engine with its policy, ready for clients. */
export interface App {
  readonly server: ContractServer
  readonly context: AppContext
  /** Looks at once for what is due: the computer woke, or power came. */
  lookForDue(): void
  /** Cancels runs, ends timers, closes the engine. A second call waits for the first. */
  stop(): Promise<void>
}

const RECENT = 20
/** What the audit log calls the part of Everstow that something came through. */
const AUDIT_HOST = { electron: 'window', headless: 'window', cli: 'cli', library: 'library' } as const
/** How often a host that stays looks whether another process changed something. */
const LOOK_MS = 1_000

/** Starts the application on a home folder. */
export async function createApp(options: AppOptions): Promise<App> {
  const env = await createNodeEnv({
    home: options.home,
    ...(options.passphrase ? { passphrase: options.passphrase } : {}),
    ...(options.keychain ? { keychain: options.keychain } : {}),
    ...(options.logLevels ? { logLevels: options.logLevels } : {}),
    ...(options.proxyOf ? { proxyOf: options.proxyOf } : {}),
    ...(options.logDestination ? { logDestination: options.logDestination } : {}),
    standsBack: options.stays,
  })
  const log = env.log.area('app')
  const { passphrase, lookAround: look = lookAround } = options
  const engine = await createEngine(env, {
    home: options.home,
    holdBack: holdBackPolicy(look, env.clock),
    ...(passphrase
      ? { passphrase: async () => (typeof passphrase === 'function' ? passphrase() : passphrase) }
      : {}),
  })
  /** Where secrets lie is known only once they are opened; that may ask a keychain, so it happens when somebody wants to know. */
  const openSecrets = async (): Promise<void> => {
    try {
      await env.openSecrets()
    } catch (error) {
      log.warn('secrets cannot be opened now', { error })
    }
  }
  const hub = createStateHub(randomHex(env.random, 8))
  let refreshing: Promise<void> | undefined
  let again = false
  const trail = createTrail(engine.audit, {
    actor: person(),
    host: options.auditHost ?? AUDIT_HOST[options.host],
  })
  const context: AppContext = {
    engine,
    trail,
    runs: createRuns(
      env,
      (runs) => {
        hub.set('runs', Object.fromEntries(runs.map((run) => [run.id, run])))
        if (options.stays) changed()
      },
      async (run) => {
        await trail.runEnded(run)
        const notice = noticeOf(run)
        if (notice) context.emit('notice', notice)
        changed()
      },
    ),
    host: options.host,
    stays: options.stays,
    isWatched: options.isWatched ?? true,
    hostCan: options.hostCan,
    version: options.version,
    program: options.program ?? ['everstow'],
    platform: options.platform,
    locale: options.locale,
    userHome: options.userHome,
    changed,
    openSecrets,
    emit: (name, data) => server.emit(name, data),
    settings: async (): Promise<Settings> => settingsOf(await engine.configuration.read()),
    lookAround: look,
  }

  const updates = createUpdateKeeper({
    host: options.stays ? options.hostCan.updates : undefined,
    clock: env.clock,
    log,
    facts: engine.facts,
    isOffline: () => engine.outbox.isOffline(),
    emit: context.emit,
    changed,
  })

  /** One refresh at a time; what changes meanwhile is seen by one more. */
  function changed(): void {
    if (!options.stays) return
    again = true
    refreshing ??= (async () => {
      while (again) {
        again = false
        try {
          await refresh()
        } catch (error) {
          log.error('state could not be made current', { error })
        }
      }
      refreshing = undefined
    })()
  }

  async function refresh(): Promise<void> {
    const configuration = await engine.configuration.read()
    const places = await placeViews(engine, configuration)
    const { backups, total } = engine.backups.list({ limit: RECENT, offset: 0 })
    const settings = settingsOf(configuration)
    keeper?.follow(settings)
    updates.follow(settings)
    const api = await apiState(engine, settings)
    hub.set('settings', { current: settings })
    hub.set('update', { current: updates.state() })
    hub.set('api', { current: api })
    hub.set('places', Object.fromEntries(places.map((place) => [place.id, place])))
    hub.set('plans', Object.fromEntries(planViews(engine, configuration).map((plan) => [plan.id, plan])))
    const { syncedFolders } = configuration
    hub.set(
      'syncs',
      Object.fromEntries(
        syncedFolders.map((each) => [each.id, syncedFolderView(engine, configuration, each)]),
      ),
    )
    const mirrors = configuration.mirrors.map((each) =>
      mirrorView(engine, configuration, context.runs.list(), each),
    )
    hub.set('mirrors', Object.fromEntries(mirrors.map((mirror) => [mirror.id, mirror])))
    hub.set('recent', { backups: backups.map((row) => backupView(engine, configuration, row)), total })
    hub.set('stats', { current: statisticsView(engine, configuration) })
    hub.set('status', { current: statusView(engine, configuration, places, context.runs.list(), api) })
  }

  const server = createContractServer(
    {
      ...placeHandlers(context),
      ...planHandlers(context),
      ...backupHandlers(context),
      ...restoreHandlers(context),
      ...postgresHandlers(context),
      ...repositoryHandlers(context),
      ...outboxHandlers(context),
      ...snapshotHandlers(context),
      ...sourceHandlers(context),
      ...overviewHandlers(context),
      ...databaseHandlers(context),
      ...dataHandlers(context),
      ...healthHandlers(context),
      ...storageHandlers(context),
      ...unprotectedHandlers(context),
      ...guardHandlers(context),
      ...auditHandlers(context),
      ...apiKeyHandlers(context),
      ...syncHandlers(context),
      ...inviteHandlers(context),
      ...mirrorHandlers(context),
      ...updateHandlers(updates),
    },
    hub,
    log,
    trail,
    (client) => gateOf(context, client),
  )

  const { serveApi } = options.hostCan
  const keeper = options.stays && serveApi ? keepApi({ server, context }, serveApi) : undefined

  if (engine.catalogueIsFresh && (await engine.configuration.read()).destinations.length > 0) {
    // The catalogue is gone but places are known: what lies there is entered again before anyone asks.
    log.warn('catalogue is new; reading the places')
    await trail.bySystem('catalogue.rebuild', () => engine.rebuild(new AbortController().signal))
  }

  let automation: Automation | undefined
  let stopWatching: (() => void) | undefined
  const alerts = createAlertKeeper(context)
  if (options.stays) {
    hub.set('runs', {})
    await openSecrets()
    await refresh()
    stopWatching = watchOthers(context)
    automation = startAutomation(context, alerts.look)
  }

  let stopped: Promise<void> | undefined
  async function stop(): Promise<void> {
    stopWatching?.()
    updates.stop()
    await keeper?.stop()
    await automation?.stop()
    await context.runs.stop()
    await alerts.stop()
    await refreshing
    await engine.close()
  }

  return {
    server,
    context,
    lookForDue: () => automation?.look(),
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}

/** Whose process this is. A system may have no name for its user. */
function person(): Actor {
  try {
    return { kind: 'person', name: userInfo().username }
  } catch {
    return { kind: 'person', name: '' }
  }
}

/** Other processes (the command line beside the window) change the same catalogue and settings. */
function watchOthers({ engine, changed }: AppContext): () => void {
  let version = engine.dataVersion()
  let settings = ''
  let looking = false
  return engine.env.clock.every(LOOK_MS, () => {
    if (looking) return
    looking = true
    void engine.configuration
      .read()
      .then((configuration) => {
        const now = JSON.stringify(configuration)
        const dataVersion = engine.dataVersion()
        if (dataVersion !== version || now !== settings) changed()
        version = dataVersion
        settings = now
      })
      .catch((error: unknown) => engine.env.log.area('app').warn('settings could not be read', { error }))
      .finally(() => {
        looking = false
      })
  })
}
