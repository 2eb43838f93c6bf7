import type { Backup, CallInput } from '../../../main/contract/index.ts'

/** A file or folder of a backup, or (without a path) all of it. */
export interface BasketItem {
  readonly backup: Backup
  readonly path: string | undefined
  /** Nobody asked for it yet: it gives way to the first thing somebody chooses. */
  readonly isOffer?: boolean
}

/** What a person has chosen so far in the wizard. */
export interface RestoreOrder {
  /** The backup that is looked into now. */
  readonly backup: Backup | undefined
  readonly items: readonly BasketItem[]
  readonly target: 'new' | 'original' | 'other' | 'file'
  readonly pack: 'zip' | 'tar'
  readonly into: string
  readonly existing: 'rename' | 'skip' | 'replace'
  /** Read from this place, by backup; absent: the engine chooses. */
  readonly places: Readonly<Record<string, string>>
}

export const emptyOrder: RestoreOrder = {
  backup: undefined,
  items: [],
  target: 'new',
  pack: 'zip',
  into: '',
  existing: 'rename',
  places: {},
}

/** Items by backup, in the order in which the first of each was chosen. */
export function partsOf(
  items: readonly BasketItem[],
): { backup: Backup; paths: string[]; isWhole: boolean }[] {
  const parts = new Map<string, { backup: Backup; paths: string[]; isWhole: boolean }>()
  for (const { backup, path } of items) {
    const part = parts.get(backup.id) ?? { backup, paths: [], isWhole: false }
    parts.set(backup.id, part)
    if (path === undefined) part.isWhole = true
    else part.paths.push(path)
  }
  return [...parts.values()]
}

/** The contract's input for an order; undefined while something is missing. */
export function restoreInputOf(
  order: RestoreOrder,
  into = order.into,
): CallInput<'restore.start'> | undefined {
  const [first, ...others] = partsOf(order.items).map(({ backup, paths, isWhole }) => {
    const placeId = order.places[backup.id]
    return { backupId: backup.id, paths: isWhole ? [] : paths, ...(placeId ? { placeId } : {}) }
  })
  if (!first || !into.trim()) return undefined
  return {
    ...first,
    more: others,
    into: into.trim(),
    existing: order.existing,
    ...(order.target === 'file' ? { pack: order.pack } : {}),
  }
}

/** Looks into another backup: an offer gives way to the offer of that one, what was chosen stays. */
export function lookInto(order: RestoreOrder, backup: Backup): Partial<RestoreOrder> {
  const chosen = order.items.filter(({ isOffer }) => !isOffer)
  const offered = chosen.length > 0 ? chosen : [{ backup, path: undefined, isOffer: true }]
  return { backup, items: offered, into: '' }
}

/** What an address of the wizard names: a backup, or after a `/` a file or folder in it. */
export function cameFrom(of: string | undefined): {
  backupId: string | undefined
  path: string | undefined
} {
  const at = of?.indexOf('/') ?? -1
  return { backupId: at < 0 ? of : of?.slice(0, at), path: at < 0 ? undefined : of?.slice(at + 1) }
}

/** The order of somebody who comes with a backup, or with a file of it that is chosen. */
export function startWith(backup: Backup, path: string | undefined): Partial<RestoreOrder> {
  return path === undefined ? lookInto(emptyOrder, backup) : { backup, items: [{ backup, path }], into: '' }
}

/** All of a backup, or (false) none of it yet. */
export function withWhole(order: RestoreOrder, backup: Backup, isWhole: boolean): Partial<RestoreOrder> {
  const others = order.items.filter((item) => item.backup.id !== backup.id && !item.isOffer)
  return { items: isWhole ? [...others, { backup, path: undefined }] : others, into: '' }
}

/** These paths of a backup instead of what was chosen of it before. */
export function withPaths(
  order: RestoreOrder,
  backup: Backup,
  paths: readonly string[],
): Partial<RestoreOrder> {
  const others = order.items.filter((item) => item.backup.id !== backup.id && !item.isOffer)
  return { items: [...others, ...paths.map((path) => ({ backup, path }))], into: '' }
}

/** One thing more, or in the place of another version of it. */
export function withItem(order: RestoreOrder, item: BasketItem, instead?: BasketItem): Partial<RestoreOrder> {
  const same = (a: BasketItem, b: BasketItem) => a.backup.id === b.backup.id && a.path === b.path
  const others = order.items.filter((each) => !each.isOffer && !same(each, item))
  const at = instead ? others.findIndex((each) => same(each, instead)) : -1
  const items = at < 0 ? [...others, item] : others.with(at, item)
  return { items, into: '' }
}

/**
 * The folder into which a restore puts everything back where it came from: sources are kept under their own name, so it is the
 * folder that holds them all. Undefined where they come from several folders, or from patterns.
 */
export function originalFolderOf(sources: readonly string[]): string | undefined {
  const parents = new Set(sources.map((source) => source.replace(/[\\/]+$/, '').replace(/[\\/][^\\/]*$/, '')))
  const [parent] = parents
  if (parents.size !== 1 || parent === undefined || sources.some((source) => /[*?[\]{}]/.test(source))) {
    return undefined
  }
  return parent === '' ? '/' : /^[A-Za-z]:$/.test(parent) ? `${parent}\\` : parent
}
