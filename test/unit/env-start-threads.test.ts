import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { standBy, startThread } from '../../main/engine/env/node/start-threads.ts'

const MODULE = pathToFileURL(resolve(import.meta.dirname, '../../main/engine/env/node/start-threads.ts'))
/** Tells what it was started with, then what it is sent. */
const ECHO = `
import { parentPort } from 'node:worker_threads'
import { threadStart } from ${JSON.stringify(MODULE.href)}
const start = await threadStart()
parentPort.postMessage({ start: start.port ? 'a port' : start })
parentPort.once('message', (more) => parentPort.postMessage({ more }))
`

describe('threads that stand by', () => {
  let folder: string
  const files: string[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everstow-threads-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function file(code: string): Promise<URL> {
    const path = join(folder, `${files.length}.ts`)
    files.push(path)
    await writeFile(path, code)
    return pathToFileURL(path)
  }
  const said = (thread: ReturnType<typeof startThread>, count: number): Promise<unknown[]> =>
    new Promise((answer, failed) => {
      const messages: unknown[] = []
      thread.once('error', failed).on('message', (message) => {
        if (messages.push(message) === count) answer(messages)
      })
    })

  test('they are taken before others are made, two and no more, and each is told its own start', async () => {
    const echo = await file(ECHO)
    standBy(echo, 2)
    standBy(echo, 2)
    const threads = ['a', 'b', 'c'].map((start) => startThread(echo, { start }))
    // Sent before it can have heard of its start: nothing is lost.
    for (const thread of threads) thread.postMessage('more')
    const ids = threads.map(({ threadId }) => threadId)
    expect(Math.max(...ids.slice(0, 2))).toBeLessThan(ids[2] as number)
    expect(await Promise.all(threads.map((thread) => said(thread, 2)))).toEqual(
      ['a', 'b', 'c'].map((start) => [{ start: { start } }, { more: 'more' }]),
    )
    await Promise.all(threads.map((thread) => thread.terminate()))
  })

  test('what moves arrives', async () => {
    const echo = await file(ECHO)
    const { port1, port2 } = new MessageChannel()
    const thread = startThread(echo, { port: port2 }, [port2 as never])
    expect(await said(thread, 1)).toEqual([{ start: 'a port' }])
    port1.close()
    await thread.terminate()
  })

  test('one that cannot load troubles only whoever starts it', async () => {
    const broken = await file('throw new Error("broken")')
    standBy(broken, 1)
    await sleep(500)
    await expect(said(startThread(broken, {}), 1)).rejects.toThrow('broken')
  })
})
