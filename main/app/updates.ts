import type { Settings, UpdateState } from '../contract/index.ts'
import type { Clock, Log } from '../engine/engine.ts'
import type { AppContext, HostUpdates } from './app-context.ts'

const HOUR_MS = 3_600_000
/** Newer versions are looked for once a day. */
const CHECK_EVERY_MS = 24 * HOUR_MS
const CHECKED_FACT = 'update-checked'

/** Looks after newer versions of the program, as the settings say. */
export interface UpdateKeeper {
  state(): UpdateState
  /** Looks for a newer version now; answers when that is known. */
  check(): Promise<UpdateState>
  /** Loads the version that was found; one that is loaded is started, and the program ends for it. */
  apply(): Promise<UpdateState>
  /** The settings in force. */
  follow(settings: Settings): void
  stop(): void
}

/**
 * `auto` looks once a day and loads what is newer; it is installed when a person quits. `ask` only says that there is something. `never` waits
 * to be asked. The program never ends for an update unless a person said so.
 */
export function createUpdateKeeper(options: {
  /** Absent: something else updates the program. */
  readonly host: HostUpdates | undefined
  readonly clock: Pick<Clock, 'now' | 'every'>
  readonly log: Pick<Log, 'info' | 'warn'>
  readonly facts: Pick<AppContext['engine']['facts'], 'get' | 'set'>
  readonly isOffline: () => boolean
  readonly emit: AppContext['emit']
  readonly changed: () => void
}): UpdateKeeper {
  const { host, clock, log, facts } = options
  const lastCheckMs = (): number => Number(facts.get(CHECKED_FACT) ?? 0)
  let state: UpdateState = host ? idle() : { state: 'off' }
  let wanted: Settings['updates'] | undefined
  let busy: Promise<void> | undefined
  const stopTimer = host ? clock.every(HOUR_MS, lookIfDue) : () => {}

  function idle(): UpdateState {
    const at = lastCheckMs()
    return { state: 'idle', ...(at > 0 && { checkedAt: new Date(at).toISOString() }) }
  }

  function become(next: UpdateState): void {
    state = next
    options.changed()
  }

  /** One thing at a time; who comes meanwhile waits for its end. */
  async function alone(work: (host: HostUpdates) => Promise<void>): Promise<UpdateState> {
    if (!host) return state
    busy ??= work(host)
      .catch((error: unknown) => {
        log.warn('the update did not get through', { reason: String(error) })
        become({ ...idle(), state: 'failed' })
      })
      .finally(() => {
        busy = undefined
      })
    await busy
    return state
  }

  async function look(from: HostUpdates): Promise<void> {
    if (state.state === 'ready') return
    become({ ...idle(), state: 'checking' })
    const version = (await from.check())?.slice(0, 60)
    facts.set(CHECKED_FACT, String(clock.now()))
    if (version === undefined) return become(idle())
    become({ ...idle(), state: 'available', version })
    if (wanted === 'auto') await load(from, version)
    else tell('notices.updateAvailable', version)
  }

  async function load(from: HostUpdates, version: string): Promise<void> {
    become({ ...idle(), state: 'loading', version, share: 0 })
    await from.load((share) => become({ ...idle(), state: 'loading', version, share }))
    become({ ...idle(), state: 'ready', version })
    tell('notices.updateReady', version)
  }

  function tell(key: string, version: string): void {
    options.emit('notice', { level: 'info', sentence: { key, params: { version } } })
  }

  function lookIfDue(): void {
    if (wanted === undefined || wanted === 'never' || options.isOffline()) return
    if (clock.now() - lastCheckMs() >= CHECK_EVERY_MS) void alone(look)
  }

  return {
    state: () => state,
    check: () => alone(look),
    apply() {
      const { version } = state
      if (state.state === 'ready') host?.restart()
      else if (state.state === 'available' && version !== undefined)
        return alone((from) => load(from, version))
      return Promise.resolve(state)
    },
    follow(settings) {
      const isFirst = wanted === undefined
      wanted = settings.updates
      if (isFirst && host) lookIfDue()
    },
    stop: stopTimer,
  }
}
