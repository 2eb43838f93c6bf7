import { SOCKET_PATH } from '../../main/contract/index.ts'
import { bridgeLink, type EverstowBridge } from './bridge-link.ts'
import type { Link } from './link.ts'
import { socketLink } from './socket-link.ts'

/** The link this window has: the desktop bridge where the preload script put one, else a WebSocket to where the page came from. */
export function openLink(page: Window & { everstow?: EverstowBridge }): Link {
  if (page.everstow) return bridgeLink(page.everstow)
  const url = new URL(SOCKET_PATH, page.location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.hash = ''
  return socketLink(url.href)
}
