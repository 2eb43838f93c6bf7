import { createContractServer, type Handlers } from '../../main/app/server/contract-server.ts'
import { DEFAULT_SETTINGS } from '../../main/app/settings.ts'
import { createStateHub, type StateHub } from '../../main/app/state/state-hub.ts'
import {
  type CallName,
  calls,
  type Plan,
  type Run,
  type Settings,
  type Status,
} from '../../main/contract/index.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'
import type { RunningApp } from '../../main/hosts/electron/ports.ts'

export const NOW = Date.parse('2026-03-10T12:00:00.000Z')

export const SETTINGS: Settings = { ...DEFAULT_SETTINGS, language: 'en', trayHintShown: true }

export const STATUS: Status = {
  level: 'protected',
  sentence: { key: 'status.protected', params: { current: 3, total: 3 } },
  problems: [],
  lastBackupAt: new Date(NOW - 12 * 60_000).toISOString(),
  nextRunAt: new Date(NOW + 3_600_000).toISOString(),
  copiesCurrent: 3,
  copiesTotal: 3,
  secretStore: 'keychain',
  offline: false,
  days: [],
}

export function plan(id: string, name: string): Plan {
  return {
    id,
    name,
    sources: ['/data'],
    format: 'archive',
    placeIds: ['p'],
    exclude: [],
    excludePresets: [],
    schedule: 'manual',
  }
}

export function run(id: string, change: Partial<Run> = {}): Run {
  return {
    id,
    kind: 'backup',
    label: 'Documents',
    state: 'running',
    phase: 'reading',
    startedAt: new Date(NOW).toISOString(),
    files: 10,
    bytes: 420,
    bytesTotal: 1_000,
    bytesPerSecond: 10,
    secondsLeft: 180,
    ...change,
  }
}

/** The real contract server and state over handlers that only write down what they are asked. */
export interface ScriptedApp extends RunningApp {
  readonly hub: StateHub
  readonly asked: { readonly name: CallName; readonly input: unknown }[]
  readonly logged: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[]
  /** What was saved of the window; set it to start with something. */
  saved: string | undefined
  stopped: number
  /** How often it was told to look for what is due. */
  looked: number
  /** Moves the clock, and with it everything that happens regularly. */
  advance(ms: number): void
  /** Answers a call from now on with an error of this code. */
  refuse(name: CallName, code: ConstructorParameters<typeof EverstowError>[0]): void
}

export function scriptedApp(options: { readonly stop?: () => Promise<void> } = {}): ScriptedApp {
  const hub = createStateHub('instance')
  const asked: { name: CallName; input: unknown }[] = []
  const logged: { message: string; fields: Readonly<Record<string, unknown>> }[] = []
  const refused = new Map<CallName, ConstructorParameters<typeof EverstowError>[0]>()
  const timers = new Set<{ readonly everyMs: number; dueMs: number; readonly run: () => void }>()
  let nowMs = NOW

  const handlers = Object.fromEntries(
    (Object.keys(calls) as CallName[]).map((name) => [
      name,
      (input: unknown) => {
        asked.push({ name, input })
        const code = refused.get(name)
        if (code) throw new EverstowError(code)
        return {}
      },
    ]),
  ) as unknown as Handlers
  const write = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    logged.push({ message, fields })
  }
  const log = { debug() {}, info: write, warn: write, error: write, area: () => log }

  hub.set('settings', { current: SETTINGS })
  hub.set('plans', { d: plan('d', 'Documents'), p: plan('p', 'Photos & videos') })
  hub.set('runs', {})
  hub.set('status', { current: STATUS })

  const app: ScriptedApp = {
    server: createContractServer(handlers, hub, log),
    hub,
    asked,
    logged,
    log,
    saved: undefined,
    stopped: 0,
    looked: 0,
    lookForDue: () => void app.looked++,
    clock: {
      now: () => nowMs,
      every(everyMs, tick) {
        const timer = { everyMs, dueMs: nowMs + everyMs, run: tick }
        timers.add(timer)
        return () => timers.delete(timer)
      },
    },
    memory: {
      load: () => Promise.resolve(app.saved),
      async save(text) {
        app.saved = text
      },
    },
    advance(ms) {
      for (const end = nowMs + ms; ; ) {
        const next = [...timers].filter(({ dueMs }) => dueMs <= end).sort((a, b) => a.dueMs - b.dueMs)[0]
        if (!next) {
          nowMs = end
          return
        }
        nowMs = next.dueMs
        next.dueMs += next.everyMs
        next.run()
      }
    },
    refuse: (name, code) => void refused.set(name, code),
    async stop() {
      await options.stop?.()
      app.stopped++
    },
  }
  return app
}
