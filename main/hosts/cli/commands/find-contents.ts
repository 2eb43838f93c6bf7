import { askData } from '../data-call.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

interface ContentsWanted {
  readonly text: string
  readonly limit: number
  readonly backup?: string
  readonly at?: string
}

/** Files of one backup whose content has a text, with the line it stands on. */
export async function findContents(session: Session, wanted: ContentsWanted): Promise<ExitStatus> {
  const { say, output } = session
  const { hits, truncated } = await askData(session, 'data.search', { ...wanted, in: 'contents' })
  const document = {
    text: wanted.text,
    truncated,
    hits: hits.map((hit) => ({
      path: hit.path,
      backup_id: hit.backupId,
      timestamp: hit.createdAt,
      size_bytes: hit.sizeBytes,
      line: hit.line ?? null,
      excerpt: hit.excerpt ?? null,
    })),
  }
  output.answer(document, () => {
    const more = truncated ? [output.paint('quiet', say('find.moreContents'))] : []
    if (hits.length === 0) return [say('find.nothingInside'), ...more]
    const rows = hits.map(({ path, line, excerpt = '' }) => [
      safeText(path),
      line === undefined ? '' : say.number(line),
      safeText(excerpt.trim()),
    ])
    const columns = [
      { title: say('column.path') },
      { title: say('column.line'), right: true },
      { title: say('column.text') },
    ]
    return [...table(columns, rows, (text) => output.paint('quiet', text)), ...more]
  })
  return EXIT.done
}
