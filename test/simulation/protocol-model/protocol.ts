/** The safeguards of the protocol. Each of them is there because without it data is lost, which the variants show. */
export interface Protocol {
  /** A slot is put only if it is absent, and the store decides; otherwise: look whether it is there, then put. */
  readonly conditionalPut: boolean
  /** Before each attempt to commit, the log is replayed to the slot that the commit follows. */
  readonly recheckAtCommit: boolean
  /** A session that was expired commits no more. */
  readonly fenceExpired: boolean
  /** Packs nobody refers to are deleted only after their session was expired in the log. */
  readonly expireBeforeOrphans: boolean
  /** A pack's name carries its session, so a deleted name never comes back. */
  readonly uniqueNames: boolean
  /** A sweep is a record like any other: it needs the slot after the one it was decided at. */
  readonly sweepNeedsItsSlot: boolean
  /** Deletes go out only when the records that allow them are in the log. */
  readonly recordBeforeDelete: boolean
  /** After a lost answer the slot is read before anything is concluded from `exists`. */
  readonly readSlotAfterDoubt: boolean
  /** Slots are never deleted. */
  readonly keepSlots: boolean
  /** A session that finds its own commit in the log is done; it does not commit again. */
  readonly selfCheck: boolean
  /** Between sweep and delete stands a `purge`, after which no `restore` counts. */
  readonly purgeBeforeDelete: boolean
  /** What was taken over from a base snapshot unchecked counts only while that snapshot is live at the slot the commit follows. */
  readonly recheckBase: boolean
  /** A commit names the packs it leans on as the index has them at the slot it follows. */
  readonly freshUses: boolean
  /** A sweep that lost its slot spares the packs that the commits before it lean on, and marks again after anything else that may need more. */
  readonly spareUses: boolean
  /** A forgotten snapshot comes back only if the index has all its chunks at the slot that the record follows. */
  readonly checkAtUnforget: boolean
}

/** The protocol as it is specified. */
export const CORRECT: Protocol = {
  conditionalPut: true,
  recheckAtCommit: true,
  fenceExpired: true,
  expireBeforeOrphans: true,
  uniqueNames: true,
  sweepNeedsItsSlot: true,
  recordBeforeDelete: true,
  readSlotAfterDoubt: true,
  keepSlots: true,
  selfCheck: true,
  purgeBeforeDelete: true,
  recheckBase: true,
  freshUses: true,
  spareUses: true,
  checkAtUnforget: true,
}
