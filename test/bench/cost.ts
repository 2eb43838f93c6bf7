import { createApp } from '../../main/app/create-app.ts'
import { connectInProcess, type InProcessClient } from '../../main/app/in-process-client.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import type { FarServer } from './far-server.ts'
import { median, rounded } from './statistics.ts'

/** What some work took from a server. */
export interface Cost {
  readonly mb: number
  readonly requests: number
  readonly ms: number
  /** Of this process and its threads. */
  readonly cpuS: number
}

/** Costs by what was done, as they come. */
export type Costs = Map<string, Cost[]>

/** Does something and notes what it took from the server. */
export async function noteCost(
  costs: Costs,
  name: string,
  server: FarServer,
  work: () => Promise<unknown>,
): Promise<void> {
  const before = await server.asked()
  const started = performance.now()
  const cpu = process.cpuUsage()
  await work()
  const ms = performance.now() - started
  const { user, system } = process.cpuUsage(cpu)
  const after = await server.asked()
  const mb = (after.bytes - before.bytes) / 1e6
  const requests = after.requests - before.requests
  costs.set(name, [...(costs.get(name) ?? []), { mb, requests, ms, cpuS: (user + system) / 1e6 }])
}

/** Prints the medians. */
export function printCosts(of: string, costs: Costs): void {
  for (const [name, all] of costs) {
    const one = (key: keyof Cost, digits: number) => rounded(median(all.map((each) => each[key])), digits)
    const [least, most] = [Math.min(...all.map(({ ms }) => ms)), Math.max(...all.map(({ ms }) => ms))]
    const range = `${rounded(least, 0)} to ${rounded(most, 0)}`
    console.log(
      `${of}, ${name}: ${one('mb', 2)} MB, ${one('requests', 1)} requests, ${one('ms', 0)} ms (${range}), ${one('cpuS', 2)} s of CPU`,
    )
  }
}

/** Runs work in an application of its own, as a process would. */
export async function inApp<Result>(
  home: string,
  work: (client: InProcessClient) => Promise<Result>,
): Promise<Result> {
  const app = await createApp({
    home,
    host: 'library',
    hostCan: {},
    version: '0.0.0-bench',
    platform: process.platform,
    locale: 'en',
    userHome: home,
    keychain: 'off',
    logDestination: 'none',
    stays: false,
  })
  try {
    return await work(connectInProcess(app.server, 'admin'))
  } finally {
    await app.stop()
  }
}

/** Adds the server as a place. */
export async function addFarPlace(client: InProcessClient, { url, region }: FarServer): Promise<void> {
  const secrets = { ...TEST_CREDENTIAL }
  await client.call('place.add', {
    name: 'far',
    type: 's3',
    bucket: TEST_BUCKET,
    endpoint: url,
    region,
    secrets,
  })
}

/** Backs a folder up and gives the id. */
export async function backUp(
  client: InProcessClient,
  source: string,
  format: 'archive' | 'snapshot',
): Promise<string> {
  const { runId } = await client.call('backup.start', { paths: [source], format })
  const run = await client.call('run.wait', { id: runId })
  if (run.state !== 'done' || !run.backup) throw new Error(`${format}: the backup came to ${run.state}`)
  return run.backup.id
}
