import { z } from 'zod'

/**
 * What the journal keeps of an unfinished upload. Parts need no record of their own: their tags are MD5, which are compared with the body
 * when it is read again. Only where tags are opaque (KMS) is it kept which bytes each stood for.
 */
const schema = z.object({
  version: z.literal(1),
  bucket: z.string(),
  /** With the prefix. */
  name: z.string(),
  uploadId: z.string().min(1),
  partBytes: z.number().int().positive(),
  sizeBytes: z.number().int().nonnegative(),
  sha256: z.string().optional(),
  md5: z.string().optional(),
  /** By part number. */
  opaque: z.record(z.string(), z.object({ etag: z.string(), md5: z.string() })).optional(),
})

export type UploadRecord = z.infer<typeof schema>

/** The journal's token for a record. */
export function formatUploadRecord(record: UploadRecord): string {
  return JSON.stringify(record)
}

/** Reads a token; undefined where it is not one of ours (another version or backend wrote it). */
export function parseUploadRecord(token: string): UploadRecord | undefined {
  try {
    return schema.parse(JSON.parse(token))
  } catch {
    // Nothing is lost: the upload starts anew.
    return undefined
  }
}
