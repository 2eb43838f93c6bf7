import type { SkippedItem } from '../../archive/entry.ts'

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
