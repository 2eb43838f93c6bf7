import type { Files } from '../env/files.ts'
import { isSignedBy } from '../repository/keys/device-identity.ts'
import { entryMessage, KEY_ACTION, type LogPoint, parseLine, type SealedEntry } from './entry.ts'
import { type Head, headMessage, readHead } from './head.ts'
import { beginningOf } from './let-go.ts'
import { listSegments, readSegment, type Segment } from './segments.ts'
import type { Kept } from './signing-key.ts'

/** What is wrong with an entry, or with what should be there. */
export type ProblemKind =
  /** A line that is no entry, or not the one that was written. */
  | 'changed'
  /** An entry is not where it belongs: others are missing, doubled or swapped before it. */
  | 'order'
  /** It does not follow the entry before. */
  | 'chain'
  | 'signature'
  /** Signed by a key that this computer did not keep as one of its own. */
  | 'key'
  /** Entries at the end are gone. */
  | 'cut'
  /** The note of the log's end is missing or not ours. */
  | 'head'
  /** It is not the log that somebody noted a point of. */
  | 'noted'

/** The first thing that is not as it should be. */
export interface Problem {
  readonly kind: ProblemKind
  /** Number that the entry has or should have. */
  readonly number: number
  /** Name of the file, where the problem is in one. */
  readonly file?: string
  /** Line in the file, from 1. */
  readonly line?: number
}

/** What a check came to. */
export interface Verdict {
  readonly problem?: Problem
  /** Number of the first entry that is kept: what was before was let go. */
  readonly begins: number
  /** Entries from there up to the problem, or all. */
  readonly entries: number
  /** How far it is proven. */
  readonly end: LogPoint
  /** Entries without a signature, because no key could be used when they were written. */
  readonly unsigned: number
  /** Entries that could not be written, as later ones tell. */
  readonly missed: number
  /** Whether the keys and the end could be compared with what the store of secrets keeps. */
  readonly isKeptKnown: boolean
}

interface Snapshot {
  readonly segments: readonly (Segment & { readonly sizeBytes: number })[]
  readonly head: Head | 'damaged' | undefined
}

/** Checks the whole log: every byte, every entry's place, signatures, and that nothing is missing at the end. */
export async function verifyLog(
  files: Files,
  folder: string,
  exclusively: <T>(run: () => Promise<T>) => Promise<T>,
  kept: Kept | 'closed' | undefined,
  known: LogPoint | undefined,
): Promise<Verdict> {
  // What is appended while this reads is left to the next check.
  const { segments, head } = (await files.stat(folder))
    ? await exclusively(() => snapshot(files, folder))
    : { segments: [], head: undefined }
  const secret = kept === 'closed' ? undefined : kept
  const { point, pinned } = await beginningOf(files, segments)
  const marks = new Map<number, string>([[point.number, point.hash]])
  const wanted = [head === 'damaged' ? undefined : head, secret, known].flatMap((point) =>
    point ? [point.number] : [],
  )
  const keys = new Map<string, string>()
  let end = point
  let unsigned = 0
  let missed = 0
  let isLastSigned = false
  const verdict = (problem?: Problem): Verdict => ({
    ...(problem ? { problem } : {}),
    begins: point.number + 1,
    entries: end.number - point.number,
    end,
    unsigned,
    missed,
    isKeptKnown: kept !== 'closed',
  })

  for (const segment of segments) {
    const { lines, rest } = await readSegment(files, segment, segment.sizeBytes)
    for (const [at, line] of lines.entries()) {
      const number = end.number + 1
      const where = { number, file: nameOf(segment), line: at + 1 }
      const sealed = parseLine(line)
      if (!sealed) return verdict({ kind: 'changed', ...where })
      const isOff = pinned?.number === end.number && pinned.hash !== end.hash
      const kind =
        at === 0 && segment.firstNumber !== number
          ? 'order'
          : isOff
            ? 'chain'
            : linkProblem(sealed, end, keys, secret, kept !== 'closed')
      if (kind) return verdict({ kind, ...where })
      end = { number, hash: sealed.hash }
      if (wanted.includes(number)) marks.set(number, sealed.hash)
      isLastSigned = sealed.signature !== ''
      if (!isLastSigned) unsigned++
      missed += sealed.entry.missed ?? 0
    }
    // A process that was killed leaves a part of a line at the very end; nobody was told that it is there.
    const isAcknowledged =
      segment !== segments.at(-1) || (head !== 'damaged' && (head?.number ?? 0) > end.number)
    if (rest !== '' && isAcknowledged)
      return verdict({
        kind: 'changed',
        number: end.number + 1,
        file: nameOf(segment),
        line: lines.length + 1,
      })
  }
  const problem = endProblem({ head, secret, known, begins: point.number, end, marks, keys, isLastSigned })
  return verdict(problem)
}

