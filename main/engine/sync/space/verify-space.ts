import { asEverstowError } from '../../model/errors.ts'
import { throwIfCancelled } from '../../storage/cancel.ts'
import { type NodeId, ROOT } from '../nodes.ts'
import { allObjects } from './slot-ages.ts'
import type { OpenSpace, SpaceProof, VerifyOptions } from './space.ts'
import { packsPrefix } from './space-keys.ts'

/**
 * Looks whether all packs that are named and not condemned are there in their size. `deep` also opens what every file of the present tree is made of and proves each
 * chunk; without it, files are told of whose packs are not right.
 */
export async function verifySpace(
  { replica, parts }: OpenSpace,
  { deep = false, signal }: VerifyOptions = {},
): Promise<SpaceProof> {
  const { holdings, writing, options } = parts
  await replica.follow()
  const sizes = new Map<string, number>()
  const prefix = packsPrefix(options.spaceId)
  for await (const { key, sizeBytes } of allObjects(options.store, prefix))
    sizes.set(key.slice(prefix.length), sizeBytes)
  const packs: SpaceProof['packs'][number][] = []
  for (const [packId, { sizeBytes }] of holdings.packs)
    if (sizes.get(packId) !== sizeBytes) packs.push({ packId, fault: sizes.has(packId) ? 'size' : 'missing' })

  const bad = new Set(packs.map(({ packId }) => packId))
  const { index } = holdings
  const proven = new Map<number, string | undefined>()
  async function faultOf(id: Uint8Array): Promise<string | undefined> {
    const slot = index.find(id)
    if (proven.has(slot)) return proven.get(slot)
    const packId = Buffer.from(index.packs.idOf(index.blocks.packOf(index.blockOf(slot)))).toString('hex')
    let code = bad.has(packId) ? 'chunk-missing' : undefined
    if (deep && !code)
      try {
        await writing.chunk(id)
      } catch (error) {
        code = asEverstowError(error).code
        if (code !== 'data-damaged' && code !== 'chunk-missing' && code !== 'object-missing') throw error
      }
    proven.set(slot, code)
    return code
  }

  const files: SpaceProof['files'][number][] = []
  for (const [id, { content }] of replica.tree.nodes) {
    throwIfCancelled(signal)
    if (content === undefined) continue
    const ids = holdings.chunksOf(content)
    let code = ids ? undefined : 'chunk-missing'
    for (let at = 0; ids && !code && at < ids.length; at += 32) code = await faultOf(ids.slice(at, at + 32))
    if (code) files.push({ path: pathOf(id), id, code })
  }
  return { packs, files }

  function pathOf(id: NodeId): string {
    const names: string[] = []
    for (let at = id; at !== ROOT; ) {
      const node = replica.tree.nodes.get(at)
      if (!node) break
      names.unshift(node.name)
      at = node.parent
    }
    return names.join('/')
  }
}
