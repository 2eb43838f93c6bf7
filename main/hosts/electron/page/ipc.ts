import type Electron from 'electron'
import type { ClientSession, ContractServer } from '../../../app/server/contract-server.ts'
import { ClientFrame, FRAME_CHANNEL, MAX_FRAME_BYTES, type ServerFrame } from '../../../contract/index.ts'
import type { ElectronApi, ShellLog } from '../ports.ts'
import { isUiAddress, UI_ORIGIN } from './security.ts'

/** Why a message from a page was dropped. */
export type Refusal =
  | 'unknown-window'
  | 'no-frame'
  | 'sub-frame'
  | 'foreign-origin'
  | 'not-text'
  | 'too-large'
  | 'malformed'

/** The Electron transport of the contract. */
export interface FrameTransport {
  /**
   * Lets a window take part. Its session starts with its first good frame and ends with its page. `onListening`: its page has asked
   * for state. Gives what sends one frame to that page; false while it does not listen.
   */
  adopt(contents: Electron.WebContents, onListening?: () => void): (frame: ServerFrame) => boolean
  close(): void
}

interface Peer {
  readonly contents: Electron.WebContents
  session: ClientSession | undefined
  /** The page has sent `sync`: it listens. */
  listening: boolean
  readonly onListening: () => void
}

/**
 * Moves frames between windows and the contract server over one fixed channel. A frame travels as JSON text, in both
 * directions: its size is known before it is parsed, and nothing but plain data can be in it.
 */
export function createFrameTransport(
  ipcMain: ElectronApi['ipcMain'],
  server: ContractServer,
  log: ShellLog,
): FrameTransport {
  const peers = new Map<number, Peer>()

  function receive(event: Electron.IpcMainEvent, ...args: unknown[]): void {
    const peer = peers.get(event.sender.id)
    const checked =
      peer?.contents === event.sender ? (refuseSender(event) ?? readFrame(args)) : 'unknown-window'
    if (typeof checked === 'string') {
      log.warn('refused a frame', { reason: checked })
      return
    }
    if (!peer) return
    peer.session ??= openSession(peer)
    peer.session.receive(checked)
    if (checked.t === 'sync' && !peer.listening) {
      peer.listening = true
      peer.onListening()
    }
  }

  function openSession(peer: Peer): ClientSession {
    let open = true
    const session = server.connect(
      {
        // A reply that comes late must not reach the next page, whose call numbers start anew.
        send: (frame) => {
          if (open) deliver(peer.contents, frame)
        },
      },
      'admin',
    )
    return {
      receive: (frame) => session.receive(frame),
      close: () => {
        open = false
        session.close()
      },
    }
  }

  function closeSession(peer: Peer): void {
    peer.session?.close()
    peer.session = undefined
    peer.listening = false
  }

  ipcMain.on(FRAME_CHANNEL, receive)
  return {
    adopt(contents, onListening = () => {}) {
      const peer: Peer = { contents, session: undefined, listening: false, onListening }
      peers.set(contents.id, peer)
      contents.on('did-start-navigation', (details) => {
        if (details.isMainFrame && !details.isSameDocument) closeSession(peer)
      })
      contents.on('render-process-gone', () => closeSession(peer))
      contents.once('destroyed', () => {
        closeSession(peer)
        peers.delete(contents.id)
      })
      return (frame) => {
        if (peer.listening) deliver(contents, frame)
        return peer.listening
      }
    },
    close() {
      ipcMain.removeListener(FRAME_CHANNEL, receive)
      for (const peer of peers.values()) closeSession(peer)
      peers.clear()
    },
  }
}

/** Only the top frame of the window, at exactly our origin, may speak. */
function refuseSender(event: Electron.IpcMainEvent): Refusal | undefined {
  const frame = event.senderFrame
  if (!frame || frame.isDestroyed() || frame.detached) return 'no-frame'
  if (frame.parent !== null || frame !== event.sender.mainFrame) return 'sub-frame'
  return frame.origin === UI_ORIGIN && isUiAddress(frame.url) ? undefined : 'foreign-origin'
}

function readFrame(args: readonly unknown[]): ClientFrame | Refusal {
  const [text] = args
  if (args.length !== 1 || typeof text !== 'string') return 'not-text'
  if (text.length > MAX_FRAME_BYTES || Buffer.byteLength(text) > MAX_FRAME_BYTES) return 'too-large'
  try {
    const frame = ClientFrame.safeParse(JSON.parse(text))
    return frame.success ? frame.data : 'malformed'
  } catch {
    // Not JSON: the parser's words would only repeat what a page sent.
    return 'malformed'
  }
}

function deliver(contents: Electron.WebContents, frame: ServerFrame): void {
  if (!contents.isDestroyed()) contents.send(FRAME_CHANNEL, JSON.stringify(frame))
}
