/** Stands before the fuses in every program of Electron. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'

/** Fuses in the order in which the program holds them (version 1). */
const NAMES = [
  'runAsNode',
  'cookieEncryption',
  'nodeOptions',
  'nodeCliInspect',
  'embeddedAsarIntegrity',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
] as const
export type Fuse = (typeof NAMES)[number]

/** How the fuses of a program stand: true is on; a fuse that was taken away is left out. */
export function readFuses(program: Buffer): Partial<Record<Fuse, boolean>> {
  const at = program.indexOf(SENTINEL, 0, 'latin1')
  if (at < 0) throw new Error('this is no program of Electron')
  const [version, length = 0] = program.subarray(at + SENTINEL.length)
  if (version !== 1) throw new Error(`fuses of version ${version} are not known`)
  const wire = program
    .subarray(at + SENTINEL.length + 2, at + SENTINEL.length + 2 + length)
    .toString('latin1')
  const standing = NAMES.map((name, index) => [name, wire[index]] as const)
  return Object.fromEntries(
    standing
      .filter(([, state]) => state === '0' || state === '1')
      .map(([name, state]) => [name, state === '1']),
  )
}
