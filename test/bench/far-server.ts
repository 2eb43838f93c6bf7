import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What a server was asked for since it started, and what lies there. */
export interface Asked {
  readonly requests: number
  /** Bytes of objects that were sent. */
  readonly bytes: number
  readonly storedBytes: number
}

/** An S3 server in a process of its own, as a service is: what it works is not the program's. */
export interface FarServer {
  readonly url: string
  readonly region: string
  asked(): Promise<Asked>
  close(): Promise<void>
}

/** What the child says first. */
export type Started = Pick<FarServer, 'url' | 'region'>

/** Starts a server that takes so long for each request. */
export async function startFarServer(latencyMs: number): Promise<FarServer> {
  const child = fork(join(import.meta.dirname, 'far-server-child.ts'), [String(latencyMs)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  const [{ url, region }] = (await once(child, 'message')) as [Started]
  return {
    url,
    region,
    async asked() {
      child.send('asked')
      const [asked] = (await once(child, 'message')) as [Asked]
      return asked
    },
    async close() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}
