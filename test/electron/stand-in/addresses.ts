const SUFFIX = '.stand-in.invalid'

/** `app://ui/x` as Chromium can load it; an ordinary address stays as it is. */
export function toPage(address: string, schemes: ReadonlySet<string>): string {
  const url = new URL(address)
  const scheme = url.protocol.slice(0, -1)
  if (!schemes.has(scheme)) return address
  return `https://${url.host}.${scheme}${SUFFIX}${url.pathname || '/'}${url.search}${url.hash}`
}

/** The address as Electron would tell it. */
export function fromPage(address: string): string {
  if (!URL.canParse(address)) return address
  const url = new URL(address)
  if (!url.hostname.endsWith(SUFFIX)) return address
  const [host, scheme] = url.hostname.slice(0, -SUFFIX.length).split('.')
  return `${scheme}://${host}${url.pathname}${url.search}${url.hash}`
}

/** The origin as Chromium would serialise it for a standard scheme. */
export function originOf(address: string): string {
  const ordinary = fromPage(address)
  if (ordinary === '' || ordinary === 'about:blank' || !URL.canParse(ordinary)) return 'null'
  const url = new URL(ordinary)
  return url.origin === 'null' && url.host !== '' ? `${url.protocol}//${url.host}` : url.origin
}
