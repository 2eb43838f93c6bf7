import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ChangedFile, tallyChanges } from '../../main/engine/model/unusual/change-tally.ts'
import { endingOf, isKnownEnding } from '../../main/engine/model/unusual/file-endings.ts'
import { entropyBits, isNearRandom, turnedRandom } from '../../main/engine/model/unusual/near-random.ts'
import {
  type ChangeFacts,
  isAlarm,
  isWorthALook,
  remember,
  signalsOf,
} from '../../main/engine/model/unusual/unusual-change.ts'

const calm: ChangeFacts = {
  filesBefore: 1_000,
  changed: 0,
  removed: 0,
  added: 0,
  shifted: 0,
  sameEnding: 0,
  sampled: 0,
  turnedRandom: 0,
  canariesTouched: 0,
  isComplete: true,
}

/** A generator of chance with a seed, for bytes and choices. */
function chance(seed: number) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return { next, below: (count: number) => Math.floor(next() * count) }
}

function noise(seed: number, length: number): Uint8Array {
  const { below } = chance(seed)
  return Uint8Array.from({ length }, () => below(256))
}

const words = (seed: number, length: number) =>
  new TextEncoder().encode(
    Array.from({ length }, (_, at) => ['fox', 'dog', 'letter', 'sum', 'day'][(at * seed) % 5]).join(' '),
  )

async function* listed(files: readonly ChangedFile[]) {
  yield* files
}
const tally = (files: readonly ChangedFile[]) => tallyChanges(listed(files), 0, () => false)
const file = (change: ChangedFile['change'], path: string, contentId = path): ChangedFile => ({
  change,
  path,
  contentId: `${change} ${contentId}`,
  writtenMs: 1,
})

test('more change never makes a change less unusual, and one sign alone never acts', () => {
  const count = fc.integer({ min: 0, max: 2_000 })
  const facts = fc.record({
    filesBefore: fc.integer({ min: 1, max: 2_000 }),
    changed: count,
    removed: count,
    added: count,
    shifted: count,
    sameEnding: count,
    sampled: fc.integer({ min: 0, max: 24 }),
    turnedRandom: fc.integer({ min: 0, max: 24 }),
    canariesTouched: fc.integer({ min: 0, max: 2 }),
    isComplete: fc.boolean(),
  })
  const usual = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 })
  fc.assert(
    fc.property(facts, usual, fc.integer({ min: 0, max: 500 }), (some, shares, more) => {
      const before = signalsOf(some, shares)
      const after = signalsOf({ ...some, changed: some.changed + more, shifted: some.shifted + more }, shares)
      expect(after).toEqual(expect.arrayContaining(before))
      expect(isAlarm(before)).toBe(before.length >= 2)
      // What a plan usually does is no sign.
      if (some.changed + some.removed <= some.filesBefore)
        expect(signalsOf(some, [1, 1, 1])).not.toContain('churn')
    }),
  )
})

test('each sign has its threshold', () => {
  const signs = (change: Partial<ChangeFacts>, usual: number[] = []) =>
    signalsOf({ ...calm, ...change }, usual)
  expect(signs({})).toEqual([])
  expect(signs({ changed: 299 })).toEqual([])
  expect(signs({ changed: 300 })).toEqual(['churn'])
  expect(signs({ changed: 300 }, [0.1, 0.2, 0.2, 0.2])).toEqual([])
  expect(signs({ changed: 400 }, [0.1, 0.2, 0.2, 0.2])).toEqual(['churn'])
  expect(signs({ filesBefore: 29, changed: 29 })).toEqual([])
  expect(signs({ removed: 400 })).toEqual(['churn', 'deletions'])
  expect(signs({ removed: 400, added: 100 })).toEqual(['churn'])
  expect(signs({ removed: 400, isComplete: false })).toEqual([])
  expect(signs({ shifted: 50 })).toEqual(['extensions'])
  expect(signs({ sameEnding: 200 })).toEqual(['extensions'])
  expect(signs({ sampled: 7, turnedRandom: 7 })).toEqual([])
  expect(signs({ sampled: 24, turnedRandom: 12 })).toEqual(['entropy'])
  expect(signs({ canariesTouched: 1 })).toEqual(['canary'])
  expect(isWorthALook(19, 20, false)).toBe(false)
  expect(isWorthALook(49, 1_000, false)).toBe(false)
  expect(isWorthALook(50, 1_000, false)).toBe(true)
  expect(isWorthALook(1, 1_000, true)).toBe(true)
  expect(isWorthALook(0, 1_000, true)).toBe(false)
})

