import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import type { GuardLimits } from '../../../main/engine/sync/guards.ts'

const KINDS = ['sleep', 'clock', 'lost base', 'image', 'full', 'choose', 'change', 'change'] as const

/** What goes wrong in a history beyond crashes and stores, drawn apart from everything else. */
export interface Trouble {
  readonly random: FakeRandom
  readonly kinds: readonly (typeof KINDS)[number][]
  readonly limits: GuardLimits
  /** Single steps of a disk fail in this history. */
  readonly isRough: boolean
  strikes(): boolean
  breaks(): 'before' | 'after' | undefined
  /** The device dies right after a step. */
  cuts(): boolean
  isPartial(computer: string): boolean
  /** Nothing goes wrong any more. */
  end(): void
}

export function createTrouble(random: FakeRandom, isNone: boolean): Trouble {
  const rate = random.chance(0.5) && !isNone ? 0.2 : 0
  const kinds = rate > 0 && random.chance(0.5) ? [random.pick(KINDS)] : KINDS
  const broken = random.chance(0.25) && !isNone ? 0.01 : 0
  const fragile = random.chance(0.15) && !isNone ? 0.02 : 0
  const partial = rate > 0 && random.chance(0.5) ? 'BD' : ''
  let isOver = false
  return {
    random,
    kinds,
    // Folders of simulated people are small.
    limits: random.chance(0.2) ? { files: 1, share: 0.3 } : { files: 25, share: 0.3 },
    isRough: broken > 0 || rate > 0,
    strikes: () => rate > 0 && random.chance(rate),
    breaks() {
      if (broken === 0 || isOver || !random.chance(broken)) return undefined
      return random.chance(0.5) ? 'before' : 'after'
    },
    cuts: () => fragile > 0 && random.chance(fragile),
    isPartial: (computer) => partial.includes(computer),
    end() {
      isOver = true
    },
  }
}
