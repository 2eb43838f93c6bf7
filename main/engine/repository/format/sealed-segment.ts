import type { Random } from '../../env/random.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { isWorthFinding, sealFinder } from './finder.ts'
import { sealObject } from './sealed-object.ts'
import { decodeSegment, encodeSegment } from './segment.ts'

/** An index segment as it is stored, with what lies beside a large one. */
export interface SealedSegment {
  readonly id: string
  readonly bytes: Uint8Array
  readonly finder: Uint8Array | undefined
}

/** Seals the entries of packs as one segment. What is in folders comes first: whoever reads the start of it has that. */
export function sealSegment(keys: RepoKeys, entries: readonly Uint8Array[], random: Random): SealedSegment {
  const packs = decodeSegment(encodeSegment(entries))
  const ordered = ['trees', 'data'].flatMap((kind) => packs.filter((pack) => pack.kind === kind))
  const plain = encodeSegment(ordered.map(({ entry }) => entry))
  const { id, bytes } = sealObject(keys, 'index', plain, random)
  const finder = isWorthFinding(bytes.length, ordered)
    ? sealFinder(keys, id, bytes, ordered, random)
    : undefined
  return { id, bytes, finder }
}
