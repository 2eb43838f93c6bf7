import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeBigFiles } from './big-files.ts'
import { editBigFiles, editSourceTree } from './edit.ts'
import { makeSourceTree } from './source-tree.ts'
import { makeTinyFiles } from './tiny-files.ts'

/** W1: many small files. W2: two big files. W4: very many tiny files. (W3 is W1 and W2 after an edit round.) */
export type WorkloadName = 'W1' | 'W2' | 'W4'

export const WORKLOADS: readonly WorkloadName[] = ['W1', 'W2', 'W4']

/** One of the trees that are backed up. */
export interface Workload {
  readonly name: WorkloadName
  readonly folder: string
  /** Changes the tree in place as an edit round does; one round is never made twice. */
  edit(): void
}

// Goes up when the recipes change, so that trees of older ones are made anew.
const RECIPE = 2

/** Finds a workload in the cache, or makes it where it is not there, was edited, or was left half made. */
export function provideWorkload(name: WorkloadName, cacheFolder: string, scale: number): Workload {
  const root = join(cacheFolder, `scale-${scale}`)
  const folder = join(root, name)
  const stamp = join(root, `${name}.json`)
  const fresh = JSON.stringify({ recipe: RECIPE, edits: 0 })
  const write = (text: string): void => writeFileSync(stamp, text)
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== fresh) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(root, { recursive: true })
    if (name === 'W1') makeSourceTree(folder, cacheFolder, scale)
    else if (name === 'W2') makeBigFiles(folder, scale)
    else makeTinyFiles(folder, scale)
    write(fresh)
  }
  let edits = 0
  return {
    name,
    folder,
    edit() {
      // First the stamp: what is cut short counts as edited.
      write(JSON.stringify({ recipe: RECIPE, edits: ++edits }))
      if (name === 'W1') editSourceTree(folder, edits)
      else if (name === 'W2') editBigFiles(folder, edits)
      else throw new Error(`${name} has no edit round`)
    },
  }
}
