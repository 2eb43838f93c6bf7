import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { SecretStoreKind } from '../../../main/engine/env/secrets.ts'

/** How the process opens its secrets. */
export interface SecretsProcessOptions {
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly passphrase?: string
  readonly keychain?: 'auto' | 'off'
  readonly keychainTimeoutMs?: number
}

export type SecretsCall =
  | { readonly call: 'open' }
  /** Reads a file of the home many times at once. */
  | { readonly call: 'read-files' }
  | { readonly call: 'get' | 'delete'; readonly name: string }
  | { readonly call: 'set'; readonly name: string; readonly value: string }

export interface SecretsReply {
  readonly value?: string | boolean | SecretStoreKind
  /** The code of the error, where there was one. */
  readonly error?: string
  readonly data?: Readonly<Record<string, unknown>>
  /** How long the process took over the call. */
  readonly tookMs: number
}

/** A process of its own with a store of secrets: a keychain belongs to a session, and a process is in one session. */
export interface SecretsProcess {
  call(call: SecretsCall): Promise<SecretsReply>
  stop(): Promise<void>
}

const PROGRAM = fileURLToPath(new URL('./secrets-program.ts', import.meta.url))

export function startSecretsProcess(options: SecretsProcessOptions): SecretsProcess {
  const { env, ...rest } = options
  const child: ChildProcess = fork(PROGRAM, [JSON.stringify(rest)], { env, execArgv: [] })
  let calls = 0
  const waiting = new Map<number, PromiseWithResolvers<SecretsReply>>()
  child.on('message', ({ number, ...reply }: SecretsReply & { readonly number: number }) => {
    waiting.get(number)?.resolve(reply)
    waiting.delete(number)
  })
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`The process ended with ${code}`))
  })
  return {
    call(call) {
      const number = ++calls
      const reply = Promise.withResolvers<SecretsReply>()
      waiting.set(number, reply)
      child.send({ ...call, number })
      return reply.promise
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      // A call that hangs in the keychain would keep it alive.
      child.kill('SIGKILL')
      await exited
    },
  }
}
