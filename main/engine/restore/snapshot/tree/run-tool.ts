import { spawnSync } from 'node:child_process'

export interface ToolOutcome {
  readonly ok: boolean
  /** What it complained about. */
  readonly complaint: string
}

/** Runs a program of the system and waits for it; undefined where it is not installed. Only for worker threads: it blocks. */
export function runTool(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly input?: Uint8Array },
): ToolOutcome | undefined {
  const { error, status, stderr } = spawnSync(command, args, {
    cwd: options.cwd,
    input: options.input,
    stdio: ['pipe', 'ignore', 'pipe'],
    maxBuffer: 16 * 1024 * 1024,
  })
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined
  return { ok: !error && status === 0, complaint: stderr?.toString('utf8') ?? String(error) }
}
