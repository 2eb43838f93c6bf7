import { z } from 'zod'

const tokenSchema = z.object({
  version: z.literal(1),
  /** The session's address: the right to go on with this one upload. */
  uri: z.string(),
  bucket: z.string(),
  name: z.string(),
  sizeBytes: z.number(),
  /** Of the body; a body that has none is known by its size, and a mixture is caught by the MD5 of the last chunk. */
  sha256: z.string().optional(),
})

/** What the journal keeps of an upload. */
export type SessionToken = Omit<z.infer<typeof tokenSchema>, 'version'>

export const writeToken = (token: SessionToken): string => JSON.stringify({ version: 1, ...token })

/** Undefined where the text is not a token of ours: then the upload begins anew. */
export function readToken(text: string): SessionToken | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // A damaged journal costs only the progress; the schema refuses undefined below.
    value = undefined
  }
  return tokenSchema.safeParse(value).data
}

/** Whether an address may be sent our bearer token: the configured service's, or Google's own. */
export function isOurSession(uri: string, endpoint: string): boolean {
  if (!URL.canParse(uri)) return false
  const { origin, protocol, hostname } = new URL(uri)
  return (
    origin === new URL(endpoint).origin || (protocol === 'https:' && hostname.endsWith('.googleapis.com'))
  )
}
