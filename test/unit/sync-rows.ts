import type { LocalNode, Look, Node, NodeId, RemoteNode, SyncedNode } from '../../main/engine/sync/nodes.ts'
import { creationOf, type Plan, type Rules, reconcile, withLookOf } from '../../main/engine/sync/reconcile.ts'

/** One row of a table of rules: what the code says, and what the rule says. */
export interface RuleRow {
  readonly rule: string
  readonly name: string
  readonly found: () => unknown
  readonly expected: unknown
}

export const RULES: Rules = { strategy: 'server_preferred', choices: new Map(), latestMs: 1_000 }
export const look = (over: Partial<Look> = {}): Look => ({
  kind: 'file',
  key: 'k',
  stamp: 's',
  mtimeMs: 10,
  names: 1,
  ...over,
})
const FILE: Node = { parent: 'root', name: 'a', kind: 'file', content: 'one' }
const FOLDER: Node = { parent: 'root', name: 'd', kind: 'directory' }
const inBase = (over: Partial<SyncedNode> = {}): SyncedNode => ({ ...FILE, key: 'k', stamp: 's', ...over })
const here = ({ look: seen, ...over }: Partial<LocalNode> = {}): LocalNode => ({
  ...FILE,
  look: seen ?? look(),
  ...over,
})
const there = (over: Partial<RemoteNode> = {}): RemoteNode => ({ ...FILE, rev: 3, mtimeMs: 5, ...over })
const folderHere: LocalNode = { ...FOLDER, look: look({ kind: 'directory' }) }
const folderInBase: SyncedNode = { ...FOLDER, key: 'k', stamp: 's' }
const folderThere: RemoteNode = { ...FOLDER, rev: 3, mtimeMs: 5 }
/** A local node whose content did not stand still. */
const unread = (): LocalNode => {
  const { content: _, ...rest } = here()
  return rest
}

interface Case {
  readonly rule: string
  readonly name: string
  readonly S?: SyncedNode
  readonly L?: LocalNode
  readonly R?: RemoteNode
  readonly rules?: Partial<Rules>
  readonly missing?: number
  /** What is not named here must be empty. */
  readonly plan: Partial<Plan>
}

const ID: NodeId = 'n'
const REMOVED_BASE = { base: [[ID, undefined]] } satisfies Partial<Plan>
const CREATE = { do: 'create', id: ID, ...FILE, mtimeMs: 10 } as const
const UPDATE = { do: 'update', id: ID, content: 'two', mtimeMs: 10, base: 3 } as const
const twoHere = here({ content: 'two' })
const threeThere = there({ content: 'three' })
const chosen = (
  keep: 'local' | 'remote' | 'both',
  seenHere = 'two',
  seenThere = 'three',
): Partial<Rules> => ({
  strategy: 'manual',
  choices: new Map([[ID, { keep, here: seenHere, there: seenThere }]]),
})
const KEEP = { do: 'keep', id: ID, content: 'two', base: 3 } as const
const conflict = { S: inBase(), L: twoHere, R: threeThere }
const waiting = { ...conflict, S: inBase({ side: 'two' }) }
const atTimes = (hereMs: number, thereMs: number) => ({
  S: inBase(),
  L: here({ content: 'two', look: look({ mtimeMs: hereMs }) }),
  R: there({ content: 'three', mtimeMs: thereMs }),
  rules: { strategy: 'last_write_wins' } as const,
})

