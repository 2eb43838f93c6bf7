import { basename, resolve } from 'node:path'

/**
 * The words that start the command line from another program, whatever that one's search path is. Where this process is no command line itself (the desktop
 * application, somebody's program) they are its name.
 */
export function ownProgram(argv: readonly string[], node: string): readonly string[] {
  const script = argv[1]
  if (script !== undefined && basename(script) === 'everstow.mjs') return [node, resolve(script)]
  if (script !== undefined && basename(script) === 'everstow') return [resolve(script)]
  return ['everstow']
}