test('what is remembered is bounded and a share', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 60 }), (backups) => {
      const shares = backups.reduce<readonly number[]>(
        (all, [touched, files]) => remember(all, touched, files),
        [],
      )
      expect(shares.length).toBe(Math.min(20, backups.length))
      for (const share of shares) expect(share >= 0 && share <= 1).toBe(true)
    }),
  )
})

test('noise is told from text and from packed files, at every length that is looked at', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 512, max: 4_096 }), (seed, length) => {
      const text = words(seed, length)
      const drawn = noise(seed, length)
      expect(isNearRandom(drawn)).toBe(true)
      expect(isNearRandom(text)).toBe(false)
      expect(turnedRandom(text, drawn)).toBe(true)
      expect(turnedRandom(text, text)).toBe(false)
      // Noise stays noise, and what says that it is packed is packed.
      expect(turnedRandom(drawn, noise(seed + 1, length))).not.toBe(true)
      expect(turnedRandom(text, gzipSync(drawn))).toBe(false)
      expect(turnedRandom(gzipSync(drawn), drawn)).toBe(true)
      expect(turnedRandom(text.subarray(0, 511), drawn)).toBeUndefined()
    }),
    { numRuns: 40 },
  )
  expect(entropyBits(new Uint8Array(4_096))).toBe(0)
  expect(entropyBits(Uint8Array.from({ length: 256 }, (_, at) => at))).toBe(8)
})

test('endings: none at all is nobody’s sign, one is what stands behind the last dot', () => {
  expect(['a/b.c/notes', 'a/.profile', 'a/b.DOCX', 'a/x.docx.xyz', 'a/y.'].map(endingOf)).toEqual([
    '',
    '',
    'docx',
    'xyz',
    '',
  ])
  expect(['docx', '', '7z', '2024', 'xyz', 'locked'].map(isKnownEnding)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ])
})

test('a file that got another ending counts as shifted, one that only moved counts as nothing', async () => {
  const names = Array.from({ length: 40 }, (_, at) => `papers/${at}`)
  const gone = names.map((name) => file('removed', `${name}.docx`))
  expect(await tally([...gone, ...names.map((name) => file('added', `${name}.docx.xyz`))])).toMatchObject({
    removed: 40,
    added: 40,
    shifted: 40,
    sameEnding: 40,
  })
  expect(await tally([...gone, ...names.map((name) => file('added', `${name}.qqq`))])).toMatchObject({
    shifted: 40,
  })
  expect(await tally([...gone, ...names.map((name) => file('added', `${name}.pdf`))])).toMatchObject({
    shifted: 0,
  })
  const moved = names.map(
    (name): ChangedFile => ({ ...file('added', `else/${name}.xyz`), contentId: `removed ${name}.docx` }),
  )
  expect(await tally([...gone, ...moved])).toMatchObject({ removed: 0, added: 0, shifted: 0, sameEnding: 0 })
  // Names that were replaced altogether are still compared, within their folder.
  const { sample } = await tally([...gone, ...names.map((_, at) => file('added', `papers/${at * 7_919}`))])
  expect(sample).toHaveLength(24)
})

test('a tally keeps its counts whatever the order, and its sample within bounds', async () => {
  const entry = fc.record({
    change: fc.constantFrom<ChangedFile['change'][]>('added', 'removed', 'changed'),
    path: fc
      .constantFrom('a.txt', 'b/c.doc', 'b/c.doc.xyz', 'd', 'e.zzz')
      .chain((name) => fc.nat({ max: 50 }).map((folder) => `${folder}/${name}`)),
    contentId: fc.constantFrom('', '1', '2', '3'),
    writtenMs: fc.option(fc.nat(), { nil: undefined }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 80 }), async (files) => {
      const forward = await tally(files)
      const backward = await tally(files.toReversed())
      const numbers = ({ changed, removed, added }: typeof forward) => [changed, removed, added]
      expect(numbers(forward)).toEqual(numbers(backward))
      expect(forward.removed >= 0 && forward.added >= 0 && forward.sample.length <= 24).toBe(true)
      expect(forward.shifted).toBeLessThanOrEqual(files.length)
    }),
  )
})

