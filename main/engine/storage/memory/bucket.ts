/** One object as the memory store keeps it. */
export interface StoredObject {
  readonly bytes: Buffer
  readonly modifiedMs: number
  readonly etag: string
  readonly sha256: string
  readonly md5: string
  readonly metadata: Readonly<Record<string, string>>
}

/** An upload in parts that was begun and not finished. */
export interface OpenUpload {
  readonly key: string
  readonly sizeBytes: number
  readonly parts: Buffer[]
}

/** What outlives a store object: open a second store on the same bucket to play a process that starts again. */
export interface MemoryBucket {
  readonly objects: Map<string, StoredObject>
  readonly uploads: Map<string, OpenUpload>
}

/** An empty bucket. */
export function createMemoryBucket(): MemoryBucket {
  return { objects: new Map(), uploads: new Map() }
}
