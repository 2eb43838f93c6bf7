/** The names of one backup's objects. They share a stem, which is the backup's id. */
export interface ArchiveNames {
  /** `unified_backup_YYYYMMDD_HHMMSS`, with `_2`, `_3` … where that second is taken. */
  readonly id: string
  /** The archive: `<id>.tar.gz`. */
  readonly filename: string
  readonly metadataName: string
  readonly indexName: string
}

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
