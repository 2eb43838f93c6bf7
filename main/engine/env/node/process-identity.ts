import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** One run of one process. A pid alone is not enough: numbers are used again. */
export interface ProcessIdentity {
  readonly pid: number
  /** Opaque text that differs between two processes of one pid; empty where the system does not tell. */
  readonly startedAt: string
}

/** Who we are. */
export function currentProcess(): ProcessIdentity {
  own ??= { pid: process.pid, startedAt: startOf(process.pid) ?? '' }
  return own
}
let own: ProcessIdentity | undefined

/**
 * Whether exactly this process still runs on this machine. Where the start cannot be known on either side, a live pid counts as the same
 * process: better to wait for a stranger than to take over from the living.
 */
export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const start = startOf(pid)
  if (start === 'dead') return false
  return startedAt === '' || start === undefined || start === startedAt
}

/** When the process began, in the system's own words; `dead` for a zombie; `undefined` when the system does not tell. */
function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') return startOnLinux(pid)
  if (process.platform === 'darwin') return startFromPs(pid)
  return undefined
}

/** Field 22 of /proc/PID/stat (proc(5)): clock ticks since boot; with the boot's id it stays unique after a restart. */
function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return 'dead'
    const ticks = rest[18]
    if (ticks === undefined) return undefined
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}/${ticks}`
  } catch {
    // /proc may be hidden (hidepid) or not mounted; then only the pid speaks.
    return undefined
  }
}

function startFromPs(pid: number): string | undefined {
  try {
    const options = {
      encoding: 'utf8',
      timeout: 2000,
      env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/bin:/usr/bin' },
    } as const
    const [state = '', ...start] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], options)
      .trim()
      .split(/\s+/)
    return state.startsWith('Z') ? 'dead' : start.join(' ') || undefined
  } catch {
    // No `ps`, or no such process: the answer of kill(0) decides.
    return undefined
  }
}
