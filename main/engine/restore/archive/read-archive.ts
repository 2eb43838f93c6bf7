import { createHash } from 'node:crypto'
import { gunzip } from '../../archive/read/gunzip.ts'
import { damagedArchive, type ReadLimits } from '../../archive/read/read-limits.ts'
import { createTarParser, type TarHandler } from '../../archive/read/tar-parser.ts'
import type { RestoreReport } from '../restore-options.ts'
import type { OpenArchive, RestoreJob } from './restore-job.ts'

export interface ReadArchiveContext {
  readonly job: RestoreJob
  readonly open: OpenArchive
  readonly signal: AbortSignal | undefined
  /** Called as compressed bytes come in. */
  readonly onRead: (bytes: number) => void
}

/**
 * Reads a whole archive from front to back into a handler and checks it on the way: size and checksum of the archive, CRC of gzip, end of the
 * tar. Whatever the handler did must stay invisible until this has resolved.
 */
export async function readWholeArchive(
  context: ReadArchiveContext,
  handler: TarHandler,
): Promise<RestoreReport['verified']> {
  const { archive } = context.job
  const algorithm = archive.sha256 ? 'sha256' : archive.md5 ? 'md5' : undefined
  const hash = algorithm && createHash(algorithm)
  let sizeBytes = 0

  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of context.open()) {
      sizeBytes += chunk.byteLength
      hash?.update(chunk)
      context.onRead(chunk.byteLength)
      yield chunk
    }
  }

  const limits = limitsFor(context.job)
  const parser = createTarParser(handler, limits)
  const { signal } = context
  for await (const chunk of gunzip(counted(), { limits, ...(signal && { signal }) })) parser.write(chunk)
  parser.end()
  if (sizeBytes !== archive.sizeBytes) throw damagedArchive('archive-size')
  if (hash && hash.digest('hex') !== (archive.sha256 ?? archive.md5)!.toLowerCase()) {
    throw damagedArchive('archive-checksum')
  }
  return algorithm ?? 'crc'
}

/** Whoever knows the true size needs no guess about bombs. */
function limitsFor(job: RestoreJob): Partial<ReadLimits> {
  const tarBytes = job.index?.tarBytes ?? job.expectedTarBytes
  const known = tarBytes === undefined ? {} : { maxTarBytes: tarBytes, maxRatio: Number.POSITIVE_INFINITY }
  return { ...known, ...job.limits }
}
