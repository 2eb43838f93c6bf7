import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from '../../env/node/sync-files.ts'
import { LARGEST_SHOWN_BYTES, type Preview, previewBytes } from '../../model/preview.ts'
import { isLinkContent, sizeOfContent, withoutMode } from '../content-text.ts'
import type { Contents } from '../ports.ts'

/** The bytes of a content of the space. `scratch`: a path where nothing is, in a folder for the owner alone. */
export async function bytesOfContent(
  contents: Contents,
  content: string,
  scratch: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (isLinkContent(content)) return Buffer.from(content.slice(1))
  mkdirSync(scratch, { recursive: true, mode: 0o700 })
  const path = `${scratch}/content`
  const fd = openSync(path, 'w+', 0o600)
  try {
    await contents.write(withoutMode(content), fd, signal)
    return readFileSync(path)
  } finally {
    closeSync(fd)
    rmSync(path, { force: true })
  }
}

/** What of a content can be shown. Nothing larger than what people look at is fetched. */
export async function previewContent(
  contents: Contents,
  content: string,
  scratch: string,
  signal: AbortSignal,
): Promise<Preview> {
  const sizeBytes = sizeOfContent(content)
  if (sizeBytes > LARGEST_SHOWN_BYTES) return { sizeBytes }
  return previewBytes(await bytesOfContent(contents, content, scratch, signal))
}
