import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { createNodeNet } from '../../main/engine/env/node/node-net.ts'
import { cpuCount } from '../../main/engine/env/node/threads.ts'

const nodeNet = createNodeNet()

describe('node net', () => {
  it('reaches who listens, by name and by address, and nobody else', async () => {
    const server = createServer((socket) => socket.end())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    try {
      expect(await nodeNet.isReachable(`http://127.0.0.1:${port}/bucket`, 2000)).toBe(true)
      expect(await nodeNet.isReachable(`postgres://u:p@localhost:${port}/db`, 2000)).toBe(true)
    } finally {
      server.close()
    }
    expect(await nodeNet.isReachable(`http://127.0.0.1:${port}/`, 2000)).toBe(false)
    expect(await nodeNet.isReachable(`http://[::1]:${port}/`, 2000)).toBe(false)
  })

  it('answers in time where somebody is there and silent', async () => {
    // A frozen process whose queue is full: the system takes no further call, and refuses none.
    const program = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
      console.log(this.address().port)
    })`
    const silent = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const callers: Socket[] = []
    try {
      const [port] = (await once(createInterface({ input: silent.stdout }), 'line')) as [string]
      silent.kill('SIGSTOP')
      for (let call = 0; call < 8; call++)
        callers.push(connect(Number(port), '127.0.0.1').on('error', () => {}))
      const start = performance.now()
      expect(await nodeNet.isReachable(`http://127.0.0.1:${port}/`, 200)).toBe(false)
      const tookMs = performance.now() - start
      expect(tookMs).toBeGreaterThan(190)
      // The system itself gives up after two minutes.
      expect(tookMs).toBeLessThan(60_000)
    } finally {
      for (const caller of callers) caller.destroy()
      silent.kill('SIGKILL')
    }
  })

  it('is called off', async () => {
    const stop = new AbortController()
    const asking = nodeNet.isReachable('http://192.0.2.1/', 60_000, stop.signal)
    stop.abort()
    expect(await asking).toBe(false)
    expect(await nodeNet.isReachable('http://127.0.0.1:1/', 60_000, stop.signal)).toBe(false)
  })

  it('has nobody to reach behind what names no server', async () => {
    for (const url of ['file:///tmp', 'not a url', 's3://bucket/key', 'http://']) {
      expect(await nodeNet.isReachable(url, 1000)).toBe(false)
    }
  })

  it('knows whether there is a network, or that it cannot know', () => {
    expect([true, false, undefined]).toContain(nodeNet.isOnline())
  })
})

describe('threads', () => {
  it('are at least one', () => {
    expect(cpuCount()).toBeGreaterThanOrEqual(1)
    expect(Number.isInteger(cpuCount())).toBe(true)
  })
})
