import type { DataKind } from '../../../contract/index.ts'
import { askData } from '../data-call.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import type { RangeOptions } from '../options/data-options.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

/** Which files are meant. */
export interface FileOptions {
  readonly name?: string
  readonly kind?: DataKind
  readonly folder?: string
  readonly modifiedFrom?: string
  readonly modifiedTo?: string
}

interface FilesWanted extends FileOptions, RangeOptions {
  readonly backup?: string
  readonly at?: string
  readonly limit: number
}

/** Files by name, kind and date: of one backup, or over all of them. */
export async function queryFiles(session: Session, wanted: FilesWanted): Promise<ExitStatus> {
  const { say, output } = session
  const { files, truncated, unsearched = 0 } = await askData(session, 'data.files', wanted)
  const document = {
    truncated,
    unsearched,
    files: files.map((file) => ({
      path: file.path,
      kind: file.kind,
      size_bytes: file.sizeBytes,
      modified_at: file.modifiedAt,
      backup_id: file.backupId,
      timestamp: file.createdAt,
      backups: file.backups,
    })),
  }
  output.answer(document, () => {
    const missing =
      unsearched > 0 ? [output.paint('quiet', say('query.unsearched', { count: unsearched }))] : []
    if (files.length === 0) return missing.length > 0 ? missing : [say('query.noFiles')]
    return [
      ...table(
        [
          { title: say('column.id') },
          { title: say('column.in'), right: true },
          { title: say('column.kind') },
          { title: say('column.changed') },
          { title: say('column.size'), right: true },
          { title: say('column.path') },
        ],
        files.map((file) => [
          file.backupId,
          say.number(file.backups),
          file.kind,
          say.dateTime(file.modifiedAt),
          say.bytes(file.sizeBytes),
          safeText(file.path),
        ]),
        (text) => output.paint('quiet', text),
      ),
      ...(truncated ? [output.paint('quiet', say('query.more'))] : []),
      ...missing,
    ]
  })
  return EXIT.done
}
