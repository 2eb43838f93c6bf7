import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { FRAME_CHANNEL, MAX_FRAME_BYTES } from '../main/contract/frames.ts'

type Listener = (frame: unknown) => void

const listeners = new Set<Listener>()

ipcRenderer.on(FRAME_CHANNEL, (_event, text: unknown) => {
  if (typeof text !== 'string') return
  const frame: unknown = JSON.parse(text)
  for (const listener of listeners) listener(frame)
})

/** Everything the page can do beyond a web page: send a contract frame, and hear those that come. */
contextBridge.exposeInMainWorld('everstow', {
  send(frame: unknown): void {
    const text = JSON.stringify(frame)
    if (typeof text !== 'string' || new TextEncoder().encode(text).byteLength > MAX_FRAME_BYTES)
      throw new RangeError('not a frame, or too large a frame')
    ipcRenderer.send(FRAME_CHANNEL, text)
  },
  /** Returns what stops listening. */
  onFrame(listener: Listener): () => void {
    // A wrapper of its own, so that stopping one registration leaves another of the same function alone.
    const registered: Listener = (frame) => listener(frame)
    listeners.add(registered)
    return () => {
      listeners.delete(registered)
    }
  },
  /** Where something lies that a person dropped into the page; empty for what the page made itself. */
  pathOf: (file: File): string => webUtils.getPathForFile(file),
})
