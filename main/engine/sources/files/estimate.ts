/** What a backup of these sources would hold. */
export interface SourceEstimate {
  readonly files: number
  readonly directories: number
  readonly bytes: number
  /** Things that could not be looked at, and sockets, pipes and devices. */
  readonly skipped: number
}
