// `npm run bench -- [snapshots | archives | sync | window | access | data] [options]`: measures against other programs, in turns; all kinds when none is named.
//   --rounds N               how often everything is done (snapshots and sync 3, archives, window, access and data 5)
// snapshots:
//   --only W1,first,…        workloads W1 W2 W4; operations first unchanged edited restore check prune s3 event-loop
//   --tools everstow,restic  who takes part, by the beginnings of the names
//   --scale 0.05             share of the workloads' size, for trying things out
//   --format archive         the format of ours (snapshot when absent)
//   --out FILE               the report as Markdown
//   Workloads are kept in EVERSTOW_BENCH_DIR (a folder for temporary files when absent): 5 GB, and as much again four times while it runs.
// sync:
//   --files 20000, --large-mb 1000
// access:
//   --size-mb 1000           size of the backup that a small file is had out of
// data:
//   --backups 100            backups that a value is followed over
//   --listed 10000           backups that are listed
// archives:
//   --small FOLDER, --mixed-mb 1000, --memory-mb 5000: see archives.ts
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type AccessBench, benchAccess } from './access.ts'
import { type ArchiveBench, benchArchives } from './archives.ts'
import { benchData, type DataBench } from './data.ts'
import { selectionOf } from './operations/selection.ts'
import { benchSnapshots, type SnapshotBench } from './snapshots.ts'
import { benchSync, type SyncBench } from './sync.ts'
import { benchWindow, type WindowBench } from './window.ts'

const WRONG_USAGE = 2

interface Wanted {
  readonly snapshots?: SnapshotBench
  readonly archives?: ArchiveBench
  readonly sync?: SyncBench
  readonly window?: WindowBench
  readonly access?: AccessBench
  readonly data?: DataBench
}

const wanted = understood()
let ok = true
if (wanted?.snapshots) ok = await benchSnapshots(wanted.snapshots)
if (wanted?.archives) ok = (await benchArchives(wanted.archives)) && ok
if (wanted?.sync) ok = (await benchSync(wanted.sync)) && ok
if (wanted?.window) ok = (await benchWindow(wanted.window)) && ok
if (wanted?.access) ok = (await benchAccess(wanted.access)) && ok
if (wanted?.data) ok = (await benchData(wanted.data)) && ok
if (wanted) process.exitCode = ok ? 0 : 1

/** What the arguments ask for; says what is wrong with them. */
function understood(): Wanted | undefined {
  try {
    return readArguments()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = WRONG_USAGE
    return undefined
  }
}

function readArguments(): Wanted {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      only: { type: 'string' },
      tools: { type: 'string' },
      scale: { type: 'string' },
      format: { type: 'string', default: 'snapshot' },
      out: { type: 'string' },
      small: { type: 'string' },
      'mixed-mb': { type: 'string' },
      'memory-mb': { type: 'string' },
      files: { type: 'string' },
      'large-mb': { type: 'string' },
      'size-mb': { type: 'string' },
      backups: { type: 'string' },
      listed: { type: 'string' },
    },
  })
  const kinds = ['snapshots', 'archives', 'sync', 'window', 'access', 'data']
  const unknown = positionals.find((kind) => !kinds.includes(kind))
  if (unknown !== undefined)
    throw new Error(`${unknown}: there are snapshots, archives, sync, window, access and data`)
  const { format, out, small, tools } = values
  if (format !== 'snapshot' && format !== 'archive')
    throw new Error(`--format ${format}: there are snapshot and archive`)
  const rounds = positive('rounds', values.rounds)
  const memoryMb = positive('memory-mb', values['memory-mb'])
  const snapshots: SnapshotBench = {
    rounds: rounds ?? 3,
    scale: positive('scale', values.scale) ?? 1,
    selection: selectionOf(values.only),
    format,
    folder: process.env.EVERSTOW_BENCH_DIR || join(tmpdir(), 'everstow-bench'),
    ...(tools === undefined ? {} : { tools: tools.split(',') }),
    ...(out === undefined ? {} : { out }),
  }
  const archives: ArchiveBench = {
    rounds: rounds ?? 5,
    mixedMb: positive('mixed-mb', values['mixed-mb']) ?? 1000,
    ...(small === undefined ? {} : { small }),
    ...(memoryMb === undefined ? {} : { memoryMb }),
  }
  const sync: SyncBench = {
    rounds: rounds ?? 3,
    files: positive('files', values.files) ?? 20_000,
    largeMb: positive('large-mb', values['large-mb']) ?? 1_000,
  }
  const access: AccessBench = { rounds: rounds ?? 5, sizeMb: positive('size-mb', values['size-mb']) ?? 1000 }
  const data: DataBench = {
    rounds: rounds ?? 5,
    backups: positive('backups', values.backups) ?? 100,
    listed: positive('listed', values.listed) ?? 10_000,
  }
  const asksFor = (kind: string): boolean => positionals.length === 0 || positionals.includes(kind)
  return {
    ...(asksFor('snapshots') ? { snapshots } : {}),
    ...(asksFor('archives') ? { archives } : {}),
    ...(asksFor('sync') ? { sync } : {}),
    ...(asksFor('window') ? { window: { rounds: rounds ?? 5 } } : {}),
    ...(asksFor('access') ? { access } : {}),
    ...(asksFor('data') ? { data } : {}),
  }
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (!(number > 0)) throw new Error(`--${name} ${text}: a number above 0 is wanted`)
  return number
}
