/** What is looked at: what the rules of plans leave out, and folders that no plan covers. */
export interface SurveyOrder {
  readonly plans: readonly SurveyedPlan[]
  /** Absolute. */
  readonly folders: readonly string[]
  /** Absolute paths that are not counted anywhere: they never go into a backup. */
  readonly neverInclude: readonly string[]
  /** So many files and folders are looked at, all in all; default two millions. */
  readonly mostEntries?: number
}

/** A plan as a survey sees it. */
export interface SurveyedPlan {
  readonly id: string
  readonly sources: readonly string[]
  readonly exclude: readonly string[]
  readonly neverInclude: readonly string[]
}

/** How much something is. `isWhole` is false where counting ended at its bound: it is at least so much. */
export interface Amount {
  readonly files: number
  readonly bytes: number
  readonly isWhole: boolean
}

/** What one rule leaves out of the sources of a plan. */
export interface LeftOutByRule extends Amount {
  /** As it was written. */
  readonly pattern: string
  /** The ignore file it stands in; absent: the plan's own. */
  readonly ignoreFile?: string
  /** A few of them, largest first. */
  readonly largest: readonly ({ readonly path: string } & Amount)[]
}

/** What no backup holds. */
export interface Survey {
  /** By plan; rules with most bytes first. */
  readonly plans: readonly { readonly id: string; readonly excluded: readonly LeftOutByRule[] }[]
  readonly folders: readonly ({ readonly path: string } & Amount)[]
  readonly isWhole: boolean
}
