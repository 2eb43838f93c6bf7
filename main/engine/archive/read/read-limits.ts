import { EverstowError } from '../../model/errors.ts'

/** What a reader lets an archive cost before it stops with `archive-too-large` or `archive-hostile`. */
export interface ReadLimits {
  /** Bytes of uncompressed tar. Callers who know the size (index, metadata) or the free space set it. */
  readonly maxTarBytes: number
  /** Uncompressed bytes for one compressed byte, once `ratioFromBytes` have come out. */
  readonly maxRatio: number
  readonly ratioFromBytes: number
  /** Bytes of one pax header or GNU long name. */
  readonly maxHeaderBytes: number
  /** Bytes of one path or link target; longer ones are refused entry by entry. */
  readonly maxPathBytes: number
}

/**
 * Deflate cannot exceed 1,032:1, so a ratio of 500 over a quarter gigabyte is either a bomb or a huge hole in a disk image. Whoever knows
 * the true size of an archive passes `maxTarBytes` and `maxRatio: Infinity`, and restores the disk image.
 */
export const defaultReadLimits: ReadLimits = {
  maxTarBytes: Number.MAX_SAFE_INTEGER,
  maxRatio: 500,
  ratioFromBytes: 256 * 1024 * 1024,
  maxHeaderBytes: 1024 * 1024,
  maxPathBytes: 64 * 1024,
}

/** An archive that is not what was written: cut short, altered, or no archive at all. */
export function damagedArchive(reason: string, tarOffset?: number, cause?: unknown): EverstowError {
  return new EverstowError('archive-damaged', { data: { reason, tarOffset }, cause })
}

/** An archive that says things no honest writer says. */
export function hostileArchive(reason: string, tarOffset?: number): EverstowError {
  return new EverstowError('archive-hostile', { data: { reason, tarOffset } })
}
