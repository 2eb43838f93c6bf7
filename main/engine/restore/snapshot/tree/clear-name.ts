import { lookAt, removeTree, type SyncFiles } from '../../target/sync-files.ts'

/** Removes what an interrupted restore of the same left under a name. */
export function clearName(files: SyncFiles, path: string | Buffer): void {
  const seen = lookAt(files, path)
  if (seen?.isDirectory()) removeTree(files, path)
  else if (seen) files.unlinkSync(path)
}
