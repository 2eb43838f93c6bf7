import type { SeededMutant } from '../seeded-mutants/play.ts'

/** Mistakes in how a space is swept, in files of `engine/sync/space`. */
export const SWEEP_MUTANTS: readonly SeededMutant[] = [
  {
    name: 'only the tree is needed',
    edits: [
      {
        file: 'look-through.ts',
        from: '(slot > windowSlot ? content : [])',
        to: '(slot < 0 ? content : [])',
      },
    ],
    seed: 1,
  },
  {
    name: 'only the history is needed',
    edits: [{ file: 'look-through.ts', from: 'new Set([...present, ...recent])', to: 'new Set(recent)' }],
    seed: 1,
  },
  {
    name: 'only the history is needed, and nobody looks what the tree needs',
    edits: [
      { file: 'look-through.ts', from: 'new Set([...present, ...recent])', to: 'new Set(recent)' },
      {
        file: 'contents/holdings.ts',
        from: "if (isLeaf(node) && !canBeHad(node.content ?? '')) return undefined",
        to: 'if (!isLeaf(node)) continue',
      },
    ],
    seed: 1,
  },
  {
    name: 'what waits for a decision is not needed',
    edits: [
      {
        file: 'look-through.ts',
        from: 'new Set<string>(holdings.keptAside())',
        to: 'new Set<string>()',
      },
      {
        file: 'contents/holdings.ts',
        from: 'for (const content of keptAside(operations)) if (!canBeHad(content)) return undefined',
        to: '',
      },
    ],
    seed: 1,
  },
  {
    name: 'what is condemned is deleted at once',
    edits: [{ file: 'look-through.ts', from: 'ages.lastBefore(graceMs)', to: 'space.replica.head' }],
    seed: 6,
  },
  {
    name: 'what will be condemned is deleted before anybody is told',
    edits: [
      {
        file: 'sweep.ts',
        from: 'for (const pack of looked.remove) {',
        to: 'for (const pack of [...looked.remove, ...condemned.map((each) => ({ ...each, isTold: true }))]) {',
      },
    ],
    seed: 1,
  },
  {
    name: 'packs that were just told of are condemned',
    edits: [{ file: 'look-through.ts', from: 'pack.slot > oldest || isTooMuch', to: 'isTooMuch' }],
    seed: 2,
  },
  {
    name: 'a device that slept revives what is condemned',
    edits: [
      {
        file: 'contents/holdings.ts',
        from: 'id === undefined || dead.has(id) || gone.has(id)',
        to: 'id === undefined',
      },
      {
        file: 'contents/store-contents.ts',
        from: '({ packId }) => holdings.packs.has(packId) || holdings.dead.has(packId)',
        to: '({ packId }) => holdings.packs.has(packId)',
      },
    ],
    seed: 7,
  },
  {
    name: 'a batch may name what cannot be had',
    edits: [{ file: 'contents/holdings.ts', from: 'if (!isNamed) return undefined', to: 'void isNamed' }],
    seed: 12,
  },
  {
    name: 'nobody looks before writing whether others can follow',
    edits: [{ file: 'open-space.ts', from: 'if (slot === inner.head + 1) refuseUnfit(batch)', to: '' }],
    seed: 189,
  },
  {
    name: 'what was stored and is condemned is told of for ever',
    edits: [
      {
        file: 'contents/store-contents.ts',
        from: '({ packId }) => holdings.packs.has(packId) || holdings.dead.has(packId)',
        to: '({ packId }) => holdings.packs.has(packId)',
      },
    ],
    seed: 49,
  },
  {
    name: 'chunks of what is condemned count as stored',
    edits: [
      { file: 'contents/store-contents.ts', from: 'for (const chunk of chunks) own.delete(chunk)', to: '' },
    ],
    seed: 26,
  },
  {
    name: 'a batch does not wait for its packs',
    edits: [
      {
        file: 'contents/store-contents.ts',
        from: 'const lost = await uploads.settled()',
        to: 'const lost: Awaited<ReturnType<typeof uploads.settled>> = []',
      },
    ],
    seed: 1,
  },
  {
    name: 'a pack that did not arrive is told of',
    edits: [{ file: 'contents/store-contents.ts', from: 'drop(lost.map((each) => each.pack))', to: '' }],
    seed: 122,
  },
  {
    name: 'what is replaced counts from when it was named',
    edits: [
      {
        file: 'contents/holdings.ts',
        from: 'for (const content of left) if (history.has(content)) history.set(content, slot)',
        to: 'void left',
      },
    ],
    seed: 3,
  },
  {
    name: 'a clock that is years ahead makes all old',
    edits: [{ file: 'slot-ages.ts', from: 'gapMs > 0 && gapMs <= LONGEST_GAP_MS', to: 'gapMs > 0' }],
    seed: 13,
  },
  {
    name: 'after a clock that was years ahead nothing ages',
    edits: [{ file: 'slot-ages.ts', from: '|| gapMs > 0 || gapMs < -LONGEST_GAP_MS', to: '|| gapMs > 0' }],
    seed: 4,
  },
  {
    name: 'ages are differences of the times of two slots',
    edits: [
      {
        file: 'slot-ages.ts',
        from: 'if (gapMs > 0 && gapMs <= LONGEST_GAP_MS) sum += gapMs',
        to: 'sum = ms',
      },
    ],
    seed: 13,
  },
  {
    name: 'uploads that arrive late stay for ever',
    edits: [
      {
        file: 'look-through.ts',
        from: 'if (isSwept && !there.has(packId)) continue',
        to: 'if (isSwept) continue',
      },
    ],
    seed: 10,
  },
  {
    name: 'a space at rest does not age',
    edits: [{ file: 'sweep.ts', from: 'isTold || isTimeToTell(space, looked) ?', to: 'isTold ?' }],
    seed: 1,
  },
  {
    name: 'uploads that were cut off stay for ever',
    edits: [
      { file: 'look-through.ts', from: 'else condemn.push({ packId, sizeBytes, living: [] })', to: '' },
    ],
    seed: 3,
  },
  {
    name: 'packs in which little lives stay for ever',
    edits: [
      {
        file: 'look-through.ts',
        from: 'if (bytes > 0 && bytes * 2 >= plainBytesOf(pack)) continue',
        to: 'if (bytes > 0) continue',
      },
    ],
    seed: 2,
  },
  {
    name: 'a condemned pack is read from where its chunks were',
    edits: [{ file: 'contents/holdings.ts', from: 'if (left !== index) generation++', to: '' }],
    seed: 3,
  },
]
