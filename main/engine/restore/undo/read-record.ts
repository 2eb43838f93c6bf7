import { headOf, type Line, type RecordHead, type Step, stepsOf } from '../placing/record.ts'
import type { PathKey } from '../target/path-key.ts'
import { lookAt, type SyncFiles } from '../target/sync-files.ts'

/** A step and the moment after it: what was touched then or later was touched by somebody else. */
export type DoneStep = Exclude<Step, { readonly did: 'copied' | 'nothing' }> & { readonly stampNs: bigint }

/** A record as it is on the disk. */
export interface ReadRecord {
  readonly head: RecordHead
  /** In the order they were done. */
  readonly steps: readonly DoneStep[]
  /** Inodes of what the restore moved, and of all folders in it. */
  readonly inodes: ReadonlySet<string>
  /** The restore came to its end. */
  readonly hasEnded: boolean
  /** What an undo that died was about to bring back: the inode, by path. */
  readonly begun: ReadonlyMap<PathKey, string>
}

/** The small file of a record; undefined where there is none that can be read. */
export function readHead(files: SyncFiles, path: string): RecordHead | undefined {
  try {
    const head = JSON.parse(files.readFileSync(headOf(path), 'utf8'))
    return head?.format === 1 && typeof head.into === 'string' ? head : undefined
  } catch {
    // Missing, or cut short by a full disk: there is nothing to undo by.
    return undefined
  }
}

/** Reads a record whole. A last line that was cut short was not done yet. */
export function readRecord(files: SyncFiles, path: string): ReadRecord | undefined {
  const head = readHead(files, path)
  const seen = lookAt(files, stepsOf(path))
  if (!head || !seen) return undefined
  const steps = new Map<string, DoneStep>()
  const inodes = new Set<string>()
  const begun = new Map<PathKey, string>()
  let open: Exclude<Step, { readonly did: 'copied' | 'nothing' }>[] = []
  const settle = (stampNs: bigint): void => {
    for (const step of open) steps.set(`${step.did} ${step.key}`, { ...step, stampNs })
    open = []
  }
  for (const line of linesOf(files.readFileSync(stepsOf(path), 'utf8'))) {
    if ('stamp' in line) settle(BigInt(line.stamp))
    else if ('back' in line) begun.set(line.back, line.ino)
    else if (line.did === 'nothing') open = open.filter(({ key }) => key !== line.key)
    else {
      if ('inodes' in line) for (const ino of line.inodes) inodes.add(ino)
      if (line.did !== 'copied') open.push(line)
    }
  }
  const hasEnded = open.length === 0
  settle(seen.mtimeNs)
  return { head, steps: [...steps.values()], inodes, hasEnded, begun }
}

function* linesOf(text: string): Iterable<Line> {
  for (let from = 0, end = text.indexOf('\n'); end >= 0; from = end + 1, end = text.indexOf('\n', from)) {
    const line = lineOf(text.slice(from, end))
    // What a power loss left of a line tells nothing, nor does what comes after it.
    if (!line) return
    yield line
  }
}

function lineOf(text: string): Line | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
