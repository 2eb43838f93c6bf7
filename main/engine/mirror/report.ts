/** Something that was left as it is, and why. `failed` and `unreadable` have an error. */
export interface LeftAlone {
  /** As in the keys of objects. */
  readonly path: string
  readonly reason:
    | 'symlink'
    | 'special'
    | 'unreadable'
    | 'changing'
    | 'name'
    | 'too-long'
    | 'clash'
    | 'in-the-way'
    | 'failed'
  readonly error?: unknown
}

/** What somebody else did to the objects: `changed` and `added` ones are kept, `gone` ones were put there again. */
export interface Foreign {
  readonly path: string
  readonly kind: 'changed' | 'added' | 'gone'
}

/** Deletions that wait for a person's word. */
export interface HeldDeletions {
  readonly count: number
  readonly total: number
}

/** What a run did, or would do. */
export interface MirrorOutcome {
  /** Files brought to the other side. */
  transferred: number
  bytes: number
  /** Of these, how many took the place of another version. */
  replaced: number
  deleted: number
  unchanged: number
  /** Versions whose time was over. */
  tidied: number
  /** What the deciding side holds: files that are mirrored, and their bytes. */
  holds: { readonly files: number; readonly bytes: number }
  /** Paths that go, or would go, from the other side. */
  readonly deletedPaths: string[]
  readonly foreign: Foreign[]
  readonly left: LeftAlone[]
  held?: HeldDeletions
}

export const emptyOutcome = (left: readonly LeftAlone[] = []): MirrorOutcome => ({
  transferred: 0,
  bytes: 0,
  replaced: 0,
  deleted: 0,
  unchanged: 0,
  tidied: 0,
  holds: { files: 0, bytes: 0 },
  deletedPaths: [],
  foreign: [],
  left: [...left],
})

export const holdsOf = (files: readonly { readonly sizeBytes: number }[]): MirrorOutcome['holds'] => ({
  files: files.length,
  bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
})
