/** Something that could not be read or is not archived, named for the person. */
export interface SkippedItem {
  /** The absolute path, for people. */
  readonly path: string
  /**
   * `unreadable`: refused or failed. `changed`: changed while read, kept as far as read. `vanished`: gone since it was listed.
   * `special`: socket, pipe or device. `name`: a name that cannot be stored. `attributes`: kept without its extended attributes.
   * `database`: a database that could not be dumped; `code` is then one of ours.
   * `inconsistent`: a database in use that could not be copied as one transaction left it, kept as read.
   */
  readonly reason:
    | 'unreadable'
    | 'changed'
    | 'vanished'
    | 'special'
    | 'name'
    | 'attributes'
    | 'database'
    | 'inconsistent'
  /** System error code such as EACCES, or one of our own. */
  readonly code?: string
}

/** More than this is counted but not kept by name. */
const KEPT_ITEMS = 10_000

/** Gathers what could not be archived: all of it counted, the first 10,000 by name. */
export class SkippedItems {
  readonly items: SkippedItem[] = []
  count = 0
  /** Something the person chose is not, or not faithfully, in the backup. Sockets and devices are never expected to be. */
  isIncomplete = false

  add(item: SkippedItem): void {
    this.count++
    if (item.reason !== 'special') this.isIncomplete = true
    if (this.items.length < KEPT_ITEMS) this.items.push(item)
  }
}
