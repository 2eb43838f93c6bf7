import type { DataChange, DataKind } from '../../../contract/index.ts'
import { askData } from '../data-call.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import type { Look } from '../output/paint.ts'
import { safeText } from '../output/terminal-text.ts'
import { valueColumns, valueText } from '../output/value-text.ts'
import type { Session } from '../session.ts'

interface FileComparison {
  readonly from: string
  readonly to: string
  readonly path: string
  readonly limit: number
  readonly pointer?: string
  readonly toPath?: string
  readonly as?: DataKind
}

/** The contract answers with at most so many changes of a file. */
const MOST_CHANGES = 10_000

const SIGN: Readonly<Record<DataChange['change'], readonly [sign: string, look: Look]>> = {
  added: ['+', 'good'],
  removed: ['-', 'bad'],
  changed: ['M', 'warn'],
  moved: ['>', 'quiet'],
}

/** What changed in one file: values by their path, lines of a text by their number. */
export async function compareFile(session: Session, wanted: FileComparison): Promise<ExitStatus> {
  const { say, output } = session
  const limit = Math.min(wanted.limit, MOST_CHANGES)
  const found = await askData(session, 'data.diff', { ...wanted, limit })
  const { kind, equal, added, removed, changed, changes, truncated } = found
  const document = {
    from: found.from.backupId,
    to: found.to.backupId,
    path: found.from.path,
    to_path: found.to.path,
    kind,
    equal,
    added,
    removed,
    changed,
    truncated,
    changes: changes.map(({ change, path, fromPath, before, after }) => ({
      change,
      path,
      from_path: fromPath ?? null,
      before: before ?? null,
      after: after ?? null,
    })),
  }
  output.answer(document, () => {
    if (equal) return [say('diff.equal')]
    if (kind === 'bytes') return [say('diff.differ')]
    return [
      ...changes.map((change) => changeLine(session, change)),
      ...(truncated ? [output.paint('quiet', say('diff.more'))] : []),
      say('diff.total', { added, removed, changed }),
    ]
  })
  return EXIT.done
}

function changeLine({ output }: Session, { change, path, fromPath, before, after }: DataChange): string {
  const columns = valueColumns(process.stdout)
  const [sign, look] = SIGN[change]
  const shown = [before, after].filter((value) => value !== undefined)
  const values = shown.map((value) => valueText(value, columns)).join(' → ')
  const where = fromPath === undefined ? safeText(path) : `${safeText(fromPath)} → ${safeText(path)}`
  const words = [where, change === 'moved' ? '' : values].filter((word) => word !== '')
  return `${output.paint(look, sign)} ${words.join('  ')}`
}
