import { platform } from 'node:os'
import { isOwn } from '../sync/disk/choose.ts'
import { foldKey } from '../sync/fold-key.ts'
import { fitsHere } from './fits-here.ts'
import { mustAsk } from './guard.ts'
import type { MirrorRun } from './mirror-run.ts'
import { nameOf } from './names.ts'
import { type Listed, listFiles } from './objects.ts'
import { emptyOutcome, type HeldDeletions, holdsOf, type LeftAlone, type MirrorOutcome } from './report.ts'
import { createIgnored, type LocalFile, type Walked } from './walk-folder.ts'

/** An object that has to be looked into, and what lies at its path. */
export interface Download {
  readonly path: string
  readonly object: Listed
  readonly file: LocalFile | undefined
}

export interface PullPlan {
  readonly downloads: readonly Download[]
  /** Files without an object. */
  readonly removals: readonly LocalFile[]
  readonly held: HeldDeletions | undefined
  readonly outcome: MirrorOutcome
}

/** Compares the listing with a folder. Costs nothing but the listing. */
export async function planPull(
  { store, state, mirror, signal }: Omit<MirrorRun, 'confirmed' | 'onProgress'>,
  walked: Walked,
  isCaseBlind: boolean,
): Promise<PullPlan> {
  const listed = await listFiles(store, mirror.prefix, signal)
  const outcome = emptyOutcome(walked.left)
  const isIgnored = createIgnored(mirror.folder, mirror.ignore)
  const spellings = new Map<string, string>()
  const downloads: Download[] = []
  const wanted: Listed[] = []
  for (const [path, object] of listed) {
    const reason = whyNot(path, isCaseBlind, spellings)
    if (reason) outcome.left.push({ path, reason })
    if (reason || isIgnored(path, false)) continue
    wanted.push(object)
    const file = walked.files.get(path)
    const known = state.get(path)
    const isAsKnown = known && file && known.tag === object.tag && known.stamp === file.stamp
    if (isAsKnown) outcome.unchanged++
    else downloads.push({ path, object, file })
  }
  outcome.holds = holdsOf(wanted)
  for (const path of state.paths()) if (!listed.has(path) && !walked.files.has(path)) state.forget(path)
  const spelledAs = (path: string) => isCaseBlind && spellings.has(foldKey(path))
  const removals = [...walked.files.values()].filter(({ path }) => !listed.has(path) && !spelledAs(path))
  const strangers = removals.filter(({ path }) => !state.get(path)).length
  const isEmpty = listed.size === 0
  const held = mustAsk(removals.length, walked.files.size, { isEmpty, strangers })
  return { downloads, removals, held, outcome }
}

/** Why no file of this system can have a path. */
function whyNot(
  path: string,
  isCaseBlind: boolean,
  spellings: Map<string, string>,
): LeftAlone['reason'] | undefined {
  const names = path.split('/').map(nameOf)
  const isName = (name: (typeof names)[number]) =>
    name !== undefined && fitsHere(name, platform()) && !(typeof name === 'string' && isOwn(name))
  if (!names.every(isName)) return 'name'
  if (!isCaseBlind) return undefined
  const folded = foldKey(path)
  const other = spellings.get(folded)
  spellings.set(folded, other ?? path)
  return other === undefined ? undefined : 'clash'
}
