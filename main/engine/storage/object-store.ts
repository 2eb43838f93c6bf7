import type { Readable } from 'node:stream'

/** What lies under a key. */
export interface ObjectInfo {
  readonly key: string
  readonly sizeBytes: number
  /** The store's own time of the last change, milliseconds since 1970. */
  readonly modifiedMs: number
  /** Opaque version tag of the content, where the store has one. */
  readonly etag?: string
  /** Hex digests that the store or our metadata vouch for. */
  readonly md5?: string
  readonly sha256?: string
  /** User metadata: lower-case names, ASCII values. Listings may leave it out. */
  readonly metadata?: Readonly<Record<string, string>>
  readonly storageClass?: string
}

export interface ByteRange {
  /** First byte. */
  readonly start: number
  /** First byte after the range. */
  readonly end: number
}

/**
 * A body that can be read again from any byte, so that a failed try, a resumed upload or a part of it needs no copy in memory.
 * `open` gives bytes [start, end); each call is independent.
 */
export interface Body {
  readonly sizeBytes: number
  open(range?: ByteRange): Readable
  /**
   * Reads from `start` at most as much as the buffer holds; the number of bytes read, 0 only at the end. Where it is there it costs less than `open`, which makes many
   * small pieces.
   */
  readInto?(into: Uint8Array, start: number): Promise<number>
  /** The file that holds exactly this body, where there is one (lets the local store link instead of copy). */
  readonly filePath?: string
}

/** Where an upload's progress is kept so that another process can go on after a crash. The token is the backend's own text. */
export interface UploadJournal {
  load(): Promise<string | undefined>
  save(token: string): Promise<void>
  clear(): Promise<void>
}

export interface PutOptions {
  /** Hex SHA-256 of the whole body. Checked by the store where it can; kept in the metadata as `sha256`; `checksum-mismatch` when it differs. */
  readonly sha256?: string
  /** Hex MD5 of the whole body; as above. */
  readonly md5?: string
  readonly contentType?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Bytes of the body that are now safe with the store (a resumed upload starts above 0). */
  readonly onProgress?: (sentBytes: number) => void
  readonly journal?: UploadJournal
  /** Which way this object is accounted and logged: `data` or `meta`. */
  readonly purpose?: 'data' | 'meta'
}

/**
 * `created`: this call made the object. `exists`: somebody else's object is there, this call wrote nothing.
 * `ambiguous`: nobody is known to have won (time-out, 409, lost connection); read the key to settle it.
 */
export type PutIfAbsentAnswer = 'created' | 'exists' | 'ambiguous'

export interface GetOptions {
  readonly range?: ByteRange
  readonly signal?: AbortSignal
  /** Only this version of the content; `precondition-failed` when it changed. */
  readonly ifMatch?: string
}

export interface GetResult {
  readonly info: ObjectInfo
  /** Destroy it when not read to the end. Ends with an error, never early, when bytes are missing. */
  readonly body: Readable
}

export interface ListOptions {
  readonly prefix?: string
  /** At most this many a page (the store may give fewer). Default and maximum 1,000. */
  readonly limit?: number
  readonly cursor?: string
  readonly signal?: AbortSignal
}

export interface ListPage {
  /** In ascending order of the key's UTF-8 bytes. */
  readonly objects: readonly ObjectInfo[]
  /** Pass it on for the next page; absent at the end. */
  readonly cursor?: string
}

/** `undefined` where the store does not let us find out. */
export interface Capabilities {
  readonly writes: boolean
  readonly reads: boolean
  readonly deletes: boolean | undefined
  /** A put with "only if absent" has exactly one winner among many at once. */
  readonly conditionalWrites: boolean
  readonly versioning: boolean | undefined
  /** Objects can be locked against deletion. */
  readonly objectLock: boolean | undefined
  /** Store time minus our time, milliseconds. */
  readonly clockOffsetMs: number | undefined
  readonly freeBytes?: number
  readonly totalBytes?: number
}

export type StoreKind = 'local' | 's3' | 'gcs' | 'azure' | 'memory'

/**
 * One place that holds objects under keys. Keys are relative (`archives/x.tar.gz`): no leading slash, no empty, `.` or `..` segment; 1 to 900 bytes of UTF-8.
 * Every backend passes the same conformance suite (`test/conformance`).
 *
 * Errors are `EverstowError`: `object-missing`, `bucket-missing`, `credentials-missing`, `credentials-refused`, `permission-denied`, `clock-skew`,
 * `network-unreachable`, `connection-lost`, `timed-out`, `throttled`, `place-unavailable`, `place-refused`, `precondition-failed`,
 * `checksum-mismatch`, `disk-full`, `read-only`, `place-missing-folder`, `cancelled`, `invalid-input`.
 * Backends do not retry (the `retrying` wrapper does), except parts inside one large upload.
 */
export interface ObjectStore {
  readonly kind: StoreKind
  /** `s3://bucket/prefix/key`, `gs://…`, `https://account.blob…/container/key`, `file:///…`. */
  url(key: string): string
  /** Replaces or creates; the object appears whole or not at all. Large bodies go in parts and resume from the journal. */
  put(key: string, body: Body, options?: PutOptions): Promise<ObjectInfo>
  /** Creates only where nothing is there (at most 8 MiB). Throws for refusals that are certain (credentials, permission, bucket, `not-supported`). */
  putIfAbsent(key: string, bytes: Uint8Array, options?: PutOptions): Promise<PutIfAbsentAnswer>
  get(key: string, options?: GetOptions): Promise<GetResult>
  /** Size, time, checksums and metadata without the content. */
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo>
  exists(key: string, signal?: AbortSignal): Promise<boolean>
  size(key: string, signal?: AbortSignal): Promise<number>
  list(options?: ListOptions): Promise<ListPage>
  /** No error when nothing is there. */
  delete(key: string, signal?: AbortSignal): Promise<void>
  /** Really writes, reads, lists and deletes under `probe/`, races conditional writes, and leaves nothing behind. */
  probe(signal?: AbortSignal): Promise<Capabilities>
  close(): Promise<void>
}
