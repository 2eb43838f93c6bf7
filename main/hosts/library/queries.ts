import type { DataKind } from '../../contract/index.ts'
import type { Cancellable } from './caller.ts'

/** Files of all backups, or of one. */
export interface FilesQuery extends FileQuery, BackupRange {
  readonly backup?: string
  readonly at?: string
  /** Called where places did not answer, with how many: what is there alone is not among the files. */
  readonly onUnsearched?: (places: number) => void
}

/** Which backups are meant. Times are those at which they were made, ISO 8601, inclusive; a date alone is a day. */
export interface BackupRange {
  /** Name or id of a plan. */
  readonly plan?: string
  /** A source path, or a part of one. */
  readonly source?: string
  readonly from?: string
  readonly to?: string
}

/** Which files of a backup are wanted. */
export interface FileQuery extends Cancellable {
  /** Only below this folder; `/` between names. */
  readonly folder?: string
  /** A glob over the path (`**` over folders), or without `/` over the name; a text without `*` and `?`: part of the name. */
  readonly name?: string
  readonly kind?: DataKind
  /** ISO 8601; inclusive. */
  readonly modifiedFrom?: string
  /** ISO 8601; inclusive. */
  readonly modifiedTo?: string
  /** At most so many; absent: all. */
  readonly limit?: number
}
