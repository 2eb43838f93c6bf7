/** The names of one backup's objects. They share a stem, which is the backup's id. */
export interface ArchiveNames {
  /** `unified_backup_YYYYMMDD_HHMMSS`, with `_2`, `_3` … where that second is taken. */
  readonly id: string
  /** The archive: `<id>.tar.gz`. */
  readonly filename: string
  readonly metadataName: string
  readonly indexName: string
}

const ARCHIVE_NAME =
  /^unified_backup_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)(?:_([2-9]|[1-9]\d{1,5}))?\.tar\.gz$/

/**
 * Names for an archive made at `date`, in local time as people read clocks. `taken` is asked about archive file names; the
 * first that is free is given.
 */
export function archiveNames(date: Date, taken: (filename: string) => boolean): ArchiveNames {
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${String(date.getFullYear()).padStart(4, '0')}${two(date.getMonth() + 1)}${two(date.getDate())}`
  const time = `${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`
  const stem = `unified_backup_${day}_${time}`
  let id = stem
  for (let number = 2; taken(`${id}.tar.gz`); number++) id = `${stem}_${number}`
  return namesOf(id)
}

/** The names that belong to a backup's id. */
export function namesOf(id: string): ArchiveNames {
  return {
    id,
    filename: `${id}.tar.gz`,
    metadataName: `${id}_metadata.json`,
    indexName: `${id}_index.ndjson.gz`,
  }
}

/** The id and local time of making in an archive's file name; `undefined` when the name is not of that form or names no real time. */
export function parseArchiveName(filename: string): { readonly id: string; readonly date: Date } | undefined {
  const match = ARCHIVE_NAME.exec(filename)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const date = new Date(year, month - 1, day, hour, minute, second)
  if (date.getMonth() !== month - 1 || date.getDate() !== day || minute > 59 || second > 59) return undefined
  return { id: filename.slice(0, -'.tar.gz'.length), date }
}