/** One evening's change of somebody's folder: what people and their programs do, in kinds and amounts as chance has it. */
function ordinaryDay({ below, next }: ReturnType<typeof chance>, files: string[]): ChangedFile[] {
  const some = (most: number) => {
    const count = Math.min(files.length, 1 + below(Math.max(1, most)))
    const from = below(files.length - count + 1)
    return files.slice(from, from + count)
  }
  const remove = (paths: readonly string[]) => {
    const going = new Set(paths)
    files.splice(0, files.length, ...files.filter((path) => !going.has(path)))
    return paths.map((path) => file('removed', path))
  }
  const add = (paths: readonly string[]) => {
    files.push(...paths)
    return paths.map((path) => file('added', path))
  }
  const stamp = below(1_000_000_000)
  const fresh = (count: number, ending: string) =>
    Array.from({ length: count }, (_, at) => `new ${stamp}/${at}.${ending}`)
  switch (below(8)) {
    case 0:
      return add(fresh(1_000, next() < 0.5 ? 'jpg' : 'cr3'))
    case 1:
      return remove(some(files.length * 0.15))
    case 2: {
      const moving = some(files.length * 0.6)
      remove(moving)
      const there = moving.map((path) => `moved ${stamp}/${path}`)
      files.push(...there)
      return moving.flatMap((path, at) => [
        file('removed', path),
        { ...file('added', there[at]!), contentId: `removed ${path}` },
      ])
    }
    case 3: {
      const packages = some(files.length * 0.5)
      const going = packages.slice(0, packages.length / 3)
      const changed = packages.slice(going.length).map((path) => file('changed', path))
      return [...changed, ...remove(going), ...add(fresh(going.length + below(50), 'mjs'))]
    }
    case 4: {
      const turned = some(files.length * 0.2)
      return [...remove(turned), ...add(turned.map((path) => `${path}.${stamp}.webp`))]
    }
    case 5: {
      const logs = some(60)
      return [...remove(logs), ...add(logs.map((path) => `${path}.${stamp}.gz`))]
    }
    case 6:
      return add(fresh(below(400), 'measured'))
    default:
      return some(120).map((path) => file('changed', path))
  }
}

test('300 histories of ordinary weeks raise no alarm', async () => {
  let judged = 0
  let alarms = 0
  for (let seed = 1; seed <= 300; seed++) {
    const random = chance(seed)
    const files = Array.from({ length: 150 + random.below(1_500) }, (_, at) => `home/${at % 40}/${at}.docx`)
    let usual: readonly number[] = []
    for (let day = 0; day < 14; day++) {
      const filesBefore = files.length
      const { sample, written, ...counts } = await tally(ordinaryDay(random, files))
      const touched = counts.changed + counts.removed
      // Of files that people change, a few are packed or sealed with a password anew.
      const facts = {
        ...calm,
        ...counts,
        filesBefore,
        sampled: sample.length,
        turnedRandom: random.below(sample.length / 5 + 1),
      }
      judged++
      if (isWorthALook(touched, filesBefore, false) && isAlarm(signalsOf(facts, usual))) alarms++
      usual = remember(usual, touched, filesBefore)
    }
  }
  expect({ judged, alarms }).toEqual({ judged: 4_200, alarms: 0 })
})

test('what ransomware does is found in 300 of 300 such folders, whatever it calls the files', async () => {
  let found = 0
  for (let seed = 1; seed <= 300; seed++) {
    const random = chance(seed)
    const files = Array.from({ length: 150 + random.below(1_500) }, (_, at) => `home/${at % 40}/${at}.docx`)
    const usual = Array.from({ length: 10 }, () => random.next() * 0.15)
    const hit = files.slice(0, files.length * (0.35 + random.next() * 0.65))
    const renamed = [
      (path: string) => `${path}.locked`,
      (path: string) => `${path}.${random.below(1e9)}x`,
      undefined,
    ][seed % 3]
    const { sample, written, ...counts } = await tally(
      hit.flatMap((path) =>
        renamed ? [file('removed', path), file('added', renamed(path))] : [file('changed', path)],
      ),
    )
    const facts = {
      ...calm,
      ...counts,
      filesBefore: files.length,
      sampled: sample.length,
      turnedRandom: sample.length,
    }
    if (isAlarm(signalsOf(facts, usual))) found++
  }
  expect(found).toBe(300)
})
