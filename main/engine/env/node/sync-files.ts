/**
 * The synchronous file calls of hot loops inside worker threads (walking, reading, packing, extracting), where a promise per call
 * would cost more than the call. Everything else takes `Files`.
 */

export type { BigIntStats, Dir, Dirent, Stats } from 'node:fs'
export {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  opendirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  readvSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
  writevSync,
} from 'node:fs'

/** Whether `linkSync` of a symlink makes a name of what that leads to, as outside of Linux, and not of the link itself. */
export const LINK_FOLLOWS = process.platform !== 'linux'
