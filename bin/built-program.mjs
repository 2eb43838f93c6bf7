// The built program (`dist/program`) and whether it is what the sources say. Runs at every start of the command line: it must stay quick.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What the program is built from, besides every module under `main`. */
const OTHER_INPUTS = [
  'assets/locales/en.json',
  'assets/locales/fr.json',
  'package-lock.json',
  'vite.program.config.ts',
]

/** Where the build keeps the list of what it was made from. */
export const builtFromPath = (root) => join(root, 'dist', 'program', 'built-from.txt')

/**
 * A line for each source: path, bytes, time of the last change. Whatever is edited, added, removed or brought back by git differs from
 * what the build has seen, older times included. Sources are looked at, not read: six hundred of them in about ten milliseconds.
 */
export function sourceList(root) {
  const lines = []
  const addFile = (path) => {
    const { size, mtimeMs } = statSync(`${root}/${path}`)
    lines.push(`${path} ${size} ${mtimeMs}`)
  }
  const addFolder = (folder) => {
    for (const entry of readdirSync(`${root}/${folder}`, { withFileTypes: true })) {
      if (entry.isDirectory()) addFolder(`${folder}/${entry.name}`)
      else if (entry.name.endsWith('.ts')) addFile(`${folder}/${entry.name}`)
    }
  }
  addFolder('main')
  for (const path of OTHER_INPUTS) addFile(path)
  return lines.sort().join('\n')
}

/** Folder of the built program, if it is there and its sources are as they were; a package without sources has only the built one. */
export function freshProgram(root) {
  const folder = join(root, 'dist', 'program')
  if (!existsSync(join(folder, 'cli.js'))) return undefined
  if (!existsSync(join(root, 'main'))) return folder
  try {
    return readFileSync(builtFromPath(root), 'utf8') === sourceList(root) ? folder : undefined
  } catch {
    // No list, or a source that is gone: whatever it is, the sources are right.
    return undefined
  }
}
