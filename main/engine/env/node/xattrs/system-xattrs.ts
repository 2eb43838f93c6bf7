import { createRequire } from 'node:module'
import { getSystemErrorMap } from 'node:util'

/** An attribute has a name that is not UTF-8; the list as a whole cannot be had this way. */
export const NOT_TEXT = 'EILSEQ'

/**
 * The system's calls for extended attributes, for hot loops in worker threads. They speak of a link itself, not of what it points to. Errors carry
 * the system's code (ENOENT, ENOTSUP …) as those of `node:fs` do, or `NOT_TEXT`.
 */
export interface SystemXattrs {
  /** Names of all attributes that this process may know of. */
  list(path: string): readonly string[]
  /** `undefined` where there is none. */
  get(path: string, name: string): Buffer | undefined
  set(path: string, name: string, value: Uint8Array): void
}

/** Namespaces of Linux; on macOS names are free. */
const LINUX_NAMESPACE = /^(user|trusted|security|system)\./

/** Whether an attribute of this name can be one of this system, not only of the one it comes from. */
export function isXattrNameHere(name: string): boolean {
  const isOfLinux = LINUX_NAMESPACE.test(name)
  return process.platform === 'linux' ? isOfLinux : !isOfLinux || name.startsWith('user.')
}

let loaded: SystemXattrs | undefined | 'untried' = 'untried'

/** The calls, or `undefined` on systems that have none and where the native code cannot be loaded. */
export function systemXattrs(): SystemXattrs | undefined {
  if (loaded === 'untried') loaded = load()
  return loaded
}

function load(): SystemXattrs | undefined {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return undefined
  let native: typeof import('@napi-rs/xattr')
  try {
    native = createRequire(import.meta.url)('@napi-rs/xattr')
  } catch {
    // An optional package: not installed, or not for this machine.
    return undefined
  }
  return {
    list: (path) => withCode(() => native.listAttributesSync(path)),
    get: (path, name) => withCode(() => native.getAttributeSync(path, name)) ?? undefined,
    set: (path, name, value) => withCode(() => native.setAttributeSync(path, name, value)),
  }
}

function withCode<Result>(call: () => Result): Result {
  try {
    return call()
  } catch (cause) {
    throw Object.assign(new Error('extended attributes: call failed', { cause }), { code: codeOf(cause) })
  }
}

/** The native code says the system's number in words: "No such file or directory (os error 2)". */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN'
  if ((error as NodeJS.ErrnoException).code === 'InvalidArg') return NOT_TEXT
  const number = Number(/\(os error (\d+)\)/.exec(error.message)?.[1])
  return getSystemErrorMap().get(-number)?.[0] ?? 'UNKNOWN'
}
