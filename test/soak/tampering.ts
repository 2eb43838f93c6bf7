import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSeededRandom } from '../crash/seed.ts'
import { filesBelow } from '../ground/rot.ts'
import { newestOf } from './kill-scenarios.ts'
import { createFindings, type Findings, type SoakOutcome } from './outcome.ts'
import { checkBackups, checkPlaces, createSoakWorld, documentOf, type SoakWorld, said } from './world.ts'

export interface TamperingOptions {
  readonly rounds: number
  readonly seed: number
  readonly untilMs?: number
}

/** What a round does at most at one place. */
const MOST = 40
const OBJECTS = ['data/', 'index/', 'snap/']

type Tamper = (bytes: Buffer, other: Buffer, random: () => number) => Buffer

/** Ways to tamper with an object; each gives other bytes than there were. */
const WAYS: readonly Tamper[] = [
  (bytes, _, random) => {
    const at = Math.floor(random() * bytes.length)
    bytes[at] = bytes[at]! ^ (1 << Math.floor(random() * 8))
    return bytes
  },
  (bytes, _, random) => bytes.subarray(0, Math.floor(random() * bytes.length)),
  (bytes) => Buffer.concat([bytes, Buffer.from('more')]),
  (_, other) => other,
  (bytes) => Buffer.alloc(bytes.length),
]

/**
 * Tampers with objects of one of two places, in turn (flips a bit, cuts, appends, exchanges, blanks, deletes): every one is found and named, all are
 * healed from the other place, and what comes back is bit for bit what was backed up.
 */
export async function tamper({ rounds, seed, untilMs = Infinity }: TamperingOptions): Promise<SoakOutcome> {
  const findings = createFindings('tampering', seed)
  const random = createSeededRandom(seed)
  const base = mkdtempSync(join(tmpdir(), 'everstow-tamper-'))
  const world = await createSoakWorld(base, ['nas', 'disk'], random)
  try {
    for (let round = 0; round < rounds && performance.now() < untilMs; round++) {
      const [place = '', other = ''] = random() < 0.5 ? ['nas', 'disk'] : ['disk', 'nas']
      const changed = tamperAt(world.place(place), random)
      findings.count('tamperings', changed.length)
      await expectFound(world, place, changed, findings, `seed ${seed}, round ${round}`)
      await expectUntouched(world, other, findings, `seed ${seed}, round ${round}`)
    }
    await checkBackups(world, [...world.acknowledged.keys()], findings, `seed ${seed}, at the end`)
    return findings.outcome()
  } finally {
    world.remove()
  }
}

/** What was healed lies there anew, under a later number; the copy before it is nobody's any more. */
function newestCopies(paths: readonly string[]): string[] {
  const newest = new Map<string, number>()
  const partsOf = (path: string) => /^(.*)\.(\d+)$/.exec(path)?.slice(1) ?? [path, '0']
  for (const path of paths) {
    const [name = '', number] = partsOf(path)
    newest.set(name, Math.max(newest.get(name) ?? 0, Number(number)))
  }
  return paths.filter((path) => {
    const [name = '', number] = partsOf(path)
    return newest.get(name) === Number(number)
  })
}

/** Gives the keys of what is not what it was. */
function tamperAt(folder: string, random: () => number): string[] {
  const paths = newestCopies(filesBelow(folder, OBJECTS))
  const wanted = 1 + Math.floor(random() * MOST)
  const chosen = new Set(Array.from({ length: wanted }, () => pick(paths, random)))
  const before = new Map([...chosen].map((path) => [path, readFileSync(path)]))
  for (const [path, bytes] of before) {
    rmSync(path)
    if (random() < 0.2) continue
    const others = [...before.values()].filter((other) => !other.equals(bytes))
    const way = pick(WAYS, random)
    const now = way(Buffer.from(bytes), others.length > 0 ? pick(others, random) : Buffer.of(1), random)
    writeFileSync(path, now)
  }
  return [...chosen].map((path) => path.slice(folder.length + 1)).toSorted()
}

interface Verified {
  readonly repositories: readonly {
    readonly place: string
    readonly damaged: readonly string[]
    readonly missing: readonly string[]
    readonly affected: readonly unknown[]
    readonly lost_chunks: number
  }[]
}

async function expectFound(
  world: SoakWorld,
  place: string,
  changed: readonly string[],
  findings: Findings,
  when: string,
): Promise<void> {
  const result = await world.run(['verify', '--heal', '--all', '--data', '100'])
  const reports = documentOf<Verified>(result)?.repositories ?? []
  const found = reports.flatMap((report) =>
    report.place === place ? [...report.damaged, ...report.missing] : [],
  )
  const unseen = changed.filter((key) => !found.includes(key))
  if (unseen.length > 0) findings.lose(`${when}: ${place}: not found: ${unseen.join(', ')}: ${said(result)}`)
  const others = found.filter((key) => !changed.includes(key))
  if (others.length > 0) findings.problem(`${when}: ${place}: found without reason: ${others.join(', ')}`)
  if (reports.some(({ affected, lost_chunks }) => affected.length + lost_chunks > 0))
    findings.lose(`${when}: not healed though the other place is whole: ${said(result)}`)
}

/** All is whole again, and comes back whole. */
async function expectUntouched(
  world: SoakWorld,
  other: string,
  findings: Findings,
  when: string,
): Promise<void> {
  await checkPlaces(world, findings, `${when}, ${other} untouched`)
  await checkBackups(world, [newestOf(world)], findings, when)
}

function pick<T>(items: readonly T[], random: () => number): T {
  return items[Math.floor(random() * items.length)] as T
}
