/** Decides about paths inside backups, `/` between names. */
export interface PathPatterns {
  /** Whether a path is what a pattern names, or lies below that. */
  covers(path: string): boolean
  /** Whether there may be something below a folder that a pattern covers. */
  leadsOn(folder: string): boolean
}

/** What stands for any number of names. */
const ANY_NAMES = '**'

/**
 * Patterns over whole names: `?` is one character, `*` any number within a name, `**` any number of names; everything else is itself. Case counts, Unicode forms do not.
 * What a pattern covers is found in one pass over the path, however it is written.
 */
export function compilePaths(patterns: readonly string[]): PathPatterns {
  const all = patterns.map(compiled)
  const covers = (names: readonly string[]) => all.some((pattern) => walk(pattern, names) === 'covered')
  return {
    covers: (path) => covers(namesOf(path)),
    leadsOn: (folder) => all.some((pattern) => walk(pattern, namesOf(folder)) !== 'nothing'),
  }
}

/** Whether a pattern can be meant: paths inside backups begin with a name and never go up. */
export function isSensiblePattern(pattern: string): boolean {
  if (/[\\\0]/.test(pattern)) return false
  const names = namesOf(pattern)
  return (
    names.length > 0 &&
    names.every(
      (name) => !['', '.', '..'].includes(name) && (name === ANY_NAMES || !name.includes(ANY_NAMES)),
    )
  )
}

/** Whether a path is one that a backup may hold: names between slashes, none of which leads elsewhere. */
export function isInsidePath(path: string): boolean {
  return !path.includes('\0') && path.split('/').every((name) => name !== '' && name !== '.' && name !== '..')
}

/** Decides whether a path is what one pattern names, neither more nor less. */
export function compilePath(pattern: string): (path: string) => boolean {
  const wanted = compiled(pattern)
  const begin = widened(wanted, [0])
  return (path) =>
    namesOf(path)
      .reduce((places, name) => step(wanted, places, name), begin)
      .has(wanted.length)
}

/** Any number of names twice is any number of names: so there are never more places than a path has names. */
function compiled(pattern: string): string[] {
  return namesOf(pattern).filter((name, at, all) => name !== ANY_NAMES || all[at - 1] !== ANY_NAMES)
}

function namesOf(path: string): string[] {
  const whole = path.normalize('NFC')
  return whole === '' ? [] : (whole.endsWith('/') ? whole.slice(0, -1) : whole).split('/')
}

/** Follows the names of a path through all places of a pattern that it may have come to. */
function walk(pattern: readonly string[], names: readonly string[]): 'covered' | 'underway' | 'nothing' {
  let places = widened(pattern, [0])
  for (const name of names) {
    if (places.has(pattern.length)) return 'covered'
    places = step(pattern, places, name)
  }
  if (places.has(pattern.length)) return 'covered'
  return places.size > 0 ? 'underway' : 'nothing'
}

/** Where a name leads to from all places of a pattern. */
function step(pattern: readonly string[], places: ReadonlySet<number>, name: string): Set<number> {
  const next = [...places].flatMap((at) => {
    const wanted = pattern[at]
    if (wanted === ANY_NAMES) return [at]
    return wanted !== undefined && isName(wanted, name) ? [at + 1] : []
  })
  return widened(pattern, next)
}

/** Any number of names may also be none. */
function widened(pattern: readonly string[], places: readonly number[]): Set<number> {
  const all = new Set(places)
  for (const at of all) if (pattern[at] === ANY_NAMES) all.add(at + 1)
  return all
}

/** Whether a name is as a pattern says. Of several stars only the last one is ever tried again. */
function isName(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name
  const [wanted, letters] = [[...pattern], [...name]]
  let [at, from, star, starred] = [0, 0, -1, 0]
  while (at < letters.length) {
    if (wanted[from] === '*') {
      star = from++
      starred = at
    } else if (from < wanted.length && (wanted[from] === '?' || wanted[from] === letters[at])) {
      at++
      from++
    } else if (star >= 0) {
      from = star + 1
      at = ++starred
    } else return false
  }
  while (wanted[from] === '*') from++
  return from === wanted.length
}
