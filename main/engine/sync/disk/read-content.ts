import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
} from '../../env/node/sync-files.ts'
import { EverstowError } from '../../model/errors.ts'
import { asRunContent, LINK } from '../content-text.ts'
import type { Look } from '../nodes.ts'
import type { Looks } from './looks.ts'
import { ifThere } from './system-errors.ts'

/** No system makes longer ones. */
export const LONGEST_TARGET_BYTES = 4096

/** What is made of an open file: its name, and perhaps it is kept too. */
export type Take = (fd: number, sizeBytes: number) => Promise<string>

export interface ReaderOptions {
  readonly looks: Looks
  /** Whether the volume says who may run a file; otherwise `runs` does. */
  readonly hasModes: boolean
  readonly runs: (key: string) => boolean
}

/**
 * The content of what lies at `path`; `undefined` when it was not the same before, after, and still there. With `isQuiet` what changed a moment ago is not read,
 * nor what has another stamp than `look`.
 */
export async function readContent(
  { looks, hasModes, runs }: ReaderOptions,
  path: string,
  look: Look,
  isQuiet: boolean,
  take: Take,
): Promise<string | undefined> {
  const before = ifThere(() => lstatSync(path, { bigint: true }))
  // What is a pipe by now is never opened.
  if (!before || looks.kindOf(before) !== look.kind || looks.keyOf(before) !== look.key) return undefined
  if (isQuiet && (looks.isYoung(before) || looks.stampOf(before) !== look.stamp)) return undefined
  const isSame = (stats: BigIntStats | undefined): boolean =>
    stats !== undefined &&
    looks.keyOf(stats) === look.key &&
    looks.stampOf(stats) === looks.stampOf(before) &&
    stats.mode === before.mode
  const again = () => ifThere(() => lstatSync(path, { bigint: true }))
  if (look.kind === 'symlink') {
    const target = readTarget(path)
    return isSame(again()) ? LINK + target : undefined
  }
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  try {
    const opened = fstatSync(fd, { bigint: true })
    if (!isSame(opened)) return undefined
    const content = await take(fd, Number(opened.size))
    if (!isSame(fstatSync(fd, { bigint: true })) || !isSame(again())) return undefined
    const isRun = hasModes ? (opened.mode & 0o100n) !== 0n : runs(look.key)
    return isRun ? asRunContent(content) : content
  } finally {
    closeSync(fd)
  }
}

function readTarget(path: string): string {
  const bytes = readlinkSync(path, { encoding: 'buffer' })
  const target = bytes.toString('utf8')
  if (!bytes.equals(Buffer.from(target)) || bytes.length > LONGEST_TARGET_BYTES)
    throw new EverstowError('not-supported', { data: { reason: 'link-target' } })
  return target
}
