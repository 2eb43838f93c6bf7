import { lookup } from 'node:dns/promises'
import type { Agent, AgentOptions } from 'node:http'
import { isIP, type Socket } from 'node:net'
import type { ProxyOf } from '../net.ts'
import { http, https } from './http.ts'

/** How long a proxy may take to open a line. */
const HANDSHAKE_MS = 15_000

/** Connections to other computers, kept by way: directly, or through one proxy. */
export interface ProxyAgents {
  /** The agent for a request to an address. Asked before each, because the way changes with the network that a computer is in. */
  agentTo(url: string): Promise<Agent>
  close(): void
}

/** Opens nothing yet; without `proxyOf` every way is direct. */
export function createProxyAgents(proxyOf: ProxyOf | undefined, options: AgentOptions = {}): ProxyAgents {
  const agents = new Map<string, Agent>()
  return {
    async agentTo(url) {
      const { protocol } = new URL(url)
      const proxy = await proxyOf?.(url)
      const way = `${protocol} ${proxy ?? ''}`
      const agent = agents.get(way) ?? agentThrough(protocol, proxy, options)
      agents.set(way, agent)
      return agent
    },
    close() {
      for (const agent of agents.values()) agent.destroy()
      agents.clear()
    },
  }
}

function agentThrough(protocol: string, proxy: string | undefined, options: AgentOptions): Agent {
  const isTls = protocol === 'https:'
  if (proxy !== undefined && isSocks(proxy))
    return isTls ? overSocksTls(proxy, options) : overSocks(proxy, options)
  // Node itself forwards and tunnels through proxies of HTTP; what it takes for an environment is ours alone.
  const all = { ...options, ...(proxy && { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }) }
  return isTls ? new https.Agent(all) : new http.Agent(all)
}

export function isSocks(proxy: string): boolean {
  return /^socks[45]:/.test(proxy)
}

interface Destination {
  readonly host?: string | null | undefined
  readonly port?: string | number | null | undefined
}

function overSocks(proxy: string, options: AgentOptions): Agent {
  const agent = new http.Agent(options)
  agent.createConnection = (to, done) => {
    openThroughSocks(proxy, to).then(
      (socket) => {
        done?.(null, socket)
        // The request listens by then.
        setImmediate(() => socket.resume())
      },
      (error: Error) => done?.(error, undefined as never),
    )
    return undefined
  }
  return agent
}

function overSocksTls(proxy: string, options: AgentOptions): Agent {
  const agent = new https.Agent(options)
  const secure = agent.createConnection.bind(agent)
  agent.createConnection = (to, done) => {
    openThroughSocks(proxy, to).then(
      (socket) => done?.(null, secure({ ...to, ...{ socket } }) as never),
      (error: Error) => done?.(error, undefined as never),
    )
    return undefined
  }
  return agent
}

/**
 * A line to a host through a SOCKS proxy (`socks5://[user:password@]host:port`, `socks4://…`). Version 5 looks the host's name up itself, version 4 knows no
 * names. It comes paused, so that nothing is lost of what the other side says first. Fails with the code `ERR_SOCKS`, or what the system says of the line to the proxy.
 */
export async function openThroughSocks(
  proxy: string,
  to: Destination,
  timeoutMs = HANDSHAKE_MS,
): Promise<Socket> {
  // Loaded where there is such a proxy: hardly anybody has one.
  const { SocksClient } = await import('socks')
  const { protocol, hostname, port, username, password } = new URL(proxy)
  const type = protocol === 'socks4:' ? 4 : 5
  const host = (to.host ?? 'localhost').replace(/^\[|\]$/g, '')
  try {
    const { socket } = await SocksClient.createConnection({
      command: 'connect',
      timeout: timeoutMs,
      proxy: {
        host: hostname.replace(/^\[|\]$/g, ''),
        port: Number(port) || 1080,
        type,
        ...(username && { userId: decodeURIComponent(username), password: decodeURIComponent(password) }),
      },
      destination: {
        host: type === 4 && !isIP(host) ? (await lookup(host, 4)).address : host,
        port: Number(to.port),
      },
    })
    return await withFirstWords(socket)
  } catch (error) {
    // The library's error carries its options, login and all.
    const { code, message } = error as NodeJS.ErrnoException
    throw Object.assign(new Error(`SOCKS: ${message}`), { code: code ?? 'ERR_SOCKS' })
  }
}

/** The library hands over as data, within a turn, what came together with the proxy's last answer; nobody could listen so soon. */
async function withFirstWords(socket: Socket): Promise<Socket> {
  const words: Buffer[] = []
  const hold = (piece: Buffer): void => void words.push(piece)
  socket.on('data', hold)
  await new Promise((turn) => setImmediate(turn))
  socket.pause()
  socket.off('data', hold)
  if (words.length > 0) socket.unshift(Buffer.concat(words))
  return socket
}
