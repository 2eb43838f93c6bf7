import type { Call, World } from '../call.ts'
import { s3Error } from '../errors.ts'
import type { Version } from '../state.ts'

/**
 * Checks `If-None-Match: *` and `If-Match` of a write. Called in the same turn that makes the object visible, so no other write can come between.
 * Source: "How to prevent object overwrites with conditional writes", S3 user guide.
 */
export function checkWriteConditions(call: Call, world: World, current: Version | undefined): void {
  const { 'if-none-match': ifNoneMatch, 'if-match': ifMatch } = call.headers
  if (ifNoneMatch === undefined && ifMatch === undefined) return
  if (world.conditionalWrites === 'ignored') return
  refuseConditions(call, world)
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw s3Error('NotImplemented', { Header: 'If-None-Match' })
    if (current) throw s3Error('PreconditionFailed', { Condition: 'If-None-Match' })
  }
  if (ifMatch !== undefined) {
    if (!current) throw s3Error('NoSuchKey', { Key: call.key ?? '' })
    if (!tagMatches(ifMatch, current.etag)) throw s3Error('PreconditionFailed', { Condition: 'If-Match' })
  }
}

/** Refuses conditions before the body where the service does not know them. */
export function refuseConditions(call: Call, world: World): void {
  const conditional = call.headers['if-none-match'] !== undefined || call.headers['if-match'] !== undefined
  if (conditional && world.conditionalWrites === 'refused') {
    throw s3Error('NotImplemented', { Header: 'If-None-Match' })
  }
}

/** Checks the conditions of a read; `true` means "not modified" (304). */
export function checkReadConditions(call: Call, version: Version): boolean {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = call.headers
  if (ifMatch !== undefined && !tagMatches(ifMatch, version.etag)) {
    throw s3Error('PreconditionFailed', { Condition: 'If-Match' })
  }
  return ifNoneMatch !== undefined && tagMatches(ifNoneMatch, version.etag)
}

function tagMatches(header: string, etag: string): boolean {
  const bare = etag.replaceAll('"', '')
  return header === '*' || header.split(',').some((tag) => tag.trim().replaceAll('"', '') === bare)
}
