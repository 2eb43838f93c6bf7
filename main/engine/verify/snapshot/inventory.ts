import {
  indexKey,
  logKey,
  packKey,
  REPO_JSON_KEY,
  slotKey,
  snapKey,
} from '../../repository/format/keys-of-objects.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import type { BadObject } from './findings.ts'

/** A pack that the index reads from. */
export interface ExpectedPack {
  /** Its number in the index. */
  readonly pack: number
  readonly packId: string
  readonly b: number
  readonly key: string
  readonly sizeBytes: number
}

export type ExpectedObject = Omit<BadObject, 'state'>

/** The packs that must be there. */
export function expectedPacks({ repository }: UpkeepPlace): ExpectedPack[] {
  const { packs } = repository.index
  const expected: ExpectedPack[] = []
  for (let pack = 0; pack < packs.numbers; pack++) {
    if (!packs.isPresent(pack) || packs.stateOf(pack) !== 'live') continue
    const packId = Buffer.from(packs.idOf(pack)).toString('hex')
    const b = packs.beganAt(pack)
    expected.push({ pack, packId, b, key: packKey(packId, b), sizeBytes: packs.sizeBytesOf(pack) })
  }
  return expected
}

/** Everything else that must be there. A log that lies in another place is that place's to check. */
export function expectedObjects({ repository }: UpkeepPlace, hasLog: boolean): ExpectedObject[] {
  const { state } = repository.log
  const expected: ExpectedObject[] = [{ key: REPO_JSON_KEY, kind: 'repo', id: state.repoJsonHash, b: 0 }]
  for (const [id, b] of state.segments) expected.push({ key: indexKey(id, b), kind: 'index', id, b })
  for (const [id, { b, gone }] of state.snapshots)
    if (gone === undefined) expected.push({ key: snapKey(id, b), kind: 'snap', id, b })
  for (const id of state.slots.keys()) expected.push({ key: slotKey(id), kind: 'slot', id, b: 0 })
  if (hasLog)
    for (let pos = 0; pos <= state.pos; pos++)
      expected.push({ key: logKey(pos), kind: 'log', id: '', b: pos })
  return expected
}
