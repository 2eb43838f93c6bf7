import type { Clock } from '../clock.ts'
import type { Net } from '../net.ts'

/** `silent` hosts never answer: asking them takes the whole time given. */
export type HostState = 'open' | 'refused' | 'silent'

/** A network whose state is set by hand. */
export interface FakeNet extends Net {
  online: boolean | undefined
  /** By host name; all others are `open`. Nobody is reachable while offline. */
  readonly hosts: Map<string, HostState>
}

export function createFakeNet(clock: Clock): FakeNet {
  const net: FakeNet = {
    online: true,
    hosts: new Map(),
    isOnline: () => net.online,
    async isReachable(url, timeoutMs, signal) {
      if (net.online === false || signal?.aborted || !URL.canParse(url)) return false
      const { hostname } = new URL(url)
      if (hostname === '') return false
      const state = net.hosts.get(hostname) ?? 'open'
      if (state === 'silent') {
        await clock.sleep(timeoutMs, signal).catch(() => {
          // Given up early; the answer is the same.
        })
      }
      return state === 'open'
    },
    proxyOf: async () => undefined,
  }
  return net
}
