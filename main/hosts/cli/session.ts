import { join } from 'node:path'
import type { ServableApp } from '../../app/app-context.ts'
import { connectInProcess, type InProcessClient } from '../../app/in-process-client.ts'
import type { CallInput, CallName, CallOutput } from '../../contract/index.ts'
import { environmentProxies, type Secret } from '../../engine/engine.ts'
import { type Interrupt, listenForInterrupt } from './interrupt.ts'
import type { Invocation } from './invocation.ts'

/** A command at work: the engine behind its contract, and everything to speak with. */
export interface Session extends Invocation {
  readonly client: InProcessClient
  /** For what is lent to this command line and speaks to others. */
  readonly app: ServableApp
  readonly interrupt: Interrupt
  /** Asks the engine; ends with `cancelled` as soon as somebody interrupts. */
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>
}

/** What opening the engine needs besides the invocation. */
export interface EngineAccess {
  readonly version: string
  readonly passphrase: Secret | undefined
}

/** Where the engine writes what it did. */
export const logPath = (home: string): string => join(home, 'logs', 'everstow.log')

/** Opens the engine, lets the work use it, and closes it whatever happens. */
export async function withSession<T>(
  invocation: Invocation,
  { version, passphrase }: EngineAccess,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const interrupt = listenForInterrupt(() => invocation.output.warn(invocation.say('run.stopping')))
  try {
    // Help, and words that make no sense, need no engine.
    const { config } = await import('zod')
    // Compiling a schema pays after some hundred inputs; a command has a few. Read when schemas are made, so it comes before them.
    config({ jitless: true })
    const { createApp } = await import('../../app/create-app.ts')
    const app = await createApp({
      home: invocation.home,
      host: 'cli',
      hostCan: {},
      version,
      program: invocation.program,
      platform: process.platform,
      locale: invocation.say.locale,
      userHome: invocation.surroundings.userHome,
      keychain: keychainOf(invocation),
      proxyOf: environmentProxies(invocation.environment),
      logLevels: { default: invocation.debug ? 'debug' : 'info' },
      logDestination: logPath(invocation.home),
      stays: false,
      isWatched: invocation.output.live !== undefined,
      ...(passphrase ? { passphrase } : {}),
    })
    const client = connectInProcess(app.server, 'admin')
    try {
      return await work({
        ...invocation,
        client,
        app,
        interrupt,
        call: (name, input) => interrupt.orCancelled(client.call(name, input, interrupt.signal)),
      })
    } finally {
      client.close()
      await app.stop()
    }
  } finally {
    interrupt.stop()
  }
}

/** `EVERSTOW_KEYCHAIN=off` goes without the system's keychain. */
export function keychainOf({ environment }: Pick<Invocation, 'environment'>): 'auto' | 'off' {
  return environment.EVERSTOW_KEYCHAIN === 'off' ? 'off' : 'auto'
}
