import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** The n-th call of a kind in the life of a thread. */
export interface CallPoint {
  readonly call: string
  readonly ordinal: number
  /** What it was about when the command was watched. */
  readonly path: string
}

/** Calls that change a disk; between two of them a kill makes no difference. */
export const CHANGING_CALLS = [
  'write',
  'pwrite64',
  'pwritev',
  'rename',
  'renameat2',
  'fsync',
  'fdatasync',
  'unlink',
  'rmdir',
  'openat',
  'mkdir',
  'link',
  'symlink',
  'ftruncate',
  'utimensat',
  'fchmod',
  'copy_file_range',
] as const

/** Why strace cannot be used here; undefined when it can. */
export function whyNoStrace(): string | undefined {
  const tried = spawnSync(
    'strace',
    ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', '-e', 'trace=link', 'true'],
    {
      encoding: 'utf8',
    },
  )
  if (tried.error) return 'strace is not installed (test/provision installs it)'
  if (tried.status !== 0) return `this system does not let processes be traced: ${tried.stderr.trim()}`
  return undefined
}

/** What starts a command so that its changing calls are written to a file. */
export function watching(traceFile: string): string[] {
  return [
    'strace',
    '-f',
    '--seccomp-bpf',
    '-qq',
    '-y',
    '-o',
    traceFile,
    '-e',
    `trace=${CHANGING_CALLS.join(',')}`,
  ]
}

/** What starts a command so that the first thread to come to this call dies with its process, the call undone. */
export function killingAt({ call, ordinal }: CallPoint, traceFile: string): string[] {
  const inject = `inject=${call}:signal=KILL:when=${ordinal}`
  // Not with --seccomp-bpf: strace 6.1 then injects at no call but the first.
  return ['strace', '-f', '-qq', '-y', '-o', traceFile, '-e', `trace=${call}`, '-e', inject]
}

/** The changing calls that a watched command made below a folder, each kind and ordinal once, in the order of the run. */
export function callPoints(traceFile: string, folder: string): CallPoint[] {
  const seen = new Map<string, number>()
  const points = new Map<string, CallPoint>()
  for (const line of readFileSync(traceFile, 'latin1').split('\n')) {
    // The other half of such a line counts no second time.
    const [, thread, call, rest] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? []
    if (thread === undefined || call === undefined || rest === undefined) continue
    const ordinal = (seen.get(`${thread} ${call}`) ?? 0) + 1
    seen.set(`${thread} ${call}`, ordinal)
    const at = rest.replace(/^AT_FDCWD<[^>]*>/, 'AT_FDCWD').indexOf(`${folder}/`)
    if (at < 0 || (call === 'openat' && !rest.includes('O_CREAT'))) continue
    const path = /[^"<>]*(?=[">])/.exec(rest.slice(rest.indexOf(`${folder}/`) + folder.length + 1))?.[0] ?? ''
    if (!points.has(`${call} ${ordinal}`)) points.set(`${call} ${ordinal}`, { call, ordinal, path })
  }
  return [...points.values()]
}

/** The call a killed command died in, as strace wrote it. */
export function lastCall(traceFile: string, call: string): string {
  if (!existsSync(traceFile)) return ''
  const lines = readFileSync(traceFile, 'latin1').split('\n')
  return lines.findLast((line) => line.includes(`${call}(`)) ?? ''
}
