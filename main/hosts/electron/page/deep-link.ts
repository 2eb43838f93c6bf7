import { ShownPage } from '../../../contract/index.ts'

/** The scheme under which the system hands us links. */
export const LINK_SCHEME = 'everstow'

/** `everstow://restore`, with or without a slash at its end, and nothing else: no query, no path, no capital. */
const LINK = /^everstow:\/\/([a-z]{1,20})\/?$/

/** The page that a link of the system leads to; undefined for everything that is not exactly such a link. */
export function pageOfLink(link: unknown): ShownPage | undefined {
  const name = typeof link === 'string' ? LINK.exec(link)?.[1] : undefined
  return ShownPage.safeParse(name).data
}

/** The page of the one link among the arguments of a start; undefined where there is none, or several. */
export function pageOfArguments(args: readonly string[]): ShownPage | undefined {
  const links = args.filter((arg) => arg.toLowerCase().startsWith(`${LINK_SCHEME}:`))
  return links.length === 1 ? pageOfLink(links[0]) : undefined
}
