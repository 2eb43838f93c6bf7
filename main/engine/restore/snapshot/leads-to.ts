import picomatch from 'picomatch'

/**
 * Whether anything inside a folder may be among `paths` (as `selectPaths` takes them), so that folders that lead nowhere are never read.
 * `true` may be too much, `false` never is.
 */
export function createLeadsTo(paths: readonly string[] | undefined): (folder: string) => boolean {
  if (!paths) return () => true
  const bases = paths.map((text) => {
    const path = text.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '')
    const { isGlob, base } = picomatch.scan(path)
    // Word for word as well: a name may hold glob characters.
    return { literal: path, base: isGlob ? base : undefined }
  })
  return (folder) =>
    bases.some(
      ({ literal, base }) => isOnTheWay(folder, literal) || (base !== undefined && isOnTheWay(folder, base)),
    )
}

/** One is the other, or above it. */
function isOnTheWay(folder: string, wanted: string): boolean {
  return (
    wanted === '' || wanted === folder || wanted.startsWith(`${folder}/`) || folder.startsWith(`${wanted}/`)
  )
}
