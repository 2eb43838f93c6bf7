import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type CommandResult, startEverstow } from '../crash/everstow-command.ts'

/** The n-th call of a kind in the life of a thread. */
export interface CallPoint {
  readonly call: string
  readonly ordinal: number
  /** What it was about when the command was watched. */
  readonly path: string
}

/** Calls that change a disk; between two of them a kill makes no difference. */
const CHANGING_CALLS = [
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

/** Only the calls that are asked for stop the command: it costs hardly more than without. */
const STRACE = ['strace', '-f', '--seccomp-bpf', '-qq', '-y'] as const
/** How long a thread waits before its call for the kill. */
const HOLD = '120s'

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
  return [...STRACE, '-o', traceFile, '-e', `trace=${CHANGING_CALLS.join(',')}`]
}

/** How a command ended that was to die at a call. */
export interface KilledCommand {
  readonly result: CommandResult
  /** The call, as strace wrote it; undefined when the command ended before it came so far. */
  readonly call: string | undefined
}

/**
 * Runs the real command line until the first thread comes to this call, which is held there undone while all its process dies. (strace could send the
 * signal itself, but then only if every call of the command stops at it, which takes half as much time again.)
 */
export async function killEverstowAt(
  { call, ordinal }: CallPoint,
  home: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<KilledCommand> {
  const held = ['-e', `trace=${call}`, '-e', `inject=${call}:delay_enter=${HOLD}:when=${ordinal}`]
  const countCalls = createCallCounter(call)
  let last: string | undefined
  const command = startEverstow(home, args, env, [...STRACE, '-o', '|exec cat >&3', ...held], (text) => {
    last ??= countCalls(text, ordinal)
    if (last !== undefined) command.kill()
  })
  const result = await command.ended
  return { result, call: result.status === null ? last : undefined }
}

/** Calls that send; Node takes the first two for most of what it sends. */
const SENDING_CALLS = ['write', 'writev', 'sendmsg', 'sendto'] as const

/** How a command ended that was to die while it sends. */
export interface KilledSender {
  readonly result: CommandResult
  /** Calls that sent to the port before it ended. */
  readonly sends: number
}

/** Runs the real command line until it begins the n-th call that sends to a port of this computer, and kills all its process there; with no n to its end. */
export async function killEverstowAtSend(
  { port, ordinal = Infinity }: { readonly port: number; readonly ordinal?: number },
  home: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<KilledSender> {
  const begun = new RegExp(
    `^\\d+ +(?:${SENDING_CALLS.join('|')})\\(\\d+<TCP:\\[[^\\]]*->127\\.0\\.0\\.1:${port}\\]>`,
  )
  let sends = 0
  let rest = ''
  const through = ['strace', '-f', '--seccomp-bpf', '-qq', '-yy', '-s', '0', '-o', '|exec cat >&3']
  const command = startEverstow(
    home,
    args,
    env,
    [...through, '-e', `trace=${SENDING_CALLS.join(',')}`],
    (text) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      sends += lines.filter((line) => begun.test(line)).length
      if (sends >= ordinal) command.kill()
    },
  )
  return { result: await command.ended, sends }
}

/** Counts the calls of each thread in a trace that comes bit by bit; gives the line of the first to reach a number, which may have no end yet. */
function createCallCounter(call: string): (text: string, ordinal: number) => string | undefined {
  const begun = new RegExp(`^(\\d+) +${call}\\(`)
  const seen = new Map<string, number>()
  let rest = ''
  return (text, ordinal) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    const countOf = (line: string) => {
      const thread = begun.exec(line)?.[1]
      return thread === undefined ? undefined : { thread, count: (seen.get(thread) ?? 0) + 1 }
    }
    for (const line of lines) {
      const found = countOf(line)
      if (found) seen.set(found.thread, found.count)
      if (found?.count === ordinal) return line
    }
    return countOf(rest)?.count === ordinal ? rest : undefined
  }
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
