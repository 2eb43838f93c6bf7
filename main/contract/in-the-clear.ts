/** Names of this computer: nothing leaves it on the way to them. */
const OWN_HOSTS = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/

/** Whether what goes to an endpoint passes a network that can read it and change it: plain HTTP to another computer. */
export function isInTheClear(endpoint: string | undefined): boolean {
  if (endpoint === undefined || !URL.canParse(endpoint)) return false
  const { protocol, hostname } = new URL(endpoint)
  return protocol === 'http:' && !OWN_HOSTS.test(hostname)
}
