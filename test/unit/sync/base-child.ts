import { writeSync } from 'node:fs'
import { openSyncBase } from '../../../main/engine/sync/base/open-sync-base.ts'

/** Moves pairs of nodes in step, each pair in one transaction, and says what is durable; until it is killed. */
const base = openSyncBase(process.argv[2] ?? '')
for (let round = Number(base.nodes.get('one')?.name ?? 0) + 1; ; round++) {
  const node = {
    parent: 'root',
    name: String(round),
    kind: 'file',
    content: 'c',
    key: `${round}`,
    stamp: 's',
  } as const
  if (round % 2 === 0)
    base.change([
      ['one', node],
      ['two', node],
    ])
  else {
    const batch = { rid: String(round), device: 'd', atMs: 0, operations: [] }
    base.intend({ slot: round, batch, looks: [] })
    base.settle([
      ['one', node],
      ['two', node],
    ])
  }
  // Said before the next round begins, however busy whoever listens is.
  writeSync(1, `${round}\n`)
}