const CASES: readonly Case[] = [
  { rule: 'R1', name: '– – x: made here', R: there(), plan: { make: [ID] } },
  { rule: 'R2', name: '– x –: created there', L: here(), plan: { create: [ID] } },
  { rule: 'R2', name: '– x –: unread, it waits', L: unread(), plan: {} },
  {
    rule: 'R2',
    name: '– x –: a folder',
    L: folderHere,
    plan: { push: [{ do: 'create', id: ID, ...FOLDER, mtimeMs: 10 }] },
  },
  {
    rule: 'L6',
    name: 'x – x: missing once',
    S: inBase(),
    R: there(),
    missing: 1,
    plan: { looksAgain: true },
  },
  {
    rule: 'R3',
    name: 'x – x=S: deleted there',
    S: inBase(),
    R: there(),
    missing: 2,
    plan: { push: [{ do: 'delete', id: ID, base: 3 }] },
  },
  {
    rule: 'R3',
    name: 'x – x edited: comes back',
    S: inBase(),
    R: threeThere,
    missing: 2,
    plan: { ...REMOVED_BASE, make: [ID] },
  },
  {
    rule: 'R3',
    name: 'x – x moved: comes back',
    S: inBase(),
    R: there({ name: 'b' }),
    missing: 2,
    plan: { ...REMOVED_BASE, make: [ID] },
  },
  {
    rule: 'R3',
    name: 'x – x: a folder that moved is deleted all the same',
    S: folderInBase,
    R: { ...folderThere, name: 'e' },
    missing: 2,
    plan: { push: [{ do: 'delete', id: ID, base: 3 }] },
  },
  { rule: 'R4', name: 'x x=S –: removed here', S: inBase(), L: here(), plan: { remove: [ID] } },
  {
    rule: 'R4',
    name: 'x x –: a folder',
    S: folderInBase,
    L: folderHere,
    plan: { removeDirectories: [ID] },
  },
  {
    rule: 'R4',
    name: 'x x edited –: a new file',
    S: inBase(),
    L: twoHere,
    plan: { ...REMOVED_BASE, looksAgain: true },
  },
  { rule: 'R4', name: 'x x unread –: it waits', S: inBase(), L: unread(), plan: {} },
  { rule: 'R4', name: 'x – –: forgotten', S: inBase(), missing: 2, plan: REMOVED_BASE },
  { rule: 'L2', name: 'unseen: nothing', S: inBase(), L: here({ isUnseen: true }), R: threeThere, plan: {} },
  { rule: 'L2', name: 'unseen, deleted there: nothing', S: inBase(), L: here({ isUnseen: true }), plan: {} },
  { rule: 'R5', name: 'x x x: nothing', S: inBase(), L: here(), R: there(), plan: {} },
  {
    rule: 'R5',
    name: 'moved here',
    S: inBase(),
    L: here({ name: 'b' }),
    R: there(),
    plan: { push: [{ do: 'move', id: ID, parent: 'root', name: 'b', base: 3 }] },
  },
  { rule: 'R5', name: 'moved there', S: inBase(), L: here(), R: there({ name: 'b' }), plan: { move: [ID] } },
  {
    rule: 'R5',
    name: 'moved to two places: the journal’s',
    S: inBase(),
    L: here({ name: 'b' }),
    R: there({ name: 'c' }),
    plan: { move: [ID] },
  },
  {
    rule: 'R5',
    name: 'moved to the same place',
    S: inBase(),
    L: here({ name: 'b' }),
    R: there({ name: 'b' }),
    plan: { base: [[ID, inBase({ name: 'b' })]] },
  },
  {
    rule: 'R5',
    name: 'staged: placed again',
    S: inBase(),
    L: here({ isStaged: true }),
    R: there(),
    plan: { move: [ID] },
  },
  { rule: 'R6', name: 'changed here', S: inBase(), L: twoHere, R: there(), plan: { push: [UPDATE] } },
  {
    rule: 'R6',
    name: 'changed there',
    S: inBase(),
    L: here(),
    R: threeThere,
    plan: { pull: [[ID, 'take']] },
  },
  {
    rule: 'R6',
    name: 'changed to the same',
    S: inBase(),
    L: here({ content: 'two', look: look({ stamp: 't' }) }),
    R: there({ content: 'two' }),
    plan: { base: [[ID, inBase({ content: 'two', stamp: 't' })]] },
  },
  {
    rule: 'R6',
    name: 'unread here, changed there: it waits',
    S: inBase(),
    L: unread(),
    R: threeThere,
    plan: {},
  },
  {
    rule: 'L5',
    name: 'another stamp, the same content',
    S: inBase(),
    L: here({ look: look({ stamp: 't' }) }),
    R: there(),
    plan: { looks: [ID] },
  },
  {
    rule: 'L5',
    name: 'another stamp, the same content, and moved on both sides',
    S: inBase(),
    L: here({ name: 'b', look: look({ stamp: 't' }) }),
    R: there({ name: 'b' }),
    plan: { base: [[ID, inBase({ name: 'b', stamp: 't' })]] },
  },
  {
    rule: 'R7',
    name: 'another stamp, and what was kept is forgotten',
    S: inBase({ side: 'two' }),
    L: here({ look: look({ stamp: 't' }) }),
    R: there(),
    plan: { base: [[ID, inBase({ stamp: 't' })]] },
  },
  {
    rule: 'R5',
    name: 'moved there and changed here',
    S: inBase(),
    L: twoHere,
    R: there({ name: 'b' }),
    plan: { move: [ID], push: [UPDATE] },
  },
  { rule: 'R7', name: 'server_preferred', ...conflict, plan: { pull: [[ID, 'part']] } },
  {
    rule: 'R7',
    name: 'local_preferred',
    ...conflict,
    rules: { strategy: 'local_preferred' },
    plan: { push: [UPDATE] },
  },
  {
    rule: 'R7',
    name: 'last_write_wins, later here',
    ...atTimes(20, 10),
    plan: { push: [{ ...UPDATE, mtimeMs: 20 }] },
  },
  { rule: 'R7', name: 'last_write_wins, later there', ...atTimes(10, 20), plan: { pull: [[ID, 'part']] } },
  { rule: 'R7', name: 'last_write_wins, a tie', ...atTimes(10, 10), plan: { pull: [[ID, 'part']] } },
  {
    rule: 'R7',
    name: 'last_write_wins, both clocks ahead are a tie',
    ...atTimes(9_000, 8_000),
    plan: { pull: [[ID, 'part']] },
  },
  {
    rule: 'R7',
    name: 'last_write_wins, their clock ahead',
    ...atTimes(1_000, 8_000),
    plan: { pull: [[ID, 'part']] },
  },
  {
    rule: 'R7',
    name: 'last_write_wins, our clock ahead of a usual time',
    ...atTimes(9_000, 10),
    plan: { push: [{ ...UPDATE, mtimeMs: 9_000 }] },
  },
  {
    rule: 'R7',
    name: 'manual: put into the history, and asked',
    ...conflict,
    rules: { strategy: 'manual' },
    plan: { open: [ID], push: [KEEP] },
  },
  {
    rule: 'R7',
    name: 'manual: asked once',
    ...waiting,
    rules: { strategy: 'manual' },
    plan: { open: [ID] },
  },
  { rule: 'R7', name: 'manual: keep here', ...waiting, rules: chosen('local'), plan: { push: [UPDATE] } },
  {
    rule: 'R7',
    name: 'manual: keep there',
    ...waiting,
    rules: chosen('remote'),
    plan: { pull: [[ID, 'yield']] },
  },
  {
    rule: 'R7',
    name: 'manual: keep there, but ours is in no history yet',
    ...conflict,
    rules: chosen('remote'),
    plan: { open: [ID], push: [KEEP] },
  },
  {
    rule: 'R7',
    name: 'manual: keep both',
    ...waiting,
    rules: chosen('both'),
    plan: { pull: [[ID, 'part']] },
  },
  {
    rule: 'R7',
    name: 'manual: a choice about another content here does not count',
    ...waiting,
    rules: chosen('local', 'old'),
    plan: { open: [ID] },
  },
  {
    rule: 'R7',
    name: 'manual: a choice about another content there does not count',
    ...waiting,
    rules: chosen('remote', 'two', 'old'),
    plan: { open: [ID] },
  },
  {
    rule: 'R7',
    name: 'manual: what was kept is forgotten when the conflict is over',
    S: inBase({ side: 'two' }),
    L: here(),
    R: there(),
    rules: { strategy: 'manual' },
    plan: { base: [[ID, inBase()]] },
  },
]

const EMPTY: Plan = {
  base: [],
  looks: [],
  remove: [],
  move: [],
  removeDirectories: [],
  make: [],
  pull: [],
  push: [],
  create: [],
  open: [],
  looksAgain: false,
}

const treeOf = <One>(node: One | undefined): Map<NodeId, One> => new Map(node ? [[ID, node]] : [])

const PLAN_ROWS: readonly RuleRow[] = CASES.map(({ rule, name, S, L, R, rules, missing = 0, plan }) => ({
  rule,
  name,
  found: () =>
    reconcile(
      { base: treeOf(S), local: treeOf(L), remote: treeOf(R), missing: new Map([[ID, missing]]) },
      { ...RULES, ...rules },
    ),
  expected: { ...EMPTY, ...plan },
}))

export const RECONCILE_ROWS: readonly RuleRow[] = [
  ...PLAN_ROWS,
  { rule: 'R2', name: 'how it is told', found: () => creationOf(ID, here()), expected: CREATE },
  {
    rule: 'L5',
    name: 'how it looks now',
    found: () => withLookOf(inBase(), here({ look: look({ stamp: 't' }) })),
    expected: inBase({ stamp: 't' }),
  },
]
