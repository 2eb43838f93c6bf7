import type { DataChange } from '../../../../main/contract/index.ts'
import type { TreeLine } from '../tree/tree-line.ts'
import { pointerKeys } from '../value-text.ts'

/** A row of what changed: a change, or what several of them lie in. */
export interface ChangeLine extends TreeLine {
  readonly keys: readonly string[]
  readonly change?: DataChange
  /** Changes in it. */
  readonly inside: number
}

interface Branch {
  readonly id: string
  readonly keys: readonly string[]
  readonly branches: Map<string, Branch>
  readonly changes: DataChange[]
}

/** Changes as a tree of where they lie; what only one thing lies in stands on one row with it. */
export function changeLines(changes: readonly DataChange[], closed: ReadonlySet<string>): ChangeLine[] {
  const lines: ChangeLine[] = []
  const rows = rowsIn(treeOf(changes))
  addRows(lines, rows, 1, closed)
  return lines
}

function treeOf(changes: readonly DataChange[]): Branch {
  const root = branchOf('', [])
  for (const change of changes) {
    let at = root
    for (const key of pointerKeys(change.path)) {
      const next =
        at.branches.get(key) ?? branchOf(`${at.id}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, [key])
      at.branches.set(key, next)
      at = next
    }
    at.changes.push(change)
  }
  return root
}

function branchOf(id: string, keys: readonly string[]): Branch {
  return { id, keys, branches: new Map(), changes: [] }
}

type Row =
  | { readonly id: string; readonly keys: readonly string[]; readonly change: DataChange }
  | { readonly id: string; readonly keys: readonly string[]; readonly branch: Branch }

/** What stands directly below a branch: its own changes, then what is in it. */
function rowsIn({ id, changes, branches }: Branch, isOwn = true): Row[] {
  const own = isOwn ? changes.map((change, index) => ({ id: `${id}#${index}`, keys: [], change })) : []
  return [...own, ...[...branches.values()].flatMap(rowsOf)]
}

/** The rows of a branch itself, with the keys that lead to it. */
function rowsOf(first: Branch): Row[] {
  let branch = first
  const keys = [...branch.keys]
  while (branch.changes.length === 0 && branch.branches.size === 1) {
    const [only] = branch.branches.values()
    if (!only) break
    branch = only
    keys.push(...only.keys)
  }
  const own = branch.changes.map((change, index) => ({ id: `${branch.id}#${index}`, keys, change }))
  return branch.branches.size > 0 ? [...own, { id: branch.id, keys, branch }] : own
}

function addRows(
  lines: ChangeLine[],
  rows: readonly Row[],
  level: number,
  closed: ReadonlySet<string>,
): number {
  let inside = 0
  for (const [index, row] of rows.entries()) {
    const place = { id: row.id, keys: row.keys, level, position: index + 1, siblings: rows.length }
    if ('change' in row) {
      lines.push({ ...place, change: row.change, inside: 1 })
      inside++
      continue
    }
    const at = lines.length
    const isOpen = !closed.has(row.id)
    lines.push({ ...place, isOpen, inside: 0 })
    const count = addRows(isOpen ? lines : [], rowsIn(row.branch, false), level + 1, closed)
    lines[at] = { ...place, isOpen, inside: count }
    inside += count
  }
  return inside
}

/** How a pointer of the newer value changed: itself, or something in it. */
export function marksOf(
  changes: readonly DataChange[],
): ReadonlyMap<string, DataChange['change'] | 'inside'> {
  const marks = new Map<string, DataChange['change'] | 'inside'>()
  for (const { change, path } of changes) {
    if (change === 'removed') continue
    for (let at = path.lastIndexOf('/'); at >= 0; at = path.lastIndexOf('/', at - 1)) {
      const above = path.slice(0, at)
      if (marks.has(above)) break
      marks.set(above, 'inside')
    }
    marks.set(path, change)
  }
  return marks
}
