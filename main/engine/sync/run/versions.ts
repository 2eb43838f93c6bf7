import { join } from 'node:path'
import { EverstowError } from '../../model/errors.ts'
import type { Preview } from '../../model/preview.ts'
import { kindOfContent, sizeOfContent } from '../content-text.ts'
import { OWN_FOLDER } from '../disk/places.ts'
import { isLeaf, type NodeKind, ROOT } from '../nodes.ts'
import { batchesFrom } from '../ports.ts'
import { bringContent, retireFile, spotAt } from './change-folder.ts'
import { previewContent } from './content-bytes.ts'
import type { OpenFolder } from './open-folder.ts'
import { contentBefore, type PastNode, type PastVersion, pastOf } from './past.ts'

/** A version of a file, as people see it. */
export interface FileVersion extends Omit<PastVersion, 'content' | 'mtimeMs'> {
  readonly sizeBytes?: number
  readonly isCurrent: boolean
}

/** Something in a folder of the space, or something that was. */
export interface SpaceEntry {
  readonly nodeId: string
  readonly name: string
  readonly path: string
  readonly kind: NodeKind
  readonly sizeBytes: number
  readonly mtimeMs?: number
  readonly deletedMs?: number
}

const everything = async ({ space }: OpenFolder) => {
  await space.replica.follow().catch(() => undefined)
  return batchesFrom(space.journal, 1)
}

/** Versions of what is or was at a path, newest first. */
export async function versionsOf(open: OpenFolder, path: string): Promise<FileVersion[]> {
  const nodes = pastOf(await everything(open), (each) => each === path)
  return nodes
    .flatMap((node) => {
      const current = node.isDeleted ? undefined : node.versions.findLast(({ change }) => change !== 'kept')
      return node.versions.map((version): FileVersion => {
        const { content: own, mtimeMs: _, ...shown } = version
        // Under its new name it has the content that it had.
        const content = version.change === 'moved' ? contentBefore(node, version.slot)?.content : own
        return {
          ...shown,
          ...(content !== undefined && { sizeBytes: sizeOfContent(content) }),
          isCurrent: version === current,
        }
      })
    })
    .sort((one, other) => other.slot - one.slot)
}

/** What lies in a folder of the space; `withDeleted`: also what lay there last before it was deleted. */
export async function browse(open: OpenFolder, path: string, withDeleted: boolean): Promise<SpaceEntry[]> {
  const { tree } = open.space.replica
  await open.space.replica.follow().catch(() => undefined)
  const parent = path === '' ? ROOT : nodeAt(open, path)
  const entries: SpaceEntry[] = []
  if (parent !== undefined)
    for (const [nodeId, node] of tree.nodes)
      if (node.parent === parent)
        entries.push({
          nodeId,
          name: node.name,
          path: path ? `${path}/${node.name}` : node.name,
          kind: node.kind,
          sizeBytes: node.content === undefined ? 0 : sizeOfContent(node.content),
          ...(isLeaf(node) && { mtimeMs: node.mtimeMs }),
        })
  if (withDeleted)
    entries.push(...deletedIn(pastOf(await batchesFrom(open.space.journal, 1), isChild(path)), path))
  return entries.sort((one, other) => one.name.localeCompare(other.name))
}

const isChild = (path: string) => (each: string) =>
  path === ''
    ? !each.includes('/')
    : each.startsWith(`${path}/`) && !each.slice(path.length + 1).includes('/')

function deletedIn(nodes: readonly PastNode[], path: string): SpaceEntry[] {
  return nodes.flatMap((node): SpaceEntry[] => {
    const last = node.versions.at(-1)
    if (!node.isDeleted || !last || !isChild(path)(node.path)) return []
    const content = contentBefore(node, last.slot)?.content
    return [
      {
        nodeId: node.id,
        name: node.path.split('/').at(-1) ?? '',
        path: node.path,
        kind: node.kind,
        sizeBytes: content === undefined ? 0 : sizeOfContent(content),
        deletedMs: last.atMs,
      },
    ]
  })
}

