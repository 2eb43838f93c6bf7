import { TEST_BUCKET, TEST_CREDENTIAL } from '../../servers/s3/options.ts'
import { startS3Server } from '../../servers/s3/server.ts'
import { settle, warm } from '../ground.ts'
import { measure } from '../measure.ts'
import type { Workload } from '../workloads/workloads.ts'
import { reasonOf, type Scene } from './scene.ts'

/** Of a service that is not around the corner. */
const LATENCY_MS = 20

/** One round of first backups to an S3 server that takes 20 ms for each request; an empty server for each tool. */
export async function runRemote(scene: Scene, workload: Workload, round: number): Promise<void> {
  const { tools, ground, results } = scene
  const work = `s3 ${workload.name}`
  await warm(workload.folder)
  for (const tool of tools) {
    if (!tool.speaksS3 || !tool.takesPart('first', workload.name, round)) continue
    const server = await startS3Server({ latencyMs: LATENCY_MS })
    const folder = ground.folder('remote')
    try {
      const bucket = { endpoint: server.url, name: TEST_BUCKET, region: server.region, ...TEST_CREDENTIAL }
      const repository = await tool.open({ folder, source: workload.folder, bucket })
      const { length: before } = server.requests
      await settle()
      const { wallS, cpuS, peakMb } = await measure(repository.command('first', folder))
      const storedMb = [...server.objects().values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / 1e6
      const requests = server.requests.length - before
      results.add(work, tool.id, round, { wallS, cpuS, peakMb, storedMb, requests })
    } catch (error) {
      results.fail(work, tool.id, reasonOf(error))
    } finally {
      await server.close()
      ground.discard(folder)
    }
  }
}
