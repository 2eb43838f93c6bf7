import type { Command } from 'commander'
import { isLoopback } from '../../../engine/model/loopback.ts'
import type { CommandHost } from '../command-host.ts'
import type { Invocation } from '../invocation.ts'
import { wholeNumber } from '../options/amounts.ts'
import { keychainOf } from '../session.ts'
import { absolutePath } from '../typed-path.ts'
import { UsageError } from '../usage-error.ts'

/** What serving needs of the command line. */
export interface ServeRequest {
  readonly home: string
  readonly port: number
  readonly passphrase?: string
  readonly keychain: 'auto' | 'off'
  readonly locale: string
  /** Told each link that opens a window. */
  readonly onLink: (url: string) => void
}

/** What serving the REST API needs of the command line. */
export interface ServeApiRequest extends Omit<ServeRequest, 'onLink'> {
  readonly bind?: string
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  /** Told where it listens. */
  readonly onUrl: (url: string) => void
}

/** Starts what is due until a signal ends it; gives the exit status. */
export type Stay = (
  request: Omit<ServeRequest, 'port' | 'onLink'> & { readonly onReady: () => void },
) => Promise<number>

/** Hosts that the program that starts the command line can start, too. */
export interface Hosts {
  readonly serve: Serve
  readonly serveApi: (request: ServeApiRequest) => Promise<number>
  readonly daemon: Stay
}

/** Serves until a signal ends it; gives the exit status. A host is never imported by another: the program that starts both hands it in. */
export type Serve = (request: ServeRequest) => Promise<number>

/** `everstow serve`: the window in a browser, and the REST calls. `everstow daemon`: what is due is started, and no port is opened but the API's, where that is on. */
export function hostCommands(
  program: Command,
  { say, withoutEngine }: CommandHost,
  { serve, serveApi, daemon }: Hosts,
  passphrase: string | undefined,
): void {
  const requestOf = (invocation: Invocation) => ({
    home: invocation.home,
    keychain: keychainOf(invocation),
    locale: say.locale,
    ...(passphrase === undefined ? {} : { passphrase }),
  })
  program
    .command('serve')
    .description(say('help.serve'))
    .option('--port <n>', say('help.opt.port'), wholeNumber(0, 65_535), 0)
    .option('--api', say('help.opt.api'))
    .option('--bind <address>', say('help.opt.bind'))
    .option('--tls-cert <file>', say('help.opt.tlsCert'))
    .option('--tls-key <file>', say('help.opt.tlsKey'))
    .action(
      withoutEngine((invocation: Invocation, options: ServeOptions) => {
        const { output } = invocation
        const { port } = options
        const api = apiOptions(options, invocation)
        if (api)
          return serveApi({
            ...requestOf(invocation),
            port,
            ...api,
            onUrl: (url) => output.answer({ url }, () => [say('serve.api', { url })]),
          })
        let told = false
        return serve({
          ...requestOf(invocation),
          port,
          onLink: (url) => {
            // One document on standard output; links that replace a used one are for people.
            if (!told) output.answer({ url }, () => [say('serve.open', { url })])
            else output.note(say('serve.open', { url }))
            told = true
          },
        })
      }),
    )
  program
    .command('daemon')
    .description(say('help.daemon'))
    .action(
      withoutEngine((invocation: Invocation) => {
        const { output, home } = invocation
        const onReady = () => output.answer({ home, pid: process.pid }, () => [say('daemon.ready')])
        return daemon({ ...requestOf(invocation), onReady })
      }),
    )
}

interface ServeOptions {
  readonly port: number
  readonly api?: boolean
  readonly bind?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
}

/** What of the options is about the API; undefined: the window is served. */
function apiOptions(
  { api, bind, tlsCert, tlsKey }: ServeOptions,
  { surroundings }: Invocation,
): Pick<ServeApiRequest, 'bind' | 'tls'> | undefined {
  if (!api && (bind ?? tlsCert ?? tlsKey) !== undefined) throw new UsageError('onlyApi')
  if (!api) return undefined
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw new UsageError('tlsBoth')
  if (bind !== undefined && tlsCert === undefined && !isLoopback(bind))
    throw new UsageError('bindNeedsTls', { bind })
  return {
    ...(bind === undefined ? {} : { bind }),
    ...(tlsCert === undefined || tlsKey === undefined
      ? {}
      : {
          tls: { certFile: absolutePath(tlsCert, surroundings), keyFile: absolutePath(tlsKey, surroundings) },
        }),
  }
}
