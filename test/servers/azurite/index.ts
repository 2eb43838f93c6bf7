import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BlobServiceClient } from '@azure/storage-blob'

export { type FaultProxy, startFaultProxy } from './fault-proxy.ts'

const START_TIMEOUT_MS = 120_000

export interface Azurite {
  readonly connectionString: string
  /** The blob endpoint of the account. */
  readonly endpoint: string
  readonly account: string
  readonly key: string
  createContainer(name: string): Promise<void>
  /** Names of the blobs of a container, to look behind the backend. */
  blobs(container: string): Promise<string[]>
  stop(): Promise<void>
}

/** Starts the emulator's blob service with an account of its own and waits until it answers. */
export async function startAzurite(): Promise<Azurite> {
  const folder = await mkdtemp(join(tmpdir(), 'everstow-azurite-'))
  const account = 'everstowtest'
  const key = randomBytes(64).toString('base64')
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js')
  const flags = [
    '--blobHost',
    '127.0.0.1',
    '--blobPort',
    '0',
    '--inMemoryPersistence',
    '--skipApiVersionCheck',
  ]
  const child = spawn(process.execPath, [main, ...flags, '--disableTelemetry', '--silent'], {
    cwd: folder,
    env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${key}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    }
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const endpoint = `${await addressOf(child)}/${account}`
    const connectionString = `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};BlobEndpoint=${endpoint};`
    const service = BlobServiceClient.fromConnectionString(connectionString)
    await service.getProperties()
    return {
      connectionString,
      endpoint,
      account,
      key,
      createContainer: async (name) => void (await service.createContainer(name)),
      blobs: async (container) => {
        const names: string[] = []
        for await (const blob of service.getContainerClient(container).listBlobsFlat()) names.push(blob.name)
        return names
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The address that the emulator prints once it listens. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const timer = setTimeout(() => reject(new Error(`Azurite did not start: ${output}`)), START_TIMEOUT_MS)
    const read = (piece: Buffer): void => {
      output += piece.toString()
      const address = /successfully listen(?:s|ing) (?:at|on) (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1]
      if (!address) return
      clearTimeout(timer)
      resolve(address)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`Azurite ended with ${code}: ${output}`))
    })
  })
}
