/** The proxy (`http://`, `https://`, `socks5://` or `socks4://host:port`, with name and password where it wants them) through which an address is to be reached; undefined: directly. */
export type ProxyOf = (url: string) => Promise<string | undefined>

/** What the engine may ask about the network besides what the storage clients do themselves. */
export interface Net {
  /** Whether any non-loopback interface is up; `undefined` when the system does not tell. */
  isOnline(): boolean | undefined
  /** Whether a TCP connection to the host of `url`, or to the proxy in front of it, opens within the time; false on any failure. */
  isReachable(url: string, timeoutMs: number, signal?: AbortSignal): Promise<boolean>
  /** Who sends through HTTP asks this before each request or each client. */
  readonly proxyOf: ProxyOf
}
