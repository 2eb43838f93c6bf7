import type { Command } from 'commander'
import { wholeNumber } from '../amounts.ts'
import type { CommandHost } from '../command-host.ts'
import type { Invocation } from '../invocation.ts'
import { keychainOf } from '../session.ts'

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

/** Starts what is due until a signal ends it; gives the exit status. */
export type Stay = (
  request: Omit<ServeRequest, 'port' | 'onLink'> & { readonly onReady: () => void },
) => Promise<number>

/** Hosts that the program that starts the command line can start, too. */
export interface Hosts {
  readonly serve: Serve
  readonly daemon: Stay
}

/** Serves until a signal ends it; gives the exit status. A host is never imported by another: the program that starts both hands it in. */
export type Serve = (request: ServeRequest) => Promise<number>

/** `everstow serve`: the window in a browser, and the REST calls. `everstow daemon`: what is due is started, and no port is opened. */
export function hostCommands(
  program: Command,
  { say, withoutEngine }: CommandHost,
  { serve, daemon }: Hosts,
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
    .action(
      withoutEngine((invocation: Invocation, { port }: { readonly port: number }) => {
        const { output } = invocation
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
