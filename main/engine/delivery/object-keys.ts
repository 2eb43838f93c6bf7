import { indexName, metadataName } from './spool.ts'

/** Portable archives lie together under this prefix of a place. */
export const ARCHIVES_PREFIX = 'archives/'

/** Key of the archive itself. */
export const archiveKey = (filename: string): string => `${ARCHIVES_PREFIX}${filename}`

/** Key of the metadata beside it. */
export const metadataKey = (filename: string): string => `${ARCHIVES_PREFIX}${metadataName(filename)}`

/** Key of the index beside it. */
export const indexKey = (filename: string): string => `${ARCHIVES_PREFIX}${indexName(filename)}`
