import type { ProxyOf } from './net.ts'

/** How proxies are written in the environment; with the version left out, SOCKS means the fifth. */
const SCHEMES: Readonly<Record<string, string>> = {
  'http:': 'http',
  'https:': 'https',
  'socks:': 'socks5',
  'socks5:': 'socks5',
  'socks5h:': 'socks5',
  'socks4:': 'socks4',
  'socks4a:': 'socks4',
}

/**
 * The proxies that a terminal's environment names, as curl and most programs read it: `https_proxy` and `http_proxy` by the address asked for, else `all_proxy`, but
 * nothing that `no_proxy` names, and never this computer. Small letters win; what is no address of a proxy is passed over.
 */
export function environmentProxies(env: Readonly<Record<string, string | undefined>>): ProxyOf {
  const read = (name: string): string | undefined => env[name] ?? env[name.toUpperCase()]
  const exceptions = (read('no_proxy') ?? '')
    .split(/[\s,]+/)
    .filter((rule) => rule !== '')
    .map((rule) => rule.toLowerCase())
  return async (url) => {
    if (!URL.canParse(url)) return undefined
    const { protocol, hostname, port } = new URL(url)
    const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
    if (isThisComputer(host) || exceptions.some((rule) => names(rule, host, port))) return undefined
    const named =
      protocol === 'https:' || protocol === 'http:' ? read(`${protocol.slice(0, -1)}_proxy`) : undefined
    return addressOf(named || read('all_proxy') || '')
  }
}

function isThisComputer(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
  )
}

/** `*`, a name with everything below it, with or without a dot before it, and with a port only that. */
function names(rule: string, host: string, port: string): boolean {
  if (rule === '*') return true
  const [, name = rule, only] = /^(.*[^:]):(\d+)$/.exec(rule) ?? []
  if (only !== undefined && only !== port) return false
  const bare = name.replace(/^\*?\./, '').replace(/^\[|\]$/g, '')
  return host === bare || host.endsWith(`.${bare}`)
}

function addressOf(text: string): string | undefined {
  const whole = text.includes('://') ? text : `http://${text}`
  if (text === '' || !URL.canParse(whole)) return undefined
  const { protocol, username, password, hostname, port } = new URL(whole)
  const scheme = SCHEMES[protocol]
  if (scheme === undefined || hostname === '') return undefined
  const login = username === '' ? '' : `${username}:${password}@`
  const usual = scheme.startsWith('socks') ? '1080' : scheme === 'https' ? '443' : '80'
  return `${scheme}://${login}${hostname}:${port || usual}`
}
