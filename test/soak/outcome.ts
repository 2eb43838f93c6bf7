/** What one part of the soak did and found. */
export interface SoakOutcome {
  readonly part: string
  /** What was done, by name: kills, faults, restores … */
  readonly counts: Readonly<Record<string, number>>
  /** Acknowledged backups that could not be restored bit for bit. */
  readonly lost: number
  /** Everything that went otherwise than promised, each with what is needed to do it again. */
  readonly problems: readonly string[]
  /** Why the part could not be run here. */
  readonly skipped?: string
}

/** Gathers an outcome while a part runs. */
export interface Findings {
  count(name: string, by?: number): void
  problem(text: string): void
  lose(text: string): void
  readonly problems: readonly string[]
  outcome(): SoakOutcome
}

/** Findings of a part; each problem is also shown as soon as it is found. */
export function createFindings(part: string): Findings {
  const counts: Record<string, number> = {}
  const problems: string[] = []
  let lost = 0
  const problem = (text: string) => {
    problems.push(text)
    console.error(`${part}: ${text}`)
  }
  return {
    count(name, by = 1) {
      counts[name] = (counts[name] ?? 0) + by
    },
    problem,
    lose(text) {
      lost++
      problem(`LOST ${text}`)
    },
    problems,
    outcome: () => ({ part, counts, lost, problems }),
  }
}