function linkProblem(
  { entry, hash, signature }: SealedEntry,
  end: LogPoint,
  keys: Map<string, string>,
  kept: Kept | undefined,
  isKeptKnown: boolean,
): ProblemKind | undefined {
  if (entry.number !== end.number + 1) return 'order'
  if (entry.previous !== end.hash) return 'chain'
  const { device } = entry
  if (entry.action === KEY_ACTION && device !== '') {
    const publicKey = entry.targets.public_key ?? ''
    if (entry.targets.device !== device || !/^[0-9a-f]{64}$/.test(publicKey)) return 'key'
    if (isKeptKnown && kept?.keys[device] !== publicKey) return 'key'
    keys.set(device, publicKey)
  }
  if (device === '') return signature === '' ? undefined : 'signature'
  const publicKey = keys.get(device)
  if (publicKey === undefined) return 'key'
  return isSigned(publicKey, entryMessage(hash), signature) ? undefined : 'signature'
}

function endProblem(facts: {
  readonly head: Head | 'damaged' | undefined
  readonly secret: Kept | undefined
  readonly known: LogPoint | undefined
  readonly begins: number
  readonly end: LogPoint
  readonly marks: ReadonlyMap<number, string>
  readonly keys: ReadonlyMap<string, string>
  readonly isLastSigned: boolean
}): Problem | undefined {
  const { head, secret, known, begins, end, marks, keys, isLastSigned } = facts
  const number = end.number + 1
  if (head === 'damaged') return { kind: 'head', number, file: 'head.json' }
  for (const point of [head, secret, known]) {
    // What was let go cannot be compared with anything.
    if (!point || point.number < begins) continue
    if (point.number > end.number) return { kind: 'cut', number }
    if (marks.get(point.number) !== point.hash)
      return { kind: point === known ? 'noted' : 'chain', number: point.number }
  }
  if (!head) return end.number > 0 || secret ? { kind: 'head', number, file: 'head.json' } : undefined
  const isByOneOfOurs = [...keys.values()].some((key) => isSigned(key, headMessage(head), head.signature))
  const mustBeSigned = isLastSigned && head.number === end.number
  if (head.signature === '' ? mustBeSigned : !isByOneOfOurs)
    return { kind: 'head', number: head.number, file: 'head.json' }
  return undefined
}

function isSigned(publicKey: string, message: Uint8Array, signature: string): boolean {
  return isSignedBy(Buffer.from(publicKey, 'hex'), message, Buffer.from(signature, 'hex'))
}

async function snapshot(files: Files, folder: string): Promise<Snapshot> {
  const segments: (Segment & { readonly sizeBytes: number })[] = []
  for (const segment of await listSegments(files, folder)) {
    const sizeBytes = (await files.stat(segment.path))?.sizeBytes ?? 0
    segments.push({ ...segment, sizeBytes })
  }
  return { segments, head: await readHead(files, folder) }
}

function nameOf({ path }: Segment): string {
  return path.slice(-'000000000000.jsonl'.length)
}
