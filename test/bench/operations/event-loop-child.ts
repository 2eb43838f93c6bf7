// Makes one backup through the library and prints how late this process's event loop was meanwhile, as JSON.
// Argument: JSON of an empty folder, the source and the format.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { openEverstow } from '../../../main/hosts/library/index.ts'

const RESOLUTION_MS = 2
const { folder, source, format } = JSON.parse(process.argv[2] ?? '{}') as {
  folder: string
  source: string
  format: 'archive' | 'snapshot'
}

const path = join(folder, 'place')
mkdirSync(path)
const everstow = await openEverstow({
  home: join(folder, 'home'),
  passphrase: 'a passphrase for measuring',
  keychain: 'off',
})
try {
  await everstow.call('place.add', { name: 'kept', type: 'local', path })
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  const { runId } = await everstow.call('backup.start', { paths: [source], format })
  const { state } = await everstow.call('run.wait', { id: runId })
  delay.disable()
  if (state !== 'done') throw new Error(`the backup ended as ${state}`)
  // The monitor's timer comes round every 2 ms at the best; what is above that is delay.
  const delayOf = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS)
  const document = { delayP99Ms: delayOf(delay.percentile(99)), delayMaxMs: delayOf(delay.max) }
  process.stdout.write(`${JSON.stringify(document)}\n`)
} finally {
  await everstow.close()
}
