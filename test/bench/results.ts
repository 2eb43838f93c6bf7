import type { Measured } from './measure.ts'

/** What one tool took for one piece of work in one round. */
export interface Sample extends Omit<Measured, 'stdout'> {
  /** Size of the repository afterwards. */
  readonly storedMb?: number
  /** What the repository grew by. */
  readonly addedMb?: number
  /** Requests at the S3 server. */
  readonly requests?: number
  /** Delay of the event loop: 99 of 100 turns were quicker. */
  readonly delayP99Ms?: number
}

/** Work that a tool did not finish, or did wrongly. */
export interface Failure {
  readonly work: string
  readonly tool: string
  readonly reason: string
}

/** Samples by work (as `first W1`) and tool, in the order in which they came. */
export interface Results {
  add(work: string, tool: string, round: number, sample: Sample): void
  fail(work: string, tool: string, reason: string): void
  works(): string[]
  tools(work: string): string[]
  /** One number a round; undefined where it was not measured. Empty where the tool took no part. */
  series(work: string, tool: string, key: keyof Sample): readonly (number | undefined)[]
  readonly failures: readonly Failure[]
}

/** Empty results, which say in a line each what comes in. */
export function createResults(say: (line: string) => void): Results {
  const samples = new Map<string, Map<string, (Sample | undefined)[]>>()
  const failures: Failure[] = []
  return {
    failures,
    add(work, tool, round, sample) {
      const byTool = samples.get(work) ?? new Map<string, (Sample | undefined)[]>()
      const rounds = byTool.get(tool) ?? []
      rounds[round] = sample
      byTool.set(tool, rounds)
      samples.set(work, byTool)
      const { wallS, cpuS, peakMb } = sample
      const figures = `${wallS.toFixed(2)} s, CPU ${cpuS.toFixed(2)} s, peak ${Math.round(peakMb)} MB`
      say(`round ${round + 1}: ${work}, ${tool}: ${figures}`)
    },
    fail(work, tool, reason) {
      failures.push({ work, tool, reason })
      say(`${work}, ${tool} FAILED: ${reason}`)
    },
    works: () => [...samples.keys()],
    tools: (work) => [...(samples.get(work)?.keys() ?? [])],
    series: (work, tool, key) => Array.from(samples.get(work)?.get(tool) ?? [], (sample) => sample?.[key]),
  }
}
