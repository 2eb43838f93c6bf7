import type { Run } from '../../../contract/index.ts'
import type { Say } from './say.ts'
import { keepEnd, safeText, widthOf } from './terminal-text.ts'

const GAP = '  '

/** One line that says how a run goes: phase, files, bytes, rate, time left, and what it is at. */
export function progressText(run: Run, say: Say, columns: number): string {
  const parts = [say.any(`runs.phase.${run.phase}`)]
  if (run.files > 0) parts.push(say('amount.files', { count: run.files }))
  if (run.bytes > 0)
    parts.push(
      run.bytesTotal === undefined
        ? say.bytes(run.bytes)
        : say.any('runs.progressOf', { done: say.bytes(run.bytes), total: say.bytes(run.bytesTotal) }),
    )
  if (run.bytesPerSecond > 0) parts.push(say.any('time.perSecond', { rate: say.bytes(run.bytesPerSecond) }))
  if (run.secondsLeft !== undefined && run.bytesTotal !== undefined)
    parts.push(say('run.left', { time: say.duration(Math.ceil(run.secondsLeft)) }))
  const told = parts.join(GAP)
  const room = columns - widthOf(told) - GAP.length - 1
  if (room < 12 || run.currentPath === undefined) return keepEnd(told, columns - 1)
  return `${told}${GAP}${keepEnd(safeText(run.currentPath), room)}`
}
