import type { BackupRow } from '../../model/backup.ts'
import { EverstowError } from '../../model/errors.ts'
import type { FileFacts } from '../file-facts.ts'
import { type Asker, type DataDeps, isShownPath, notThere, readerOf } from './asked.ts'
import { type DataKind, kindOfBeginning, kindOfName, SNIFFED_BYTES } from './kinds.ts'
import { hiddenByLinks } from './linked-names.ts'
import { remembered } from './remembered.ts'

/** A file of a backup that whoever asks may read. */
export interface DataFile {
  readonly backup: BackupRow
  readonly path: string
  readonly facts: FileFacts
}

/** Small files are read in one go, so that the checksum of the whole proves them. */
const WHOLE_BYTES = 8 * 1024 * 1024
const PIECE_BYTES = 4 * 1024 * 1024

/** The file under a path. `invalid-input` where there is none that may be seen. */
export async function fileAt(
  deps: DataDeps,
  asker: Asker,
  backup: BackupRow,
  path: string,
): Promise<DataFile> {
  if (!isShownPath(path) || !asker.gate.admitsFile(backup, path)) throw notThere(path)
  const facts = await readerOf(deps, backup).facts(backup, path, asker.signal)
  if (facts.linkTo !== undefined && !asker.gate.admitsFile(backup, facts.linkTo)) throw notThere(path)
  if (facts.isLinked && (await hiddenByLinks(deps, asker, backup)).has(path)) throw notThere(path)
  return { backup, path, facts }
}

/** Bytes [offset, offset + length) of a file, as far as it goes. They are counted before they are read. */
export async function bytesOf(
  deps: DataDeps,
  { gate, signal }: Asker,
  { backup, path, facts }: DataFile,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const there = Math.min(length, facts.sizeBytes - offset)
  if (there <= 0) return new Uint8Array()
  await gate.take(there)
  if (signal.aborted) throw new EverstowError('cancelled')
  const { bytes } = await readerOf(deps, backup).read(backup, path, offset, there)
  if (bytes.length !== there) throw new EverstowError('data-damaged', { data: { reason: 'file-size' } })
  return bytes
}

/** All of a file, in pieces. */
export async function* piecesOf(deps: DataDeps, asker: Asker, file: DataFile): AsyncGenerator<Uint8Array> {
  const { sizeBytes } = file.facts
  const pieceBytes = sizeBytes <= WHOLE_BYTES ? WHOLE_BYTES : PIECE_BYTES
  for (let offset = 0; offset < sizeBytes; offset += pieceBytes)
    yield await bytesOf(deps, asker, file, offset, pieceBytes)
}

/** How a file is understood: as its name says, else as its beginning does. */
export async function kindOfFile(
  deps: DataDeps,
  asker: Asker,
  file: DataFile,
  as?: DataKind | undefined,
): Promise<DataKind> {
  const known = as ?? kindOfName(file.path)
  if (known !== undefined) return known
  return remembered(deps, ['kind', file.facts.content], async () => {
    const beginning = await bytesOf(deps, asker, file, 0, SNIFFED_BYTES)
    return kindOfBeginning(beginning, beginning.length === file.facts.sizeBytes)
  })
}
