import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Writings } from '../../ground/folder-person.ts'
import { createFolderJournal, listing, type TestDevice } from './disk-ground.ts'

/** What is wrong at rest; nothing, when all is well. */
export function faultsAtRest(
  devices: readonly TestDevice[],
  ground: string,
  { written, destroyed }: Writings,
): string[] {
  const faults: string[] = []
  const [first = '', ...others] = devices.map(({ root }) => listing(root).join('\n'))
  for (const other of others) if (other !== first) faults.push(`folders differ:\n${first}\n-- and\n${other}`)
  for (const { root, base, replica } of devices) {
    const staged = readdirSync(join(root, '.everstow/stage'))
    if (staged.length > 0) faults.push(`left in the stage: ${staged.join(', ')}`)
    if (base.nodes.size !== replica.tree.nodes.size)
      faults.push(`${base.nodes.size} nodes of ${replica.tree.nodes.size}`)
  }
  const kept = keptTexts(devices, ground)
  for (const text of written)
    if (!destroyed.has(text) && !kept.has(text) && !first.includes(text)) faults.push(`${text} is lost`)
  return faults
}

/** What can be had from the history and from the versions. */
function keptTexts(devices: readonly TestDevice[], ground: string): Set<string> {
  const kept = new Set<string>()
  for (const folder of [
    join(ground, 'contents'),
    ...devices.map(({ root }) => join(root, '.everstow/versions')),
  ])
    for (const name of readdirSync(folder)) kept.add(textOf(join(folder, name)))
  // What links lead to is in the journal itself.
  for (const { operations } of createFolderJournal(join(ground, 'journal')).batches())
    for (const operation of operations)
      if ('content' in operation && operation.content?.startsWith('>')) kept.add(operation.content.slice(1))
  return kept
}

function textOf(path: string): string {
  return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : readFileSync(path, 'utf8')
}
