import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import * as syncFiles from '../../main/engine/env/node/sync-files.ts'
import { runRestore } from '../../main/engine/restore/archive/run-restore.ts'
import type { RestoreReport } from '../../main/engine/restore/restore-options.ts'
import { tarEntry, tarOf } from '../formats/hostile-archives/tar-builder.ts'

/** Everything placing can meet: merging, replacing, whole folders, closed ones, links, and things that change their kind. */
export const mixedEntries = [
  tarEntry({ name: 'd', type: '5', mode: 0o750, mtime: 1_000_000_000 }),
  ...['d/one', 'd/two', 'd/sub/three', 'd/new', 'fresh/a', 'fresh/b/c'].map((name) =>
    tarEntry({ name, content: 'new' }),
  ),
  tarEntry({ name: 'd/same', content: 'same', mode: 0o600, mtime: 1_000_000_000 }),
  tarEntry({ name: 'fresh/b/twin', type: '1', linkName: 'fresh/a' }),
  tarEntry({ name: 'd/closed', type: '5', mode: 0o555, mtime: 1_000_000_000 }),
  tarEntry({ name: 'd/closed/in', type: '5', mode: 0o500, mtime: 1_000_000_000 }),
  tarEntry({ name: 'd/closed/in/file', content: 'new' }),
  tarEntry({ name: 'becomes-folder/file', content: 'new' }),
  tarEntry({ name: 'becomes-file', content: 'new' }),
  tarEntry({ name: 'link', type: '2', linkName: 'd/one' }),
]

/** What a person has where it is restored to. */
export function fillTarget(into: string): void {
  mkdirSync(join(into, 'd/sub'), { recursive: true })
  mkdirSync(join(into, 'becomes-file/empty'), { recursive: true })
  for (const path of [
    'd/one',
    'd/two',
    'd/sub/three',
    'd/mine',
    'becomes-folder',
    'becomes-file/inside',
    'link',
  ])
    writeFileSync(join(into, path), 'old')
  writeFileSync(join(into, 'd/same'), 'same', { mode: 0o644 })
}

/** Restores entries in this process, written down at `record`. */
export function restoreRecorded(
  entries: readonly Buffer[],
  into: string,
  record: string,
  existing: 'replace' | 'rename' | 'skip' = 'replace',
  nowMs = Date.now(),
): Promise<RestoreReport> {
  const bytes = gzipSync(tarOf(...entries))
  return runRestore(
    {
      id: '00000000000000cc',
      nowMs,
      into,
      existing,
      dryRun: false,
      owner: false,
      record: { path: record, backupIds: ['b'] },
      archive: { sizeBytes: bytes.length },
    },
    { files: syncFiles, open: () => Readable.from([bytes]) },
  )
}

/** Paths with kind, mode and content. */
export function picture(root: string): string[] {
  const seen: string[] = []
  const walk = (path: string, shown: string) => {
    const stat = lstatSync(path)
    const content = stat.isFile()
      ? readFileSync(path, 'utf8')
      : stat.isSymbolicLink()
        ? readlinkSync(path)
        : ''
    seen.push(`${shown} ${stat.mode.toString(8)} ${content}`)
    if (stat.isDirectory()) for (const name of readdirSync(path)) walk(join(path, name), `${shown}/${name}`)
  }
  walk(root, '')
  return seen.sort()
}

const ENGINE = fileURLToPath(new URL('../../main/engine/', import.meta.url))

/** A program that kills itself right before the given change it makes below `watched`, private folders or not; `run` gets the counting `files`. */
export function killedAt(
  killAt: number,
  watched: string,
  imports: string,
  run: string,
  evenPrivate = false,
): string {
  return `
    import * as real from ${JSON.stringify(`${ENGINE}env/node/sync-files.ts`)}
    ${imports.replaceAll('ENGINE/', ENGINE)}
    let changes = 0
    const counted = (call) => (...args) => {
      const last = String(args.findLast((arg) => (typeof arg === 'string' || Buffer.isBuffer(arg)) && String(arg).startsWith('/')) ?? args[0])
      if (last.startsWith(${JSON.stringify(watched)}) && (${evenPrivate} || !last.includes('.everstow-restore-')) && ++changes === ${killAt}) process.kill(process.pid, 'SIGKILL')
      return call(...args)
    }
    const files = { ...real }
    for (const name of ['renameSync', 'linkSync', 'mkdirSync', 'chmodSync', 'utimesSync', 'unlinkSync', 'rmdirSync', 'rmSync']) files[name] = counted(real[name])
    ${run}`
}
