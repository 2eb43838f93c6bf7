import { damagedArchive, hostileArchive } from './read-limits.ts'

/** What a pax extended header (POSIX 1003.1, `typeflag` x or g) says about an entry, as far as we use it. */
export interface PaxRecords {
  path?: Buffer
  linkTarget?: Buffer
  sizeBytes?: number
  mtimeNs?: bigint
  uid?: number
  gid?: number
  userName?: string
  groupName?: string
  /** Any `GNU.sparse.*` record: the content is a map of holes, not the file. */
  sparse?: boolean
}

const SPACE = 0x20
const NEWLINE = 0x0a
const EQUALS = 0x3d

/**
 * Reads records of the form `LENGTH KEY=VALUE\n`. Unknown keys are passed over. `hdrcharset` needs no handling: values are bytes here, and
 * whoever shows them decides whether they are UTF-8. Values may hold NUL and `=`; keys decide nothing but what is listed in `PaxRecords`.
 */
export function readPaxRecords(body: Buffer, tarOffset: number, into: PaxRecords = {}): PaxRecords {
  let at = 0
  while (at < body.length) {
    // Some writers pad the last record with NULs up to the announced size.
    if (body[at] === 0) {
      if (body.subarray(at).some((byte) => byte !== 0)) throw damagedArchive('bad-pax-record', tarOffset)
      break
    }
    const space = body.indexOf(SPACE, at)
    if (space < 0 || space - at > 10) throw damagedArchive('bad-pax-record', tarOffset)
    const lengthText = body.toString('latin1', at, space)
    const end = /^[1-9][0-9]*$/.test(lengthText) ? at + Number(lengthText) : Number.NaN
    const equals = body.indexOf(EQUALS, space + 1)
    if (!(end <= body.length) || equals < 0 || equals >= end || body[end - 1] !== NEWLINE) {
      throw damagedArchive('bad-pax-record', tarOffset)
    }
    keep(into, body.toString('latin1', space + 1, equals), body.subarray(equals + 1, end - 1), tarOffset)
    at = end
  }
  return into
}

/** Records for all that follow. A name or a size for "all that follow" only serves to confuse readers, so it is refused. */
export function readGlobalPaxRecords(body: Buffer, tarOffset: number, into: PaxRecords): PaxRecords {
  const records = readPaxRecords(body, tarOffset, into)
  if (records.path || records.linkTarget || records.sizeBytes !== undefined || records.sparse) {
    throw hostileArchive('global-name-or-size', tarOffset)
  }
  return records
}

function keep(records: PaxRecords, key: string, value: Buffer, tarOffset: number): void {
  switch (key) {
    case 'path':
      records.path = value
      break
    case 'linkpath':
      records.linkTarget = value
      break
    case 'size':
      records.sizeBytes = wholeNumber(value, tarOffset)
      break
    case 'mtime':
      records.mtimeNs = timeNs(value, tarOffset)
      break
    case 'uid':
      records.uid = wholeNumber(value, tarOffset)
      break
    case 'gid':
      records.gid = wholeNumber(value, tarOffset)
      break
    case 'uname':
      records.userName = value.toString('utf8')
      break
    case 'gname':
      records.groupName = value.toString('utf8')
      break
    default:
      if (key.startsWith('GNU.sparse.')) records.sparse = true
  }
}

function wholeNumber(value: Buffer, tarOffset: number): number {
  const text = value.toString('latin1')
  if (/^-[0-9]+$/.test(text)) throw hostileArchive('negative-number', tarOffset)
  if (!/^[0-9]+$/.test(text)) throw damagedArchive('bad-number', tarOffset)
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw hostileArchive('huge-number', tarOffset)
  return number
}

/** Seconds with any number of decimals; what is finer than a nanosecond is dropped. */
function timeNs(value: Buffer, tarOffset: number): bigint {
  const match = /^(-?)([0-9]{1,18})(?:\.([0-9]*))?$/.exec(value.toString('latin1'))
  if (!match) throw damagedArchive('bad-number', tarOffset)
  const [, sign, seconds, fraction = ''] = match
  const ns = BigInt(seconds!) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'))
  return sign ? -ns : ns
}
