import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'

/** A folder with everything that is hard about folders. */
export function makeNastyTree(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const file = (name: string | Buffer, content: string | Buffer) =>
    writeFileSync(typeof name === 'string' ? `${folder}/${name}` : inside(folder, name), content)
  file('empty', '')
  file('one byte', 'x')
  file('line\nbreak', 'newline in the name')
  file(Buffer.from([0x62, 0xe9, 0x74, 0x65]), 'not UTF-8')
  file('n'.repeat(255), 'longest name')
  file('- dash "quote" $(x) *', 'shell')
  file('ünïcödé 日本 🎉', 'letters')
  file('medium', randomBytes(300_000))
  file('large', randomBytes(6_000_000))
  file('compressible', 'the same again and again\n'.repeat(200_000))
  file('twin-a', Buffer.alloc(50_000, 'twin'))
  file('twin-b', Buffer.alloc(50_000, 'twin'))
  mkdirSync(inside(folder, Buffer.from([0xff, 0xfe])))
  writeFileSync(inside(folder, Buffer.from([0xff, 0xfe, 0x2f, 0x61])), 'below a raw name')
  writeFileSync(inside(folder, Buffer.from([0xff, 0xfe, 0x2f, 0x62])), randomBytes(500_000))
  mkdirSync(`${folder}/empty folder`)
  let deep = folder
  for (let depth = 0; depth < 120; depth++) deep += `/d${depth}`
  mkdirSync(deep, { recursive: true })
  writeFileSync(`${deep}/bottom`, 'deep')
  mkdirSync(`${folder}/many`)
  for (let at = 0; at < 300; at++) writeFileSync(`${folder}/many/f${at}`, `content ${at}\n`.repeat(at % 40))
  symlinkSync('many/f1', `${folder}/link`)
  symlinkSync('/nowhere/at all', `${folder}/dangling`)
  symlinkSync('many', `${folder}/link to folder`)
  linkSync(`${folder}/medium`, `${folder}/many/hard`)
  linkSync(`${folder}/medium`, `${folder}/zz-hard`)
  execFileSync('mkfifo', [`${folder}/pipe`])
  const sparse = openSync(`${folder}/sparse`, 'w')
  writeSync(sparse, 'start', 0)
  writeSync(sparse, 'middle', 3_000_001)
  ftruncateSync(sparse, 9_000_000)
  closeSync(sparse)
  const small = openSync(`${folder}/sparse small`, 'w')
  ftruncateSync(small, 100_000)
  closeSync(small)
  chmodSync(`${folder}/one byte`, 0o400)
  chmodSync(`${folder}/empty`, 0o777)
  chmodSync(`${folder}/twin-a`, 0o4750)
  mkdirSync(`${folder}/closed`)
  writeFileSync(`${folder}/closed/inside`, 'x')
  utimesSync(`${folder}/empty`, 1_234_567_890.123, 1_234_567_890.123)
  utimesSync(`${folder}/large`, new Date(-86_400_000), new Date(-86_400_000))
  utimesSync(`${folder}/many`, 1_000_000_000, 1_000_000_000)
  lutimesSync(`${folder}/link`, 1_100_000_000, 1_100_000_000)
  utimesSync(`${folder}/closed`, 1_200_000_000, 1_200_000_000)
  chmodSync(`${folder}/closed`, 0o500)
}

/**
 * Everything about a folder that a restore gives back, line by line, names as Latin-1. Node sets times in doubles, so a time that is within a
 * microsecond of the same path's in `like` counts as that.
 */
export function describeTree(
  folder: string,
  options: { readonly holes?: boolean; readonly like?: string } = {},
) {
  const lines: string[] = []
  const groups = new Map<string, number>()
  const look = (path: Buffer, like: Buffer | undefined, shown: string): void => {
    const stat = lstatSync(path, { bigint: true })
    const wanted = like && lstatSync(like, { bigint: true, throwIfNoEntry: false })?.mtimeNs
    const drift = wanted === undefined ? 1000n : stat.mtimeNs - wanted
    const mtimeNs = wanted !== undefined && drift < 1000n && drift > -1000n ? wanted : stat.mtimeNs
    const facts = [shown, (stat.mode & 0o177777n).toString(8), mtimeNs, stat.uid, stat.gid]
    if (stat.isSymbolicLink()) facts.push(readlinkSync(path, { encoding: 'latin1' }))
    if (stat.isFile()) {
      facts.push(createHash('sha256').update(readFileSync(path)).digest('hex'))
      if (options.holes) facts.push(`${stat.blocks * 512n < stat.size}`)
      const inode = `${stat.dev}:${stat.ino}`
      if (!groups.has(inode)) groups.set(inode, groups.size)
      if (stat.nlink > 1n) facts.push(`group ${groups.get(inode)}`)
    }
    lines.push(facts.join(' | '))
    if (!stat.isDirectory()) return
    for (const name of readdirSync(path, { encoding: 'buffer' }).sort(Buffer.compare))
      look(inside(path, name), like && inside(like, name), `${shown}/${name.toString('latin1')}`)
  }
  look(Buffer.from(folder), options.like === undefined ? undefined : Buffer.from(options.like), '')
  // The top's own mode and time are the person's.
  return lines.slice(1)
}

/** The first line in which two described trees differ. Node sets times in doubles: what comes back of them is right to a microsecond. */
export function firstDifference(wanted: readonly string[], got: readonly string[]): string | undefined {
  for (let at = 0; at < Math.max(wanted.length, got.length); at++)
    if (!isSameLine(wanted[at] ?? '', got[at] ?? ''))
      return `${wanted[at] ?? '(nothing)'} is ${got[at] ?? '(nothing)'}`
  return undefined
}

/** Where the time stands in a described tree's line. */
const TIME_FIELD = 2

function isSameLine(wanted: string, got: string): boolean {
  if (wanted === got) return true
  const [one, other] = [wanted.split(' | '), got.split(' | ')]
  if (one.length !== other.length) return false
  return one.every((field, at) => {
    const isDrift = () => Math.abs(Number(BigInt(field) - BigInt(other[at] ?? ''))) < 1_000
    return field === other[at] || (at === TIME_FIELD && isDrift())
  })
}

function inside(folder: string | Buffer, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(folder), Buffer.from('/'), name])
}
