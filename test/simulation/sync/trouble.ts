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
  /** Of the changes of a base that are not durable when a device dies, how many are lost. */
  losesPower(most: number): number
  /** Whether a name that is not durable then is lost. */
  losesName(): boolean
  /** Whether a batch should tell of what was handed over. */
  isEnough(): boolean
  /** Handing contents over fails: before any is durable, after some are, or though all are. */
  failsToFinish(): 'before' | 'between' | 'after' | undefined
  isPartial(computer: string): boolean
  /** Nothing goes wrong any more. */
  end(): void
}

export function createTrouble(own: FakeRandom, isNone: boolean): Trouble {
  const random = own.fork('trouble')
  const power = own.fork('power')
  const names = own.fork('names')
  const contents = own.fork('contents')
  const rate = random.chance(0.5) && !isNone ? 0.2 : 0
  const kinds = rate > 0 && random.chance(0.5) ? [random.pick(KINDS)] : KINDS
  const broken = random.chance(0.25) && !isNone ? 0.01 : 0
  const fragile = random.chance(0.15) && !isNone ? 0.02 : 0
  const partial = rate > 0 && random.chance(0.5) ? 'BD' : ''
  const cut = power.chance(0.3) && !isNone ? 0.5 : 0
  const unfinished = contents.chance(0.2) ? 0.15 : 0
  const enough = contents.chance(0.15) ? 0.3 : 0
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
    losesPower: (most) => (cut > 0 && most > 0 && power.chance(cut) ? power.integer(most + 1) : 0),
    losesName: () => cut > 0 && names.chance(cut),
    isEnough: () => !isOver && enough > 0 && contents.chance(enough),
    failsToFinish() {
      if (unfinished === 0 || isOver || !contents.chance(unfinished)) return undefined
      return contents.pick(['before', 'between', 'after'] as const)
    },
    isPartial: (computer) => partial.includes(computer),
    end() {
      isOver = true
    },
  }
}
