import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Net, ProxyOf } from '../net.ts'

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'postgres:': 5432,
  'postgresql:': 5432,
}

/** Where a URL's server listens; `undefined` for URLs without one (`file:`) and for what is no URL. */
function addressOf(url: string): { host: string; port: number } | undefined {
  if (!URL.canParse(url)) return undefined
  const { hostname, port, protocol } = new URL(url)
  const number = port === '' ? DEFAULT_PORTS[protocol] : Number(port)
  if (hostname === '' || number === undefined) return undefined
  return { host: hostname.replace(/^\[|\]$/g, ''), port: number }
}

/** The machine's network, with a host's knowledge of proxies; without it everything goes directly. */
export function createNodeNet(proxyOf: ProxyOf = async () => undefined): Net {
  return {
    ...machineNet,
    proxyOf,
    async isReachable(url, timeoutMs, signal) {
      const proxy = /^https?:/i.test(url) && !signal?.aborted ? await proxyOf(url) : undefined
      return machineNet.isReachable(proxy ?? url, timeoutMs, signal)
    },
  }
}

const machineNet: Omit<Net, 'proxyOf'> = {
  isOnline() {
    try {
      return Object.values(networkInterfaces()).some((addresses) => addresses?.some((one) => !one.internal))
    } catch {
      // Some sandboxes forbid reading the interfaces: then the system does not tell.
      return undefined
    }
  },

  isReachable(url, timeoutMs, signal) {
    const address = addressOf(url)
    if (!address || signal?.aborted) return Promise.resolve(false)
    return new Promise((resolve) => {
      const socket = connect(address)
      const settle = (answer: boolean) => () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', giveUp)
        socket.destroy()
        resolve(answer)
      }
      const giveUp = settle(false)
      // A timer of ours, because the socket's own does not count name resolution.
      const timer = setTimeout(giveUp, timeoutMs)
      signal?.addEventListener('abort', giveUp, { once: true })
      socket.once('connect', settle(true))
      // Stays after settling: a destroyed socket may still report its failure, which would otherwise end the process.
      socket.on('error', giveUp)
    })
  },
}
