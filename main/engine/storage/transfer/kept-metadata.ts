import type { ObjectInfo, PutOptions } from '../object-store.ts'

/** What is kept with the object: the caller's metadata, and the SHA-256 under the name `sha256`. */
export function metadataToKeep({ metadata, sha256 }: PutOptions): Record<string, string> {
  return { ...metadata, ...(sha256 && { sha256: sha256.toLowerCase() }) }
}

/** The way back: the digest on its own, the caller's metadata without it. */
export function metadataFacts(
  kept: Readonly<Record<string, string>>,
): Pick<ObjectInfo, 'sha256' | 'metadata'> {
  const { sha256, ...metadata } = kept
  if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) return { metadata: { ...kept } }
  return { sha256, metadata }
}
