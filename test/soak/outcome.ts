/** What one part of the soak did and found. */
export interface SoakOutcome {
  readonly part: string
  /** What was done, by name: kills, faults, restores … */
  readonly counts: Readonly<Record<string, number>>
  /** What was acknowledged and could not be had again bit for bit. */
  readonly lost: number
  /** Everything that went otherwise than promised, each with what is needed to do it again. */
  readonly problems: readonly string[]
  /** The commands that do again what went wrong. */
  readonly replays: readonly string[]
  /** Why the part could not be run here. */
  readonly skipped?: string
}

/** Gathers an outcome while a part runs. */
export interface Findings {
  count(name: string, by?: number): void
  /** `replay`: a command that does it again; by default the part with its seed. */
  problem(text: string, replay?: string): void
  lose(text: string, replay?: string): void
  readonly problems: readonly string[]
  outcome(): SoakOutcome
}

/** Findings of a part, with its seed where it has one; each problem is also shown as soon as it is found. */
export function createFindings(part: string, seed?: number): Findings {
  const counts: Record<string, number> = {}
  const problems: string[] = []
  const replays = new Set<string>()
  let lost = 0
  const again = `npm run soak -- --only ${part}${seed === undefined ? '' : ` --seed ${seed}`}`
  const problem = (text: string, replay = again) => {
    problems.push(text)
    replays.add(replay)
    console.error(`${part}: ${text}`)
  }
  return {
    count(name, by = 1) {
      counts[name] = (counts[name] ?? 0) + by
    },
    problem,
    lose(text, replay) {
      lost++
      problem(`LOST ${text}`, replay)
    },
    problems,
    outcome: () => ({ part, counts, lost, problems, replays: [...replays] }),
  }
}
