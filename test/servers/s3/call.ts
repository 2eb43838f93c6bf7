import type { IncomingMessage } from 'node:http'
import type { Blob, BlobStore } from './blobs.ts'
import type { Bucket } from './state.ts'

/** How this server stands to `If-None-Match`: as AWS does, refused with 501 as B2 does, or silently ignored as some servers do. */
export type ConditionalWrites = 'honoured' | 'refused' | 'ignored'

/** What operations know of the server. */
export interface World {
  readonly buckets: Map<string, Bucket>
  readonly blobs: BlobStore
  readonly region: string
  readonly conditionalWrites: ConditionalWrites
  /** Versioning and lock settings are answered with 501, as R2 does. */
  readonly withoutBucketSettings: boolean
  readonly minPartBytes: number
  /** Every object is encrypted with KMS: entity tags are then no MD5. */
  readonly kmsByDefault: boolean
  now(): number
  newId(): string
}

/** A body that arrived whole and was verified. */
export interface ReceivedBody {
  readonly blob: Blob
  readonly md5: Buffer
  /** Additional checksums that were sent and found right; base64 by algorithm. */
  readonly checksums: Readonly<Record<string, string>>
}

/** One authenticated request. */
export interface Call {
  readonly operation: string
  readonly request: IncomingMessage
  readonly headers: Readonly<Record<string, string>>
  readonly bucketName: string | undefined
  readonly key: string | undefined
  readonly query: URLSearchParams
  receive(): Promise<ReceivedBody>
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: string
  /** Bytes [start, end) of a blob as the body. */
  readonly content?: { readonly blob: Blob; readonly start: number; readonly end: number }
}

export type Operation = (call: Call, world: World) => Promise<Answer> | Answer

/** An XML answer with status 200. */
export function xmlAnswer(body: string): Answer {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body }
}
