import { once } from 'node:events'
import { parentPort } from '../../env/node/threads.ts'
import { IndexWriter } from './index-writer.ts'
import { packSources } from './pack-sources.ts'
import { runThread, tell } from './run-thread.ts'
import type { PackerEnd, PackerStart } from './thread-messages.ts'

const PROGRESS_INTERVAL_MS = 100

// Walks, reads and packs; then waits for what only the output thread knows, and closes the index with it.
runThread<PackerStart>(async (start, ring) => {
  const index = new IndexWriter(start.indexPath, start.archiveName)
  try {
    let toldMs = performance.now()
    const summary = packSources(start, ring, index, (files, bytesRead, path) => {
      if (performance.now() - toldMs < PROGRESS_INTERVAL_MS) return
      toldMs = performance.now()
      tell({ type: 'progress', files, bytesRead, path })
    })
    tell({ type: 'packed', summary })
    if (!parentPort) return
    const [end] = (await once(parentPort, 'message')) as [PackerEnd]
    if (end.type === 'abandon') return
    index.finish({ ...end.written, tarBytes: summary.tarBytes })
    tell({ type: 'indexed' })
  } finally {
    index.close()
  }
})
