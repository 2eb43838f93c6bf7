/** Attributes as `getfattr` tells them: names and values as bytes. */
export interface ToldXattr {
  readonly name: Buffer
  readonly value: Buffer
}

/** What `getfattr` said. */
export interface ToldXattrs {
  /** By path, as Latin-1 text of its bytes; only paths that have attributes. */
  readonly byPath: ReadonlyMap<string, readonly ToldXattr[]>
  /** Taken before it was asked: changes after that may be missing. */
  readonly askedMs: number
}

/** All answers of one call; Linux allows 64 KiB of attributes a node, nearly always there are some hundred bytes. */
const MOST_OUTPUT_BYTES = 1 << 28

/**
 * Asks the program `getfattr` (getfattr(1), package attr) for the attributes of absolute paths of any bytes, links themselves. `undefined` where
 * it is not installed. Paths that are gone are passed over. It blocks: for worker threads only. Throws with the system's code.
 */
export function askGetfattr(paths: readonly Buffer[]): ToldXattrs | undefined {
  const askedMs = Date.now()
  // Names that are not text are rare, and loading this takes each thread some milliseconds.
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const options = ['--no-dereference', '--dump', '--match=-', '--encoding=base64', '--absolute-names', '--']
  const { error, status, stdout } = spawnSync('xargs', ['-0', 'getfattr', ...options], {
    input: Buffer.concat(paths.flatMap((path) => [path, NUL])),
    stdio: ['pipe', 'pipe', 'ignore'],
    maxBuffer: MOST_OUTPUT_BYTES,
  })
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  // 127: xargs found no such program. 123: it complained about some path.
  if (code === 'ENOENT' || status === 127) return undefined
  if (error || (status !== 0 && status !== 123)) throw error ?? new Error(`getfattr ended with ${status}`)
  return { byPath: parseDump(stdout), askedMs }
}

const NUL = Buffer.from([0])
const FILE_LINE = '# file: '

/** A dump: for each path a line with it, one for each attribute, an empty line. Bytes that would disturb are `\ooo`. */
function parseDump(dump: Buffer): Map<string, ToldXattr[]> {
  const byPath = new Map<string, ToldXattr[]>()
  let attributes: ToldXattr[] = []
  for (const line of dump.toString('latin1').split('\n')) {
    if (line.startsWith(FILE_LINE)) {
      attributes = []
      byPath.set(unquoted(line.slice(FILE_LINE.length)).toString('latin1'), attributes)
    } else if (line !== '') {
      const equals = line.indexOf('=')
      const name = unquoted(equals < 0 ? line : line.slice(0, equals))
      // `0s` comes before base64; a name alone has an empty value.
      attributes.push({ name, value: Buffer.from(equals < 0 ? '' : line.slice(equals + 3), 'base64') })
    }
  }
  return byPath
}

function unquoted(text: string): Buffer {
  const plain = text.replace(/\\([0-7]{3})/g, (_all, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
  return Buffer.from(plain, 'latin1')
}
