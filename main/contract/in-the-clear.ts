const PLAIN_HTTP = /^\s*http:\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^/:?#\s]+)/i
/** Names of this computer: nothing leaves it on the way to them. */
const OWN_HOSTS = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/i

/** Whether what goes to an address passes a network that can read it and change it: plain HTTP to another computer. */
export function isInTheClear(address: string | undefined): boolean {
  const host = PLAIN_HTTP.exec(address ?? '')?.[1]
  return host !== undefined && !OWN_HOSTS.test(host)
}
