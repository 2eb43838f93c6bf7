// Makes one archive in a process of its own, so that tests can limit it, kill it, or measure it.
// Argument: JSON of the options, and `uid` to run as. Prints a line `started`, then the result or the error as JSON with the peak memory.
import { readFileSync } from 'node:fs'
import { type ArchiveOptions, createArchive } from '../../main/engine/archive/write/create-archive.ts'
import { asEverstowError } from '../../main/engine/model/errors.ts'

const { uid, ...options } = JSON.parse(process.argv[2] ?? '{}') as ArchiveOptions & { uid?: number }
if (uid !== undefined) {
  process.setgroups?.([])
  process.setgid?.(uid)
  process.setuid?.(uid)
}
process.stdout.write('started\n')
try {
  const result = await createArchive({
    ...options,
    onProgress: () => process.stdout.write('progress\n'),
  })
  print({ result })
} catch (error) {
  const { code, data } = asEverstowError(error)
  print({ code, data })
}

function print(outcome: object): void {
  process.stdout.write(`${JSON.stringify({ ...outcome, peakMb: Math.round(peakKb() / 1024) })}\n`)
}

/** Linux counts the memory of the process that forked us into `maxRSS`; `VmHWM` is ours alone. */
function peakKb(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
}
