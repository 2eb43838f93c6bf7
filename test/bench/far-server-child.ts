// The process behind `far-server.ts`: `LATENCY_MS` as its argument, a message for each message.
import { startS3Server } from '../servers/s3/server.ts'
import type { Asked, Started } from './far-server.ts'

const server = await startS3Server({ latencyMs: Number(process.argv[2]) })

process.on('message', () => {
  const asked: Asked = {
    requests: server.requests.length,
    bytes: server.requests.reduce((sum, { contentBytes }) => sum + contentBytes, 0),
    storedBytes: [...server.objects().values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }
  process.send?.(asked)
})
process.once('disconnect', () => void server.close())

const started: Started = { url: server.url, region: server.region }
process.send?.(started)
