import type { Page } from 'playwright-core'

/** What a page that means harm was told: where the host is, and what it stole. */
export interface Prey {
  /** The window's listener and the API's: `http://127.0.0.1:PORT`. */
  readonly window: string
  readonly api: string
  readonly key: string
  readonly cookie: string
}

/** One way to get at a host from a page; gives what the page could read, if anything. */
export interface Attack {
  readonly name: string
  run(page: Page, prey: Prey): Promise<string | undefined>
}

const TRIGGER = '/api/v1/backup/trigger'
const ORDER = JSON.stringify({ plan: 'papers' })
const HELLO = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'page', version: '0' } },
})

interface Ask {
  readonly url: string
  readonly method?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly mode?: 'cors' | 'no-cors'
}

/** What a page can do with `fetch`, with the cookies that the browser has. */
function ask(page: Page, how: Ask): Promise<string | undefined> {
  return page.evaluate(async ({ url, ...more }) => {
    try {
      const answer = await fetch(url, { ...more, credentials: 'include' })
      // Some answers never end.
      const { value } = (await answer.body?.getReader().read()) ?? {}
      return answer.ok && value ? new TextDecoder().decode(value) : undefined
    } catch {
      return undefined
    }
  }, how)
}

/** Sends a form into a frame of the page, and waits until something is shown there. */
function submit(
  page: Page,
  how: { url: string; enctype: string; name: string; value: string },
): Promise<undefined> {
  return page.evaluate(async ({ url, enctype, name, value }) => {
    const frame = document.createElement('iframe')
    frame.name = `frame${Math.random()}`
    document.body.append(frame)
    const form = document.createElement('form')
    Object.assign(form, { action: url, method: 'POST', enctype, target: frame.name })
    const input = document.createElement('input')
    Object.assign(input, { name, value })
    form.append(input)
    document.body.append(form)
    await new Promise((resolve) => {
      frame.addEventListener('load', () => frame.contentWindow && resolve(undefined))
      form.submit()
    })
    return undefined
  }, how)
}

/** Puts an element into the page that loads something, and waits for its end. */
function embed(page: Page, tag: 'img' | 'script' | 'iframe', url: string): Promise<undefined> {
  return page.evaluate(
    ([name, src]) =>
      new Promise<undefined>((resolve) => {
        const element = document.createElement(name)
        element.onload = () => resolve(undefined)
        element.onerror = () => resolve(undefined)
        Object.assign(element, { src })
        document.body.append(element)
      }),
    [tag, url] as const,
  )
}

/** Opens the window's socket, pauses automatic work, and gives what was answered. */
function overSocket(page: Page, url: string): Promise<string | undefined> {
  return page.evaluate(
    (address) =>
      new Promise<string | undefined>((resolve) => {
        const socket = new WebSocket(address)
        socket.onopen = () =>
          socket.send(JSON.stringify({ t: 'call', id: 1, name: 'automation.pause', input: {} }))
        socket.onmessage = ({ data }) => {
          socket.close()
          resolve(String(data))
        }
        socket.onerror = () => resolve(undefined)
        socket.onclose = () => resolve(undefined)
      }),
    `${url.replace('http', 'ws')}/socket`,
  )
}

function events(page: Page, url: string): Promise<string | undefined> {
  return page.evaluate(
    (address) =>
      new Promise<string | undefined>((resolve) => {
        const source = new EventSource(address, { withCredentials: true })
        const end = (what?: string) => {
          source.close()
          resolve(what)
        }
        source.onopen = () => end('open')
        source.onerror = () => end()
      }),
    url,
  )
}

const stolen = ({ key }: Prey) => ({ authorization: `Bearer ${key}` })
const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

/** Of any page, whatever its site. */
export const ATTACKS: readonly Attack[] = [
  { name: 'reads the page', run: (page, { window }) => ask(page, { url: `${window}/` }) },
  { name: 'reads the status', run: (page, { window }) => ask(page, { url: `${window}/api/cloud/status` }) },
  {
    name: 'asks without reading',
    run: (page, { window }) => ask(page, { url: `${window}/api/cloud/status`, mode: 'no-cors' }),
  },
  { name: 'opens the socket', run: (page, { window }) => overSocket(page, window) },
  { name: 'shows the window in a frame', run: (page, { window }) => embed(page, 'iframe', `${window}/`) },
  {
    name: 'loads it as an image',
    run: (page, { window }) => embed(page, 'img', `${window}/api/cloud/status`),
  },
  {
    name: 'loads it as a script',
    run: (page, { window }) => embed(page, 'script', `${window}/api/cloud/status`),
  },
  {
    name: 'loads the API as a script',
    run: (page, { api }) => embed(page, 'script', `${api}/api/v1/backup/list`),
  },
  {
    name: 'orders a backup with a stolen key',
    run: (page, prey) =>
      ask(page, {
        ...{ url: prey.api + TRIGGER, method: 'POST', body: ORDER },
        headers: { ...json, ...stolen(prey) },
      }),
  },
  {
    name: 'orders a backup as plain text',
    run: (page, { api }) => ask(page, { url: api + TRIGGER, method: 'POST', body: ORDER, mode: 'no-cors' }),
  },
  {
    name: 'sends a form as text/plain',
    // One line of JSON.
    run: (page, { api }) =>
      submit(page, {
        url: api + TRIGGER,
        enctype: 'text/plain',
        name: '{"plan":"papers","tag":"',
        value: '"}',
      }),
  },
  ...['application/x-www-form-urlencoded', 'multipart/form-data'].map((enctype) => ({
    name: `sends a form as ${enctype}`,
    run: (page: Page, { api }: Prey) =>
      submit(page, { url: api + TRIGGER, enctype, name: 'plan', value: 'papers' }),
  })),
  {
    name: 'reads data with a stolen key',
    run: (page, prey) => ask(page, { url: `${prey.api}/api/v1/data/backups`, headers: stolen(prey) }),
  },
  {
    name: 'talks to the models’ door with a stolen key',
    run: (page, prey) =>
      ask(page, {
        url: `${prey.api}/mcp`,
        method: 'POST',
        body: HELLO,
        headers: { ...json, ...stolen(prey) },
      }),
  },
  {
    name: 'talks to the models’ door without one',
    run: (page, { api }) => ask(page, { url: `${api}/mcp`, method: 'POST', body: HELLO, mode: 'no-cors' }),
  },
  {
    name: 'sends the models’ door a form',
    run: (page, { api }) =>
      submit(page, { url: `${api}/mcp`, enctype: 'text/plain', name: HELLO.slice(0, -4), value: '"}}}' }),
  },
  { name: 'listens to events', run: (page, { api }) => events(page, `${api}/api/v1/events`) },
]
