import type { LogRecord } from '../format/log-record.ts'
import type { IdsOrList, RecordBody, RecordType } from './record-bodies.ts'

/** A body whose lists that a replay needs are in place; `uses` stays as it was written, because only collectors look at it. */
export type PlainBody<Type extends RecordType> = {
  readonly [Field in keyof RecordBody<Type>]: RecordBody<Type>[Field] extends IdsOrList
    ? readonly string[]
    : IdsOrList extends RecordBody<Type>[Field]
      ? readonly string[]
      : RecordBody<Type>[Field]
}

type Envelope = Omit<LogRecord, 'type' | 'body'>

/** A record as a replay takes it; `type` decides `body`. */
export type PlainRecord = {
  readonly [Type in RecordType]: Envelope & { readonly type: Type; readonly body: PlainBody<Type> }
}[RecordType]

/** What a session's end says, with all lists in place; those that do not fit into a record become list objects. */
export interface CommitBody {
  readonly b: number
  readonly snaps: readonly string[]
  readonly idx: readonly string[]
  /** What of the index the snapshots lean on besides their own packs. */
  readonly uses: Uses
}

export interface Uses {
  readonly packs: readonly string[]
  /** Base snapshots whose unchanged folders were taken over without looking at each chunk. */
  readonly snaps: readonly string[]
}

/** What a repacking or healing session's end says: the new segments join the index, and the dropped packs leave it. */
export interface RepackBody {
  readonly b: number
  readonly idx: readonly string[]
  readonly drop: readonly string[]
  /** Segments that nobody has any more, a few: what is needed of them is in others. */
  readonly gone?: readonly string[]
}
