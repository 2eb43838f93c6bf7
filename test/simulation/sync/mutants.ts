import type { SeededMutant } from '../seeded-mutants/play.ts'

/** Mistakes in files of `engine/sync`, and the rules of its specification that they break; without a seed, the tables of rules show them. */
interface SyncMutant extends SeededMutant {
  readonly rule: string
}

export const SYNC_MUTANTS: readonly SyncMutant[] = [
  {
    rule: 'J2',
    name: 'two names that are one',
    edits: [
      {
        file: 'remote-tree.ts',
        from: 'if (nodes.childNamed(node.parent, node.name) !== undefined) return false',
        to: '',
      },
    ],
    seed: 14,
  },
  {
    rule: 'J2',
    name: 'a deleted directory keeps children',
    edits: [{ file: 'remote-tree.ts', from: ': nodes.childrenOf(id).next().done === true', to: ': true' }],
    seed: 1,
  },
  {
    rule: 'J2',
    name: 'a directory inside itself',
    edits: [
      { file: 'remote-tree.ts', from: 'isSound = node ? hangsFromRoot(id)', to: 'isSound = node ? true' },
    ],
    seed: 421,
  },
  {
    rule: 'J5',
    name: 'a batch names what was not stored',
    edits: [
      {
        file: 'push.ts',
        from: 'if ((await by.contents.store(spot, node.look)) !== operation.content)',
        to: 'if (!spot)',
      },
    ],
    seed: 1,
  },
  {
    rule: 'J6',
    name: 'an unclear end counts as written',
    edits: [
      {
        file: 'recover.ts',
        from: 'find(({ batch }) => batch.rid === written?.rid)',
        to: 'find(() => written)',
      },
    ],
    seed: 7,
  },
  {
    rule: 'L3',
    name: 'hard links take the first node',
    edits: [
      {
        file: 'scan/identify.ts',
        from: 'giveFirst(at, (id) => isWhereItWas(at, id))',
        to: 'giveFirst(at, () => true)',
      },
    ],
    seed: 67,
  },
  {
    rule: 'L5',
    name: 'the same thing has the same content',
    edits: [
      {
        file: 'scan/scan.ts',
        from: 'if (synced?.key === look.key && synced.stamp === look.stamp) {',
        to: 'if (synced?.key === look.key) {',
      },
    ],
    seed: 4,
  },
  {
    rule: 'R3',
    name: 'a deletion beats an edit elsewhere',
    edits: [{ file: 'reconcile.ts', from: 'if (isLeaf(there) && isChangedThere) {', to: 'if (!there) {' }],
    seed: 13,
  },
  {
    rule: 'R4',
    name: 'a deletion beats an edit here',
    edits: [
      {
        file: 'reconcile.ts',
        from: 'else if (here.content === synced.content) plan.remove.push(id)',
        to: 'else if (here.content !== undefined) plan.remove.push(id)',
      },
    ],
    seed: 16,
  },
  {
    rule: 'R6',
    name: 'the loser is not kept',
    edits: [
      {
        file: 'pull/pull-contents.ts',
        from: "how === 'part' ? await placeAside(work, OLD + id, { ...spot, parent: here.parent }) : undefined",
        to: "(how === 'part' ? await disk.retire(OLD + id) : undefined) as undefined",
      },
    ],
    seed: 57,
  },
  {
    rule: 'R7',
    name: 'a choice gives up what is in no history',
    edits: [
      {
        file: 'reconcile.ts',
        from: "else if (keep === 'remote' && synced.side === here.content)",
        to: "else if (keep === 'remote' || choice?.keep === 'remote')",
      },
    ],
    seed: 1873,
  },
  {
    rule: 'D2',
    name: 'an edited file is removed',
    edits: [{ file: 'pull/pull-removals.ts', from: 'if (old !== synced.content) {', to: 'if (!synced) {' }],
    seed: 767,
  },
  {
    rule: 'D2',
    name: 'an edited file is replaced',
    edits: [
      {
        file: 'pull/pull-contents.ts',
        from: "if (how !== 'part' && old !== (how === 'yield' ? synced.side : synced.content)) {",
        to: 'if (!synced) {',
      },
    ],
    seed: 124,
  },
  {
    rule: 'D5',
    name: 'a node that has to leave is not staged',
    edits: [
      {
        file: 'pull/make-room.ts',
        from: 'if (!there || belongsHere) throw',
        to: 'if (there || !there) throw',
      },
    ],
    seed: 5472,
  },
  {
    rule: 'D8',
    name: 'a folder with something new in it waits for ever',
    edits: [
      {
        file: 'pull/pull-removals.ts',
        from: 'else if (!inside.every(({ name, look }) => staysHere(work, id, name, look))) return\n  }\n  base.change',
        to: 'else return\n  }\n  base.change',
      },
    ],
    seed: 36,
  },
  {
    rule: 'D9',
    name: 'what was displaced is dropped after a cut',
    edits: [
      {
        file: 'recover.ts',
        from: 'const isKept = content !== undefined && replica.isInHistory(content)',
        to: 'const isKept = true',
      },
    ],
    seed: 529,
  },
  {
    rule: 'D10',
    name: 'an edit right after passes for what was brought',
    edits: [
      {
        file: 'pull/pull-contents.ts',
        from: 'placed.push({ ...newcomer, look })',
        to: 'placed.push({ ...newcomer, look: (await disk.look(newcomer.spot)) ?? look })',
      },
    ],
    seed: 2345,
  },
  {
    rule: 'P2',
    name: 'a name that is taken is tried for ever',
    edits: [{ file: 'push.ts', from: '    if (clashes) {', to: '    if (clashes && !clashes) {' }],
    seed: 14,
  },
  {
    rule: 'P2',
    name: 'a directory that got children stays deleted',
    edits: [{ file: 'push.ts', from: '    base.change([[operation.id, undefined]])\n', to: '' }],
    seed: 1,
  },
  {
    rule: 'J1',
    name: 'a slot that is taken is written over',
    edits: [
      {
        file: 'push.ts',
        from: 'if (!(await by.journal.append(slot, batch))) return NOTHING',
        to: 'await by.journal.append(slot, batch)',
      },
    ],
    seed: 7,
  },
  {
    rule: 'J3',
    name: 'a change of an older rev is taken',
    edits: [
      {
        file: 'remote-tree.ts',
        from: 'if (!current || (current.rev !== operation.base && current.rev !== rev)) return undefined',
        to: 'if (!current) return undefined',
      },
    ],
  },
  {
    rule: 'J4',
    name: 'case tells names apart',
    edits: [
      {
        file: 'fold-key.ts',
        from: 'if (PLAIN.test(name)) return name.toLowerCase()',
        to: 'if (PLAIN.test(name)) return name',
      },
    ],
  },
  {
    rule: 'J4',
    name: 'composed and decomposed letters differ',
    edits: [
      {
        file: 'fold-key.ts',
        from: "return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')",
        to: 'return name.toUpperCase().toLowerCase()',
      },
    ],
  },
  {
    rule: 'J6',
    name: 'no intent is written down',
    edits: [{ file: 'push.ts', from: 'base.intend(intent)', to: '' }],
    seed: 140,
  },
  {
    rule: 'J6',
    name: 'an intent is forgotten while its slot is empty',
    edits: [
      { file: 'recover.ts', from: 'if (!first || first.slot > head) return', to: 'if (!first) return' },
    ],
    seed: 210,
  },
  {
    rule: 'L2',
    name: 'a folder that cannot be listed is empty',
    edits: [
      {
        file: 'scan/walk.ts',
        from: 'if (!(error instanceof WorldMoved)) closed.add(folder.key)',
        to: 'if (!(error instanceof WorldMoved)) closed.delete(folder.key)',
      },
    ],
    seed: 224,
  },
  {
    rule: 'L4',
    name: 'a successor at the first absence',
    edits: [{ file: 'scan/identify.ts', from: 'if (!vanishedBefore.has(id)) {', to: 'if (!id) {' }],
  },
  {
    rule: 'L4, J6',
    name: 'a successor at the first absence, after an intent nobody wrote down',
    edits: [
      { file: 'scan/identify.ts', from: 'if (!vanishedBefore.has(id)) {', to: 'if (!id) {' },
      { file: 'push.ts', from: 'base.intend(intent)', to: '' },
    ],
    seed: 140,
  },
  {
    rule: 'L6',
    name: 'one absence is a deletion',
    edits: [{ file: 'reconcile.ts', from: 'const SURELY_MISSING = 2', to: 'const SURELY_MISSING = 1' }],
  },
  {
    rule: 'L6',
    name: 'one absence is a deletion, and nobody looks again',
    edits: [
      { file: 'reconcile.ts', from: 'const SURELY_MISSING = 2', to: 'const SURELY_MISSING = 1' },
      {
        file: 'push.ts',
        from: 'if (await isThereAgain(work, operation.id)) throw',
        to: 'if (!operation.id) throw',
      },
    ],
    seed: 889,
  },
  {
    rule: 'L7',
    name: 'what is staged is missing',
    edits: [
      { file: 'scan/walk.ts', from: 'if (name.startsWith(MOVED)) staged.set', to: 'if (!name) staged.set' },
    ],
    seed: 2,
  },
  {
    rule: 'L8',
    name: 'a thing that was seen twice is two',
    edits: [{ file: 'rows/sightings.ts', from: 'known < 0 ? count++ : known', to: 'count++' }],
    seed: 7785,
  },
  {
    rule: 'R1, D2',
    name: 'something else under the name is adopted, unread',
    edits: [
      { file: 'pull/make-room.ts', from: 'known?.content === wanted.content', to: 'known' },
      {
        file: 'pull/pull-contents.ts',
        from: '(await disk.read(spot, look)) === content ? look',
        to: 'content !== spot.name ? look',
      },
    ],
    seed: 86,
  },
  {
    rule: 'R5',
    name: 'a move is undone elsewhere',
    edits: [
      {
        file: 'reconcile.ts',
        from: 'else if (movedThere || here.isStaged) plan.move.push(id)',
        to: 'else if (here.isStaged) plan.move.push(id)',
      },
    ],
    seed: 2,
  },
  {
    rule: 'R5',
    name: 'a move here is forgotten',
    edits: [
      {
        file: 'reconcile.ts',
        from: "plan.push.push({ do: 'move', id, parent: here.parent, name: here.name, base: there.rev })",
        to: 'plan.open.push(id)',
      },
    ],
    seed: 2,
  },
  {
    rule: 'R6',
    name: 'equal contents are a conflict',
    edits: [
      {
        file: 'reconcile.ts',
        from: 'if (changedHere && changedThere && here.content !== there.content)',
        to: 'if (changedHere && changedThere)',
      },
    ],
  },
  {
    rule: 'R6',
    name: 'an unread content is taken for unchanged',
    edits: [
      {
        file: 'reconcile.ts',
        from: 'if (isLeaf(synced) && here.content !== undefined) {',
        to: 'if (isLeaf(synced)) {',
      },
    ],
    seed: 2,
  },
  {
    rule: 'D3',
    name: 'an occupied name is no reason to wait',
    edits: [
      {
        file: 'pull/make-room.ts',
        from: 'throw new Occupied',
        to: 'return look\n    if (!look) throw new Occupied',
      },
    ],
    seed: 216,
  },
  {
    rule: 'D7',
    name: 'a folder goes into itself',
    edits: [
      {
        file: 'pull/pull-moves.ts',
        from: "if (here.kind === 'directory' && isInside(work, there.parent, id)) return standAside(work, id, there)",
        to: '',
      },
    ],
    seed: 5349,
  },
  {
    rule: 'D8',
    name: 'a folder with something new in it stays known',
    edits: [
      {
        file: 'pull/pull-removals.ts',
        from: '  base.change([[id, undefined]])\n  work.hasActed = true\n}\n\n/** Not synced',
        to: '  work.hasActed = true\n}\n\n/** Not synced',
      },
    ],
    seed: 36,
  },
  {
    rule: 'D9',
    name: 'a download is kept',
    edits: [
      { file: 'recover.ts', from: 'if (name.startsWith(NEW)) await disk.drop(name)\n    else ', to: '' },
    ],
    seed: 114,
  },
  {
    rule: 'D9',
    name: 'what was displaced stays in the stage',
    edits: [
      {
        file: 'recover.ts',
        from: 'else if (name.startsWith(OLD)) await recoverOld(work, name, look)\n',
        to: '',
      },
    ],
    seed: 14,
  },
  {
    rule: 'P2',
    name: 'names that change places do not fit together',
    edits: [{ file: 'largest-batch.ts', from: 'rest = withoutGroups(tree, rest, fits)', to: '' }],
  },
  {
    rule: 'G1',
    name: 'nobody is asked before most of it goes',
    edits: [
      {
        file: 'guards.ts',
        from: 'if (isMass || (files > 0 && files === of))',
        to: 'if (isMass && files < 0)',
      },
    ],
    seed: 4,
  },
  {
    rule: 'G1',
    name: 'held deletions are pushed all the same',
    edits: [
      {
        file: 'cycle.ts',
        from: 'if (isNothing(toPush) || held.length > 0) return',
        to: 'if (isNothing(toPush)) return',
      },
    ],
    seed: 4,
  },
  {
    rule: 'G3',
    name: 'what a person wants back is not forgotten',
    edits: [
      {
        file: 'cycle.ts',
        from: 'base.decide(guarded.restore.map((id) => [id, undefined] as const))',
        to: '',
      },
    ],
    seed: 10,
  },
  {
    rule: 'S3',
    name: 'what was moved out of what is chosen was deleted',
    edits: [
      {
        file: 'scan/identify.ts',
        from: '(outsideKeys.has(key) ? outside : vanished).add(id)',
        to: 'vanished.add(id)',
      },
    ],
    seed: 2304,
  },
  {
    rule: 'S2, S3',
    name: 'what is not chosen is not looked for, and was deleted',
    edits: [
      { file: 'cycle.ts', from: 'if (isChosen) await forgetNotChosen(device, isChosen)\n', to: '' },
      {
        file: 'scan/identify.ts',
        from: '(outsideKeys.has(key) ? outside : vanished).add(id)',
        to: 'vanished.add(id)',
      },
    ],
    seed: 262,
  },
  {
    rule: 'L2',
    name: 'an absence counts in a scan that saw less',
    edits: [
      {
        file: 'scan/scan.ts',
        from: '[...seen.closed].every((key) => glances.closed.has(key)) ? 1 : 0',
        to: '1',
      },
    ],
    seed: 10678,
  },
  {
    rule: 'L7',
    name: 'what is staged is not walked',
    edits: [{ file: 'scan/walk.ts', from: "if (kind === 'directory') {", to: 'if (!kind) {' }],
    seed: 854,
  },
  {
    rule: 'R8',
    name: 'what is inside itself is climbed for ever',
    edits: [{ file: 'cycle.ts', from: 'above.set(id, 0)', to: '' }],
    seed: 99254,
  },
  {
    rule: 'P4',
    name: 'a name for a loser is only looked for on the disk',
    edits: [{ file: 'work.ts', from: ' || replica.tree.childNamed(parent, aside.name)', to: '' }],
    seed: 916,
  },
  {
    rule: 'P4',
    name: 'a loser gets the name that it lost',
    edits: [{ file: 'work.ts', from: 'foldKey(aside.name) === foldKey(name) || ', to: '' }],
    seed: 1345,
  },
  {
    rule: 'D8',
    name: 'a staged folder lives on for what only waits to go',
    edits: [
      {
        file: 'pull/pull-removals.ts',
        from: '    // Something in it has to go first.\n    else if (!inside.every(({ name, look }) => staysHere(work, id, name, look))) return\n    else await',
        to: '    else await',
      },
    ],
    seed: 25957,
  },
  {
    rule: 'D9',
    name: 'another file that got the name of what was displaced goes with it',
    edits: [
      {
        file: 'recover.ts',
        from: 'const isAnother = synced?.key !== look.key && base.idsOf(look.key).length > 0',
        to: 'const isAnother = false',
      },
    ],
    seed: 81984,
  },
  {
    rule: 'D12',
    name: 'the base hears of names that are not durable',
    edits: [{ file: 'pull/pull-contents.ts', from: '    await disk.flush?.()\n', to: '' }],
    seed: 61,
  },
]
