/** What the engine may ask about the network besides what the storage clients do themselves. */
export interface Net {
  /** Whether any non-loopback interface is up; `undefined` when the system does not tell. */
  isOnline(): boolean | undefined
  /** Whether a TCP connection to the host of `url` opens within the time; false on any failure. */
  isReachable(url: string, timeoutMs: number, signal?: AbortSignal): Promise<boolean>
}
