/** The name of what a path leads to. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The folder a path lies in; empty: the topmost. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** The name a synced folder gets from where it lies on the disk. */
export function suggestedName(folder: string): string {
  return folder.split(/[\\/]/).filter(Boolean).at(-1) ?? ''
}

/** What people type as a list: one a line, no blanks around, no empty ones. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** `notes.txt` → `notes (2026-11-21).txt`: what a version is called beside the file of today. */
export function besideName(path: string, at: string): string {
  const name = nameOf(path)
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  const folder = folderOf(path)
  return `${folder === '' ? '' : `${folder}/`}${stem} (${at.slice(0, 10)})${ending}`
}
