/** A mistake that somebody could make, as a change of one file of `engine/sync`, and the rule of its specification that it breaks. */
export interface SyncMutant {
  readonly rule: string
  readonly name: string
  readonly file: string
  /** Stands in the file exactly once. */
  readonly from: string
  readonly to: string
  /** A history that showed it. */
  readonly seed: number
}

export const SYNC_MUTANTS: readonly SyncMutant[] = [
  {
    rule: 'J2',
    name: 'two names that are one',
    file: 'remote-tree.ts',
    from: 'if (siblings?.has(key)) return false',
    to: '',
    seed: 5,
  },
  {
    rule: 'J2',
    name: 'a deleted directory keeps children',
    file: 'remote-tree.ts',
    from: ': !children.has(id)',
    to: ': true',
    seed: 17,
  },
  {
    rule: 'J2',
    name: 'a directory inside itself',
    file: 'remote-tree.ts',
    from: 'isSound = node ? hangsFromRoot(id)',
    to: 'isSound = node ? true',
    seed: 768,
  },
  {
    rule: 'J5',
    name: 'a batch names what was not stored',
    file: 'push.ts',
    from: 'if ((await by.contents.store(spot, node.look)) !== operation.content)',
    to: 'if (!spot)',
    seed: 1,
  },
  {
    rule: 'J6',
    name: 'an unclear end counts as written',
    file: 'recover.ts',
    from: 'find(({ batch }) => batch.rid === written?.rid)',
    to: 'find(() => written)',
    seed: 2,
  },
  {
    rule: 'L3',
    name: 'hard links take the first node',
    file: 'identify.ts',
    from: 'giveFirst(sighting, (id) => isWhereItWas(sighting, id))',
    to: 'giveFirst(sighting, () => true)',
    seed: 684,
  },
  {
    rule: 'L5',
    name: 'the same thing has the same content',
    file: 'scan.ts',
    from: 'if (synced?.key === look.key && synced.stamp === look.stamp) return synced.content',
    to: 'if (synced?.key === look.key) return synced.content',
    seed: 2,
  },
  {
    rule: 'R3',
    name: 'a deletion beats an edit elsewhere',
    file: 'reconcile.ts',
    from: 'if (isLeaf(there) && isChangedThere) {',
    to: 'if (!there) {',
    seed: 5,
  },
  {
    rule: 'R4',
    name: 'a deletion beats an edit here',
    file: 'reconcile.ts',
    from: 'else if (here.content === synced.content) plan.remove.push(id)',
    to: 'else if (here.content !== undefined) plan.remove.push(id)',
    seed: 11,
  },
  {
    rule: 'R6',
    name: 'the loser is not kept',
    file: 'pull-contents.ts',
    from: "if (how === 'part') await placeAside(work, OLD + id, spot.folder, here.name)",
    to: "if (how === 'part') await disk.retire(OLD + id)",
    seed: 11,
  },
  {
    rule: 'R7',
    name: 'a choice gives up what is in no history',
    file: 'reconcile.ts',
    from: "else if (keep === 'remote' && synced.side === here.content)",
    to: "else if (keep === 'remote' || choice?.keep === 'remote')",
    seed: 1307,
  },
  {
    rule: 'D2',
    name: 'an edited file is removed',
    file: 'pull-removals.ts',
    from: 'if (old !== synced.content) {',
    to: 'if (!synced) {',
    seed: 17,
  },
  {
    rule: 'D2',
    name: 'an edited file is replaced',
    file: 'pull-contents.ts',
    from: "else if (old !== (how === 'yield' ? synced.side : synced.content)) {",
    to: 'else if (!synced) {',
    seed: 11,
  },
  {
    rule: 'D5',
    name: 'a node that has to leave is not staged',
    file: 'make-room.ts',
    from: 'if (!there || belongsHere) throw',
    to: 'if (there || !there) throw',
    seed: 1209,
  },
  {
    rule: 'D8',
    name: 'a folder with something new in it waits for ever',
    file: 'pull-removals.ts',
    from: 'else if (!inside.every(({ name, look }) => staysHere(work, id, name, look))) return',
    to: 'else return',
    seed: 4,
  },
  {
    rule: 'D9',
    name: 'what was displaced is dropped after a cut',
    file: 'recover.ts',
    from: 'const isKept = content !== undefined && replica.isInHistory(content)',
    to: 'const isKept = true',
    seed: 207,
  },
  {
    rule: 'D9',
    name: 'a staged node nobody knows stays in the stage',
    file: 'recover.ts',
    from: '(name.startsWith(MOVED) && !base.nodes.has(name.slice(MOVED.length)))',
    to: '!name',
    seed: 1116,
  },
  {
    rule: 'D10',
    name: 'an edit right after passes for what was brought',
    file: 'pull-contents.ts',
    from: '  becomeSynced(work, id, there, fetched)',
    to: '  becomeSynced(work, id, there, (await disk.look(spot)) ?? fetched)',
    seed: 661,
  },
  {
    rule: 'P2',
    name: 'a name that is taken is tried for ever',
    file: 'push.ts',
    from: '    if (clashes) {',
    to: '    if (clashes && !clashes) {',
    seed: 2,
  },
  {
    rule: 'P2',
    name: 'a directory that got children stays deleted',
    file: 'push.ts',
    from: '    base.change([[operation.id, undefined]])\n',
    to: '',
    seed: 6,
  },
]
