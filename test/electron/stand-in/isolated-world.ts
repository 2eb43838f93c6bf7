/** The name of the world in which Electron runs a preload script. */
export const ISOLATED_WORLD = 'Electron Isolated Context'
/** What the isolated world calls to reach the main process; the page's own world never has it. */
export const TO_MAIN = 'standInToMain'
/** Where the isolated world finds the paths of what was dropped, by name and time of change; the page's own world never has it. */
export const DROPPED = 'standInDropped'
/** What the main process calls in the isolated world. */
export const FROM_MAIN = 'standInFromMain'

/**
 * Runs in the page's own world, before any of its scripts: builds what the preload exposes. The two worlds share only the
 * document, and what crosses in the detail of an event is copied, as by Electron's context bridge.
 */
export function pageWorldScript(secret: string): string {
  return `(() => {
    if (window !== window.top) return
    const callbacks = new Map()
    const say = (kind, detail) => document.dispatchEvent(new CustomEvent('${secret}:' + kind, { detail }))
    const hear = (kind, listen) => document.addEventListener('${secret}:' + kind, (event) => listen(event.detail))
    const toBridge = (value) => {
      if (typeof value !== 'function') return { value: structuredClone(value) }
      const id = callbacks.size
      callbacks.set(id, value)
      return { callback: id }
    }
    let answer
    hear('answer', (detail) => { answer = detail })
    const call = (target, args) => {
      answer = undefined
      say('call', { target, args: args.map(toBridge) })
      const { result, error } = answer
      if (error !== undefined) throw new Error(error)
      return fromBridge(result)
    }
    const fromBridge = (box) => ('target' in box ? (...args) => call(box.target, args) : box.value)
    hear('callback', ({ id, args }) => callbacks.get(id)(...args))
    hear('expose', ({ key, members }) => {
      const api = Object.fromEntries(members.map(([name, box]) => [name, fromBridge(box)]))
      Object.defineProperty(window, key, { value: Object.freeze(api), enumerable: true })
    })
  })()`
}

/** Runs in the isolated world: the sandboxed preload with the two modules it may have, and the other half of the bridge. */
export function isolatedWorldScript(secret: string, preload: string): string {
  return `(() => {
    if (window !== window.top) return
    const functions = new Map()
    const say = (kind, detail) => document.dispatchEvent(new CustomEvent('${secret}:' + kind, { detail }))
    const toPage = (value) => {
      if (typeof value !== 'function') return { value: structuredClone(value) }
      const target = functions.size
      functions.set(target, value)
      return { target }
    }
    const fromPage = (box) =>
      'callback' in box
        ? (...args) => say('callback', { id: box.callback, args: structuredClone(args) })
        : box.value
    document.addEventListener('${secret}:call', ({ detail }) => {
      try {
        say('answer', { result: toPage(functions.get(detail.target)(...detail.args.map(fromPage))) })
      } catch (error) {
        say('answer', { error: String(error && error.message) })
      }
    })
    const listeners = new Map()
    globalThis.${FROM_MAIN} = (channel, args) => {
      for (const listener of listeners.get(channel) ?? []) listener({ sender: 'the event object' }, ...JSON.parse(args))
    }
    const electron = Object.freeze({
      contextBridge: Object.freeze({
        exposeInMainWorld(key, api) {
          say('expose', { key, members: Object.entries(api).map(([name, value]) => [name, toPage(value)]) })
        },
      }),
      ipcRenderer: Object.freeze({
        on(channel, listener) {
          listeners.set(channel, [...(listeners.get(channel) ?? []), listener])
        },
        send(channel, ...args) {
          const cloned = structuredClone(args)
          globalThis.${TO_MAIN}(JSON.stringify({ channel, args: cloned }))
        },
      }),
      webUtils: Object.freeze({
        getPathForFile(file) {
          if (!(file instanceof File))
            throw new TypeError('getPathForFile expected to receive a File object but one was not provided')
          return globalThis.${DROPPED}?.[file.name + '|' + file.lastModified] ?? ''
        },
      }),
    })
    const require = (name) => {
      if (name === 'electron') return electron
      throw new Error('module not found: ' + name)
    }
    const module = { exports: {} }
    ;((require, module, exports) => {
${preload}
    })(require, module, module.exports)
  })()`
}
