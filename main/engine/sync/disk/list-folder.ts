import { isUtf8 } from 'node:buffer'
import { type BigIntStats, lstatSync, opendirSync, readdirSync } from '../../env/node/sync-files.ts'
import type { NodeKind } from '../nodes.ts'
import type { Entry } from '../ports.ts'
import type { LocalNames } from './local-names.ts'
import type { Looks } from './looks.ts'
import type { OpenFolder } from './open-folder.ts'
import { ifThere } from './system-errors.ts'

/** Why something that is there is not synced. */
export type SkipReason = 'not-chosen' | 'other-volume' | 'special-file' | 'name-not-unicode'

export interface Listed {
  readonly entries: readonly Entry[]
  /** Names under which something is that is not synced. */
  readonly skipped: ReadonlyMap<string, SkipReason>
}

export interface Listing {
  readonly looks: Looks
  readonly names: LocalNames
  /** Whether a name in this folder is synced; `ignored` leaves no trace. */
  readonly judge: (name: string, kind: NodeKind) => 'chosen' | 'not-chosen' | 'ignored'
  /** Lets others work, once it is time to. */
  readonly breathe: () => Promise<void> | undefined
}

const REPLACEMENT = '\uFFFD'

/** Looks at everything in a folder. Throws the system's errors: what cannot be listed as a whole is not listed. */
export async function listFolder(
  folder: OpenFolder,
  { looks, names, judge, breathe }: Listing,
): Promise<Listed> {
  const skipped = new Map<string, SkipReason>()
  const entries: Entry[] = []
  for (const local of await namesIn(folder, breathe, skipped)) {
    const pause = breathe()
    if (pause) await pause
    const stats = ifThere(() => lstatSync(`${folder.self}/${local}`, { bigint: true }))
    if (!stats) continue
    const name = names.fromLocal(local)
    const kind = looks.kindOf(stats)
    const verdict = judge(name, kind ?? 'file')
    if (verdict === 'ignored') continue
    const look = looks.lookOf(stats)
    if (verdict === 'chosen' && look) entries.push({ name, look })
    else skipped.set(name, verdict === 'not-chosen' ? verdict : reasonOf(stats))
  }
  folder.check()
  return { entries, skipped }
}

function reasonOf(stats: BigIntStats): SkipReason {
  return stats.isFile() || stats.isDirectory() || stats.isSymbolicLink() ? 'other-volume' : 'special-file'
}

/** Folders are read in parts: a large one must not keep the others waiting. */
const NAMES_AT_ONCE = 1024

async function namesIn(
  { self }: OpenFolder,
  breathe: Listing['breathe'],
  skipped: Map<string, SkipReason>,
): Promise<readonly string[]> {
  const names: string[] = []
  let isText = true
  const folder = opendirSync(self, { bufferSize: NAMES_AT_ONCE })
  try {
    for (let entry = folder.readSync(); entry; entry = folder.readSync()) {
      names.push(entry.name)
      isText &&= !entry.name.includes(REPLACEMENT)
      const pause = breathe()
      if (pause) await pause
    }
  } finally {
    folder.closeSync()
  }
  if (isText) return names
  return readdirSync(self, { encoding: 'buffer' }).flatMap((name) => {
    if (isUtf8(name)) return [name.toString('utf8')]
    skipped.set(name.toString('utf8'), 'name-not-unicode')
    return []
  })
}
