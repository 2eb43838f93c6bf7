import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Debian's own Python: the modules that the reader needs come from there. */
const PYTHON = '/usr/bin/python3'
const READER = join(import.meta.dirname, 'read_repository.py')

/** Why the independent reader cannot be started here; undefined where it can. */
export const readerMissing: string | undefined =
  spawnSync(PYTHON, ['-c', 'import cryptography, zstandard']).status === 0
    ? undefined
    : `${PYTHON} with cryptography and zstandard is needed (test/provision installs them)`
if (readerMissing) console.warn(`skipped: reading repositories in Python: ${readerMissing}`)

/** What the reader said. */
export interface ReaderSaid {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** Runs the independent reader on the folder of a place. */
export function readRepository(folder: string, ...args: readonly string[]): Promise<ReaderSaid> {
  return new Promise((done, failed) => {
    execFile(PYTHON, [READER, folder, ...args], { maxBuffer: 1 << 26 }, (error, out, err) => {
      if (error && typeof error.code !== 'number') failed(error)
      else done({ status: Number(error?.code ?? 0), out, err })
    })
  })
}

/** The snapshots that the reader lists, in the order of their commits. */
export async function listSnapshots(folder: string, ...args: readonly string[]) {
  const { out, ...said } = await readRepository(folder, ...args, '--list')
  const snapshots: { id: string; backupId: string; stats: { files: number } }[] = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  return { ...said, snapshots }
}
