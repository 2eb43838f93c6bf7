import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'

/** The machine in one line, and how busy others kept it. */
export function describeMachine(): string {
  const memoryGib = Math.round(totalmem() / 2 ** 30)
  const system = `${systemName()}, Linux ${release().split('-')[0]}`
  return `${availableParallelism()} × ${cpus()[0]?.model.trim()}, ${memoryGib} GiB, ${system}`
}

/** Mean number of processes that wanted to run during the last minute. */
export function load(): number {
  return loadavg()[0] ?? 0
}

function systemName(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform
  } catch {
    // Only Linux systems have the file.
    return process.platform
  }
}
