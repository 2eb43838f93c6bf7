import { EverstowError } from '../../engine/model/errors.ts'

/** Whether a host is this computer. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}

/** A URL that messages may go to: `https:`, or `http:` to this computer; no name or password in it. Throws `invalid-input`, which does not repeat it. */
export function safeAddress(text: string): URL {
  const refused = (reason: string) =>
    new EverstowError('invalid-input', { data: { field: 'url', value: '…', reason } })
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) throw refused('form')
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  if (!isSafe) throw refused('https')
  if (url.username !== '' || url.password !== '') throw refused('login')
  return url
}
