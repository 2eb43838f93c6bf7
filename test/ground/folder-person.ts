import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FakeRandom } from '../../main/engine/env/fake/fake-random.ts'

export interface Writings {
  readonly written: Set<string>
  /** What people overwrote or deleted themselves. */
  readonly destroyed: Set<string>
  /** Hears what was done, for whoever looks into a loss. */
  readonly trace?: (line: string) => void
}

const NAMES = ['a', 'b', 'c', 'A', 'd', 'é', 'e\u0301', 'a b', '%41']
const MOST_FOLDERS = 6

/** Somebody does one thing in a real folder. What fails, because the engine was at it too, fails. */
export function actAtRandom(
  root: string,
  random: FakeRandom,
  writings: Writings,
  newText: () => string,
): void {
  try {
    act(root, random, writings, newText)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}

function act(
  root: string,
  random: FakeRandom,
  { written, destroyed, trace = () => {} }: Writings,
  newText: () => string,
): void {
  const folders = ['']
  const files: string[] = []
  const walk = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (path.startsWith('.everstow')) continue
      if (lstatSync(join(root, path)).isDirectory()) {
        folders.push(path)
        walk(path)
      } else files.push(path)
    }
  }
  walk('')
  const at = (path: string) => join(root, path)
  const isFree = (path: string): boolean => {
    try {
      lstatSync(at(path))
      return false
    } catch {
      return true
    }
  }
  const write = (save: (text: string) => void): void => {
    const text = newText()
    trace(`${root} writes ${text.slice(0, 20)} at ${draw.toFixed(3)}`)
    save(text)
    written.add(text)
  }
  /** Gives a name, over whatever came there a moment ago: it is kept elsewhere until it was written down as overwritten. */
  const rename = (from: string, to: string): void =>
    withKept((kept) => {
      const isTaken = isDone(() => linkSync(at(to), kept))
      renameSync(at(from), at(to))
      if (isTaken) note(`renames ${from} over ${to}`, kept)
    })
  /** What is there is taken away before it is read: another file may have come there a moment ago. */
  const unlink = (path: string): void =>
    withKept((kept) => {
      renameSync(at(path), kept)
      note(`unlinks ${path}`, kept)
    })
  const overwrite = (path: string): void => {
    const file = openSync(at(path), 'r+')
    try {
      const gone = readFileSync(file, 'utf8')
      trace(`${root} overwrites ${path} with ${gone.slice(0, 20)}`)
      destroyed.add(gone)
      ftruncateSync(file)
      write((text) => writeSync(file, text, 0))
    } finally {
      closeSync(file)
    }
  }
  const note = (deed: string, kept: string): void => {
    if (lstatSync(kept).isDirectory()) {
      for (const name of readdirSync(kept)) note(deed, join(kept, name))
      return
    }
    const gone = textAt(kept)
    trace(`${root} ${deed} with ${gone.slice(0, 20)}`)
    destroyed.add(gone)
  }
  const remove = (path: string): void => {
    if (lstatSync(at(path)).isDirectory()) {
      for (const name of readdirSync(at(path))) remove(`${path}/${name}`)
      rmdirSync(at(path))
    } else unlink(path)
  }
  const file = files.length > 0 ? random.pick(files) : undefined
  const other = files.length > 0 ? random.pick(files) : undefined
  const folder = folders.length > 1 ? random.pick(folders.slice(1)) : undefined
  const into = join(random.pick(folders), random.pick(NAMES))
  const draw = random.float()
  trace(`${root} draws ${draw.toFixed(3)} file ${file} other ${other} folder ${folder} into ${into}`)
  if (draw < 0.2) write((text) => writeFileSync(at(into), text, { flag: 'wx' }))
  else if (draw < 0.3) {
    if (folders.length < MOST_FOLDERS) mkdirSync(at(into))
  } else if (draw < 0.42) {
    // In place, as databases and some editors do; sometimes with the time set back.
    if (!file || lstatSync(at(file)).isSymbolicLink()) return
    const { atime, mtime } = lstatSync(at(file))
    overwrite(file)
    if (random.chance(0.3)) utimesSync(at(file), atime, mtime)
  } else if (draw < 0.52) {
    // By replacing, as most editors do.
    if (!file) return
    write((text) => {
      writeFileSync(at(`${file}.goutputstream`), text, { flag: 'wx' })
      rename(`${file}.goutputstream`, file)
    })
  } else if (draw < 0.66) {
    const from = random.chance(0.4) ? folder : file
    if (from && isFree(into)) rename(from, into)
  } else if (draw < 0.71) {
    if (!file || !other || file === other) return
    rename(file, `${file}.swap`)
    rename(other, file)
    rename(`${file}.swap`, other)
  } else if (draw < 0.76) {
    if (file && !lstatSync(at(file)).isSymbolicLink()) chmodSync(at(file), random.chance(0.5) ? 0o755 : 0o644)
  } else if (draw < 0.8) write((text) => symlinkSync(text, at(into)))
  else if (draw < 0.84) {
    // Another spelling of the same name.
    if (!file) return
    const upper = file.replace(/[^/]*$/, (name) => name.toUpperCase())
    if (upper !== file && isFree(upper)) rename(file, upper)
  } else if (draw < 0.89) {
    // A folder where a file was, or the other way round.
    if (random.chance(0.5) && file) {
      unlink(file)
      mkdirSync(at(file))
    } else if (folder) {
      remove(folder)
      write((text) => writeFileSync(at(folder), text, { flag: 'wx' }))
    }
  } else if (draw < 0.96) {
    if (file) unlink(file)
  } else if (folder) remove(folder)
}

function textAt(path: string): string {
  return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : readFileSync(path, 'utf8')
}

/** Does something with a name outside the folder, on the same volume, that is free. */
function withKept(act: (kept: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'everstow-person-'))
  try {
    act(join(folder, 'it'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function isDone(act: () => void): boolean {
  try {
    act()
    return true
  } catch {
    return false
  }
}
