import type { DataNode } from '../../../../main/contract/index.ts'
import type { TreeLine } from './tree-line.ts'

/** Members that are asked for at once. */
export const MEMBERS_PAGE = 200
/** More members of one value are not lined up; what is further down is reached by its path. */
export const MOST_MEMBERS = 200_000

/** A row of the outline of a value; `node` is absent while it has not been answered. */
export interface OutlineLine extends TreeLine {
  readonly node?: DataNode | undefined
  readonly parent: string
  readonly index: number
}

/** Members by the pointer of what they are in and their page, as `pageKey` names it. */
export type MemberPages = ReadonlyMap<string, readonly DataNode[]>

export function pageKey(pointer: string, page: number): string {
  return `${page} ${pointer}`
}

/** The id of the row of a pointer. */
export function lineIdOf(pointer: string): string {
  return `=${pointer}`
}

function hasMembers({ type, length = 0 }: DataNode): boolean {
  return (type === 'object' || type === 'array') && length > 0
}

/** The rows of a value with those of what is open in it, also those that are not answered yet. */
export function outlineLines(root: DataNode, pages: MemberPages, open: ReadonlySet<string>): OutlineLine[] {
  const lines: OutlineLine[] = []
  const add = (node: DataNode, place: Omit<OutlineLine, 'id' | 'node' | 'isOpen'>): void => {
    const isOpen = hasMembers(node) ? open.has(node.pointer) : undefined
    lines.push({ ...place, id: lineIdOf(node.pointer), node, isOpen })
    if (!isOpen) return
    const siblings = Math.min(node.length ?? 0, MOST_MEMBERS)
    for (let index = 0; index < siblings; index++) {
      const inside = {
        level: place.level + 1,
        position: index + 1,
        siblings,
        parent: node.pointer,
        index,
      }
      const member = pages.get(pageKey(node.pointer, Math.floor(index / MEMBERS_PAGE)))?.[
        index % MEMBERS_PAGE
      ]
      if (member) add(member, inside)
      else lines.push({ ...inside, id: `?${index} ${node.pointer}` })
    }
  }
  add(root, { level: 1, position: 1, siblings: 1, parent: '', index: 0 })
  return lines
}

/** Pages that these rows wait for. */
export function missingPages(
  lines: readonly OutlineLine[],
): { readonly pointer: string; readonly page: number }[] {
  const missing = new Map(
    lines
      .filter(({ node }) => node === undefined)
      .map(({ parent, index }) => {
        const page = Math.floor(index / MEMBERS_PAGE)
        return [pageKey(parent, page), { pointer: parent, page }] as const
      }),
  )
  return [...missing.values()]
}
