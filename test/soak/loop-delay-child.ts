// Makes one first backup through the library, to a folder and a bucket, and prints how late this process's event loop was meanwhile, as JSON.
// Argument: JSON of an empty folder, the source, and the bucket's place.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { openEverstow } from '../../main/hosts/library/index.ts'

const RESOLUTION_MS = 2
const { folder, source, bucket } = JSON.parse(process.argv[2] ?? '{}')

const path = join(folder, 'place')
mkdirSync(path)
const everstow = await openEverstow({
  home: join(folder, 'home'),
  passphrase: 'a passphrase for measuring',
  keychain: 'off',
})
try {
  await everstow.call('place.add', { name: 'disk', type: 'local', path })
  await everstow.call('place.add', { name: 'cloud', type: 's3', ...bucket })
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  const { runId } = await everstow.call('backup.start', { paths: [source], format: 'snapshot' })
  const { state } = await everstow.call('run.wait', { id: runId })
  delay.disable()
  // The monitor's timer comes round every 2 ms at the best; what is above that is delay.
  const delayOf = (ns: number): number => Math.round(Math.max(0, ns / 1e6 - RESOLUTION_MS) * 10) / 10
  const document = {
    state,
    p50Ms: delayOf(delay.percentile(50)),
    p99Ms: delayOf(delay.percentile(99)),
    maxMs: delayOf(delay.max),
  }
  process.stdout.write(`${JSON.stringify(document)}\n`)
} finally {
  await everstow.close()
}