/** The node at a path of the space; `undefined` where none is. */
function nodeAt({ space }: OpenFolder, path: string): string | undefined {
  let at: string | undefined = ROOT
  for (const name of path.split('/'))
    at = at === undefined ? undefined : space.replica.tree.childNamed(at, name)
  return at
}

export async function previewVersion(
  open: OpenFolder,
  path: string,
  slot: number,
  signal: AbortSignal,
): Promise<Preview> {
  const content = contentAt(
    pastOf(await everything(open), (each) => each === path),
    slot,
  )
  if (content === undefined) throw new EverstowError('unknown-version', { data: { path, slot } })
  const scratch = join(open.folder.folder, OWN_FOLDER, 'preview')
  return previewContent(open.space.contents, content.content, scratch, signal)
}

interface Found {
  readonly content: string
  readonly mtimeMs: number
}

/** What was inside from a slot on; where it was deleted there, what it was right before. */
function contentAt(nodes: readonly PastNode[], slot: number): Found | undefined {
  for (const node of nodes) {
    const version = node.versions.find((each) => each.slot === slot)
    if (!version) continue
    const found = version.content === undefined ? contentBefore(node, slot + 1) : version
    if (found?.content !== undefined) return { content: found.content, mtimeMs: found.mtimeMs ?? found.atMs }
  }
  return undefined
}

/**
 * Brings a version of a file back, or with a deleted folder all that was deleted with it. What is there goes to the versions of this device; the next sync brings the
 * change to the others.
 */
export async function restoreVersion(
  open: OpenFolder,
  { path, slot, as = path }: { readonly path: string; readonly slot?: number; readonly as?: string },
): Promise<{ readonly path: string; readonly files: number }> {
  const isBelow = (each: string) => each === path || each.startsWith(`${path}/`)
  const nodes = pastOf(await everything(open), isBelow)
  const folder = nodes.findLast(({ kind, path: at }) => kind === 'directory' && at === path)
  if (folder && slot === undefined) return { path: as, files: await restoreFolder(open, nodes, path, as) }
  const deleted = nodes.findLast(({ isDeleted, path: at }) => isDeleted && at === path)
  const at = slot ?? deleted?.versions.at(-1)?.slot
  const found = at === undefined ? undefined : contentAt(nodes, at)
  if (!found) throw new EverstowError('unknown-version', { data: { path, slot: at ?? 0 } })
  await putBack(open, as, found)
  return { path: as, files: 1 }
}

/** Everything in a folder that was deleted when it was, or later. */
async function restoreFolder(
  open: OpenFolder,
  nodes: readonly PastNode[],
  path: string,
  as: string,
): Promise<number> {
  let files = 0
  await spotAt(open.disk, `${as}/x`, true)
  for (const node of nodes) {
    const last = node.versions.at(-1)
    if (!node.isDeleted || !last) continue
    const target = as + node.path.slice(path.length)
    if (node.kind === 'directory') {
      await spotAt(open.disk, `${target}/x`, true)
      continue
    }
    const found = contentAt([node], last.slot)
    const spot = await spotAt(open.disk, target, true)
    // A file of that name that came since is newer than any that was deleted.
    if (!found || (await open.disk.look(spot))) continue
    await bringContent(open.disk, spot, found.content, kindOfContent(found.content), found.mtimeMs)
    files++
  }
  return files
}

async function putBack({ disk }: OpenFolder, path: string, { content, mtimeMs }: Found): Promise<void> {
  const spot = await spotAt(disk, path, true)
  const look = await disk.look(spot)
  if (look) {
    const there = await disk.read(spot, look)
    if (there === content) return
    if (there === undefined) throw new EverstowError('changed-since', { data: { path } })
    await retireFile(disk, spot, there)
  }
  await bringContent(disk, spot, content, kindOfContent(content), mtimeMs)
}
