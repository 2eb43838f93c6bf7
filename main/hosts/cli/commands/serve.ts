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

/** Serves until a signal ends it; gives the exit status. A host is never imported by another: the program that starts both hands it in. */
export type Serve = (request: ServeRequest) => Promise<number>

/** `everstow serve`: the window in a browser, and the REST calls. */
export function serveCommand(
  program: Command,
  { say, withoutEngine }: CommandHost,
  serve: Serve,
  passphrase: string | undefined,
): void {
  program
    .command('serve')
    .description(say('help.serve'))
    .option('--port <n>', say('help.opt.port'), wholeNumber(0, 65_535), 0)
    .action(
      withoutEngine((invocation: Invocation, { port }: { readonly port: number }) => {
        const { output } = invocation
        let told = false
        return serve({
          home: invocation.home,
          port,
          keychain: keychainOf(invocation),
          locale: say.locale,
          ...(passphrase === undefined ? {} : { passphrase }),
          onLink: (url) => {
            // One document on standard output; links that replace a used one are for people.
            if (!told) output.answer({ url }, () => [say('serve.open', { url })])
            else output.note(say('serve.open', { url }))
            told = true
          },
        })
      }),
    )
}
