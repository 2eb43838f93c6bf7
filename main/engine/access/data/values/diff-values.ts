import { alignLists, longestRising } from './align.ts'
import { canonical } from './canonical.ts'
import { isObject, type JsonValue } from './json.ts'
import { pointerOf } from './pointer.ts'

/** One difference. `path` is where it is in the newer value, of what was removed in the older; `fromPath` where it was before, where that is elsewhere. */
export interface ValueChange {
  readonly change: 'added' | 'removed' | 'changed' | 'moved'
  readonly path: string
  readonly fromPath?: string
  readonly before?: JsonValue
  readonly after?: JsonValue
}

type Place = readonly (string | number)[]
/** What is compared: the two values, and where each is. */
interface Pair {
  readonly old: JsonValue
  readonly fresh: JsonValue
  readonly from: Place
  readonly to: Place
}

/** Members that say which object is which, where every object of both lists has another one there. */
const NAMING = ['id', 'key', 'name', 'uuid']

/**
 * How a value became another. Members of objects are compared by name; objects in lists by what names them all, else lists by what is equal in both in
 * one order, and what stands between by its place. `firstMemberNames`: records, whose first column may name them.
 */
export function* diffValues(
  old: JsonValue,
  fresh: JsonValue,
  start: Place = [],
  firstMemberNames = false,
): Generator<ValueChange> {
  yield* compare({ old, fresh, from: start, to: start }, firstMemberNames)
}

function* compare(pair: Pair, firstMemberNames = false): Generator<ValueChange> {
  const { old, fresh, from, to } = pair
  if (old === fresh) return
  if (Array.isArray(old) && Array.isArray(fresh)) {
    const member = namingMember(old, fresh, firstMemberNames)
    yield* member === undefined
      ? compareByPlace(old, fresh, from, to)
      : compareByName(old as Named[], fresh as Named[], from, to, member)
  } else if (isObject(old) && isObject(fresh)) yield* compareMembers(old, fresh, from, to)
  else yield { change: 'changed', ...where(from, to), before: old, after: fresh }
}

function where(from: Place, to: Place): Pick<ValueChange, 'path' | 'fromPath'> {
  const [path, fromPath] = [pointerOf(to), pointerOf(from)]
  return path === fromPath ? { path } : { path, fromPath }
}

const added = (to: Place, after: JsonValue): ValueChange => ({ change: 'added', path: pointerOf(to), after })
const removed = (from: Place, before: JsonValue): ValueChange => ({
  change: 'removed',
  path: pointerOf(from),
  before,
})

type Named = { [name: string]: JsonValue }

function* compareMembers(old: Named, fresh: Named, from: Place, to: Place): Generator<ValueChange> {
  for (const [name, before] of Object.entries(old))
    if (!Object.hasOwn(fresh, name)) yield removed([...from, name], before)
  for (const [name, after] of Object.entries(fresh)) {
    if (!Object.hasOwn(old, name)) yield added([...to, name], after)
    else yield* compare({ old: old[name]!, fresh: after, from: [...from, name], to: [...to, name] })
  }
}

/** The first member that names every object of both lists; undefined where there is none. */
function namingMember(
  old: readonly JsonValue[],
  fresh: readonly JsonValue[],
  firstMemberNames: boolean,
): string | undefined {
  const first = old[0] ?? fresh[0]
  if (!isObject(first)) return undefined
  const candidates = firstMemberNames ? [...Object.keys(first).slice(0, 1), ...NAMING] : NAMING
  return candidates.find((member) => isNaming(old, member) && isNaming(fresh, member))
}

function isNaming(list: readonly JsonValue[], member: string): boolean {
  const names = new Set<JsonValue>()
  for (const item of list) {
    const name = isObject(item) && Object.hasOwn(item, member) ? item[member] : undefined
    if (typeof name !== 'string' && typeof name !== 'number') return false
    names.add(name)
  }
  return names.size === list.length
}

function* compareByName(
  old: readonly Named[],
  fresh: readonly Named[],
  from: Place,
  to: Place,
  member: string,
): Generator<ValueChange> {
  const places = new Map(old.map((item, at) => [item[member]!, at]))
  const staying = new Set(fresh.map((item) => item[member]!))
  for (const [at, item] of old.entries()) if (!staying.has(item[member]!)) yield removed([...from, at], item)
  const known = fresh.flatMap((item) => places.get(item[member]!) ?? [])
  const inOrder = longestRising(known)
  let nth = 0
  for (const [at, after] of fresh.entries()) {
    const before = places.get(after[member]!)
    if (before === undefined) {
      yield added([...to, at], after)
      continue
    }
    const pair = { old: old[before]!, fresh: after, from: [...from, before], to: [...to, at] }
    if (!inOrder.has(nth++))
      yield { change: 'moved', path: pointerOf(pair.to), fromPath: pointerOf(pair.from) }
    yield* compare(pair)
  }
}

function* compareByPlace(
  old: readonly JsonValue[],
  fresh: readonly JsonValue[],
  from: Place,
  to: Place,
): Generator<ValueChange> {
  let [at, toAt] = [0, 0]
  for (const [nextAt, nextToAt] of [...alignValues(old, fresh), [old.length, fresh.length] as const]) {
    for (; at < nextAt && toAt < nextToAt; at++, toAt++)
      yield* compare({ old: old[at]!, fresh: fresh[toAt]!, from: [...from, at], to: [...to, toAt] })
    for (; at < nextAt; at++) yield removed([...from, at], old[at]!)
    for (; toAt < nextToAt; toAt++) yield added([...to, toAt], fresh[toAt]!)
    at = nextAt + 1
    toAt = nextToAt + 1
  }
}

/** Values are compared often: each gets a number first. */
function alignValues(old: readonly JsonValue[], fresh: readonly JsonValue[]): [number, number][] {
  const numbers = new Map<string, number>()
  const numberOf = (value: JsonValue): number => {
    const text = canonical(value)
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
  return alignLists(old.map(numberOf), fresh.map(numberOf))
}
