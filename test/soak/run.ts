// `npm run soak -- [options]`: everything that can go wrong, for as long as there is time: simulations, real processes killed, disks filled, lines that
// stall, objects tampered with, storms.
//   --minutes N       shares so much time out among the parts; what takes as long as it takes runs only when it is named
//   --only NAME,…     parts; all when absent, and a name that is none lists them
//   --seed N          decides everything that chance decides
//   --json            prints the summary as JSON
//   --kills 300       how often a command is killed at a system call
//   --moments 200     how often a disk is full
//   --files 300000    small files of the round trip
//   --large-gib 4     GiB of its large file
//   --drills 200      restores of clusters that lived through crashes
//   --check-every N   looks at every object and restores backups after each so many kills or moments (1; 5 where time is shared out)
// Ends with a summary, and with status 0 when nothing was lost and everything went as promised.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { SoakOutcome } from './outcome.ts'
import { type SoakPart, soakParts } from './parts.ts'
import { summaryOf, tableOf } from './summary.ts'

const MOST_LANES = 2
const LONG_RUN_MINUTES = 240

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    only: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
    kills: { type: 'string', default: '300' },
    moments: { type: 'string', default: '200' },
    files: { type: 'string', default: '300000' },
    'large-gib': { type: 'string', default: '4' },
    drills: { type: 'string', default: '200' },
    'check-every': { type: 'string' },
  },
})
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const minutes = values.minutes === undefined ? Infinity : Number(values.minutes)
const startedMs = performance.now()
const parts = soakParts({
  kills: Number.isFinite(minutes) ? Infinity : Number(values.kills),
  moments: Number(values.moments),
  files: Number(values.files),
  largeGib: Number(values['large-gib']),
  drills: Number(values.drills),
  longRunMinutes: Number.isFinite(minutes) ? minutes : LONG_RUN_MINUTES,
  checkEvery: Number(values['check-every'] ?? (Number.isFinite(minutes) ? 5 : 1)),
})
const wanted = chosenParts()
say(`seed ${seed}`)

const outcomes = new Map<SoakPart, SoakOutcome>()
const waiting = wanted.filter((part) => part.waitsMinutes !== undefined && whyNot(part) === undefined)
const shared = wanted
  .filter(({ weight }) => weight !== undefined)
  .toSorted((one, other) => (other.weight ?? 0) - (one.weight ?? 0))
const lanes = Math.min(MOST_LANES, availableParallelism(), Math.max(1, shared.length))
const beside = Promise.all(waiting.map((part) => play(part, Infinity)))
const queue = [...shared]
const whole = shared.reduce((sum, { weight = 0 }) => sum + weight, 0)
await Promise.all(
  Array.from({ length: lanes }, async () => {
    for (let part = queue.shift(); part; part = queue.shift())
      await play(part, performance.now() + (minutes * 60_000 * lanes * (part.weight ?? 0)) / whole)
  }),
)
await beside
for (const part of wanted) if (part.isAlone && whyNot(part) === undefined) await play(part, Infinity)
for (const part of wanted)
  if (!outcomes.has(part))
    outcomes.set(part, {
      ...{ part: part.name, counts: {}, lost: 0, problems: [], replays: [] },
      skipped: whyNot(part) ?? '',
    })

const seconds = Math.round((performance.now() - startedMs) / 1_000)
const summary = summaryOf(
  seed,
  seconds,
  wanted.map((part) => outcomes.get(part)!),
)
console.log(values.json ? JSON.stringify(summary, undefined, 2) : tableOf(summary))
process.exitCode = summary.lost + summary.problems === 0 ? 0 : 1

function chosenParts(): readonly SoakPart[] {
  const names = values.only?.split(',') ?? parts.map(({ name }) => name)
  const unknown = names.filter((name) => !parts.some((part) => part.name === name))
  if (unknown.length === 0 && (Number.isNaN(minutes) || minutes > 0))
    return parts.filter(({ name }) => names.includes(name))
  console.error(`${unknown.join(', ')}: there are ${parts.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

/** Why a part that takes as long as it takes is left out; undefined where it runs. */
function whyNot({ name, weight, waitsMinutes = Infinity }: SoakPart): string | undefined {
  if (weight !== undefined || values.only !== undefined || minutes >= waitsMinutes) return undefined
  const least = Number.isFinite(waitsMinutes) ? `--minutes ${waitsMinutes} or more, or ` : ''
  return `it takes as long as it takes: ${least}--only ${name}`
}

/** A part that cannot go on at all is a problem like any other. */
async function play(part: SoakPart, untilMs: number): Promise<void> {
  const again = `npm run soak -- --only ${part.name} --seed ${seed}`
  const outcome = await part.play({ seed, untilMs }).catch((error: unknown): SoakOutcome => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { part: part.name, counts: {}, lost: 0, problems: [text], replays: [again] }
  })
  outcomes.set(part, outcome)
  const counts = Object.entries(outcome.counts).map(([what, count]) => `${what} ${count}`)
  const wrong = outcome.problems.length === 0 ? '' : `; ${outcome.problems.length} problems`
  say(`${part.name}: ${outcome.skipped ?? counts.join(', ')}${wrong}`)
}

/** To people; the summary has standard output to itself where it is JSON. */
function say(text: string): void {
  if (values.json) console.error(text)
  else console.log(text)
}
