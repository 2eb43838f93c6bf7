import { dirname, join, resolve } from 'node:path'
import { baseOfGlob, type Files } from '../../engine/engine.ts'
import { isInside } from '../../engine/model/inside-folder.ts'
import { isPostgresSource } from '../../engine/model/postgres-source.ts'

/** Hidden folders that hold what people made or cannot get again; the others hold what programs keep for themselves. */
const HIDDEN = ['.ssh', '.gnupg', '.config']
/** Where programs keep theirs. A plan may hold it, but nobody is asked about it. */
const OF_PROGRAMS = ['Library', 'AppData', 'snap']
/** A folder of which a plan holds a part is looked into, so deep below the home. */
const DEEPEST = 3
/** More folders than this are no list that anybody reads. */
const MOST_FOLDERS = 500

/** What plans hold, as far as it lies in folders. */
interface Coverage {
  readonly whole: readonly string[]
  /** Somewhere below these. */
  readonly parts: readonly string[]
}

/**
 * The topmost folders of a home that no plan covers, by name. A folder of which a plan holds a part is looked into; a link is never followed: what it leads to
 * lies elsewhere.
 */
export async function outsidePlans(
  files: Files,
  userHome: string,
  sources: readonly string[],
  neverInclude: readonly string[],
): Promise<string[]> {
  const home = await realOf(files, userHome)
  const coverage = await coverageOf(files, sources)
  const never = await Promise.all(neverInclude.map((path) => realOf(files, path)))
  const found: string[] = []
  await lookInto(home, 1)
  return found

  async function lookInto(folder: string, depth: number): Promise<void> {
    if (coverage.whole.some((source) => isInside(folder, source))) return
    for (const name of (await files.list(folder).catch(() => [])).toSorted()) {
      if (found.length >= MOST_FOLDERS) return
      if (depth === 1 && !isTheirs(name)) continue
      await lookAt(join(folder, name), depth)
    }
  }

  async function lookAt(path: string, depth: number): Promise<void> {
    if ([...coverage.whole, ...never].some((known) => isInside(path, known))) return
    if ((await files.lstat(path).catch(() => undefined))?.kind !== 'directory') return
    const isPartly = [...coverage.whole, ...coverage.parts].some((known) => isInside(known, path))
    if (isPartly && depth < DEEPEST) await lookInto(path, depth + 1)
    else if (!isPartly) found.push(path)
  }
}

function isTheirs(name: string): boolean {
  return name.startsWith('.') ? HIDDEN.includes(name) : !OF_PROGRAMS.includes(name)
}

async function coverageOf(files: Files, sources: readonly string[]): Promise<Coverage> {
  const [whole, parts]: [string[], string[]] = [[], []]
  for (const source of sources) {
    if (isPostgresSource(source)) continue
    const path = await realOf(files, source)
    const isThere = (await files.stat(path).catch(() => undefined)) !== undefined
    const base = isThere ? undefined : baseOfGlob(source)
    if (base === undefined) whole.push(path)
    // What a glob matches below its base is not worked out: the folder counts as held in part.
    else parts.push(await realOf(files, join(base, '_')))
  }
  return { whole, parts }
}

/** The path without links, as far as it exists. */
async function realOf(files: Files, path: string): Promise<string> {
  const plain = resolve(path)
  try {
    return await files.realPath(plain)
  } catch {
    const above = dirname(plain)
    return above === plain
      ? plain
      : join(await realOf(files, above), plain.slice(above.length).replace(/^[\\/]/, ''))
  }
}
