import { text } from 'node:stream/consumers'
import type { Call } from '../call.ts'
import { s3Error } from '../errors.ts'

const MAX_XML_BYTES = 2 * 1024 * 1024

/** The verified body as text, for the XML documents that clients send. */
export async function readSmallBody(call: Call): Promise<string> {
  const { blob } = await call.receive()
  try {
    if (blob.sizeBytes > MAX_XML_BYTES) throw s3Error('MalformedXML')
    return await text(blob.open(0, blob.sizeBytes))
  } finally {
    await blob.dispose()
  }
}
