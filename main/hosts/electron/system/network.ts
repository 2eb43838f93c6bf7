import type Electron from 'electron'
import type { ProxyOf } from '../../../engine/engine.ts'
import type { ShellLog } from '../ports.ts'

/** One entry of what Chromium says: `PROXY host:port`, `HTTPS host:port`, `SOCKS5 host:port`, `DIRECT`. */
const ENTRY = /^(PROXY|HTTPS|SOCKS[45]?|DIRECT)(?:\s+([\w.-]+|\[[\da-f:]+\]):(\d{1,5}))?$/i

/** How each kind is written in an address. `SOCKS` alone has meant version 4 since the first of these scripts. */
const SCHEMES: Readonly<Record<string, string>> = {
  PROXY: 'http',
  HTTPS: 'https',
  SOCKS: 'socks4',
  SOCKS4: 'socks4',
  SOCKS5: 'socks5',
}

/**
 * The proxies of the system, as Chromium finds them: settings, environment, or a script that decides for each address. A
 * system that gives no answer is no reason not to try directly.
 */
export function systemProxies(
  session: Pick<Electron.Session, 'resolveProxy'>,
  log: Pick<ShellLog, 'warn'>,
): ProxyOf {
  return async (url) => {
    try {
      return proxyOf(await session.resolveProxy(url))
    } catch (error) {
      log.warn('the system did not say which proxy to use', { reason: String(error) })
      return undefined
    }
  }
}

/** The first way of an answer that can be gone, as an address; undefined: directly. */
export function proxyOf(answer: string): string | undefined {
  for (const entry of answer.split(';')) {
    const [, kind = '', host, port] = ENTRY.exec(entry.trim()) ?? []
    if (kind.toUpperCase() === 'DIRECT') return undefined
    if (host && port && Number(port) <= 65_535)
      return `${SCHEMES[kind.toUpperCase()] ?? 'http'}://${host}:${port}`
  }
  return undefined
}

/** The part of `node:tls` that holds whom we trust. */
export interface Trust {
  getCACertificates(type: 'default' | 'system'): readonly string[]
  setDefaultCACertificates(certificates: readonly string[]): void
}

/** Trusts whom the system trusts too: companies and homes have certificates of their own. A system that gives none changes nothing. */
export function trustSystemCertificates(trust: Trust, log: Pick<ShellLog, 'warn'>): void {
  try {
    const own = trust.getCACertificates('default')
    const all = [...new Set([...own, ...trust.getCACertificates('system')])]
    if (all.length > own.length) trust.setDefaultCACertificates(all)
  } catch (error) {
    log.warn('the certificates of the system are not used', { reason: String(error) })
  }
}
