import type { FolderSizes, StoragePlace, StorageReport, Verdict } from '../../../contract/index.ts'
import type { Look, Paint } from '../output/paint.ts'
import type { Say } from '../output/say.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import { costCells } from './health-lines.ts'

const LOOK: Readonly<Record<Verdict, Look>> = { healthy: 'good', attention: 'warn', failing: 'bad' }

/** How much lies where in lines: the sentence, then a row a place. */
export function storageLines(report: StorageReport, say: Say, paint: Paint): string[] {
  const { verdict, sentence, places } = report
  const headline = paint(LOOK[verdict], say.any(sentence.key, sentence.params))
  if (places.length === 0) return [headline]
  const columns = [
    { title: say('column.place') },
    { title: say('column.stored'), right: true },
    { title: say('column.bound'), right: true },
    { title: say('column.left'), right: true },
    { title: say('column.full') },
    { title: say('column.saved'), right: true },
    { title: say('column.cost'), right: true },
    { title: say('column.forecast'), right: true },
  ]
  return [
    headline,
    '',
    ...table(
      columns,
      places.map((place) => placeRow(place, say)),
      (text) => paint('quiet', text),
    ),
  ]
}

function placeRow({ placeName, stored, budgetBytes, disk, room, savings, cost }: StoragePlace, say: Say) {
  const bound = room?.by === 'budget' ? budgetBytes : disk?.totalBytes
  const [soFar, forecast] = costCells(cost, say)
  return [
    safeText(placeName),
    stored ? say.bytes(stored.bytes) : '–',
    room && bound !== undefined ? say(`storage.by.${room.by}`, { size: say.bytes(bound) }) : '–',
    room ? say.bytes(room.leftBytes) : say('storage.by.unknown'),
    room?.fullAt === undefined ? '–' : say.relative(room.fullAt),
    stored && savings && savings.sourceBytes > 0
      ? `${Math.max(0, Math.floor((1 - stored.bytes / savings.sourceBytes) * 100))} %`
      : '–',
    soFar,
    forecast,
  ]
}

/** What the entries of a folder take, largest first. */
export function folderLines(sizes: FolderSizes, say: Say, paint: Paint): string[] {
  const { folder, bytes, files, entries, rest, ownBytes } = sizes
  const heading = say('storage.folder', {
    folder: folder === '' ? '/' : folder,
    size: say.bytes(bytes),
    files: say.any('count.files', { count: files }),
    backup: sizes.backupId,
  })
  const rows = entries.map((entry) => [
    say.bytes(entry.bytes),
    say.number(entry.files),
    `${safeText(entry.path)}${entry.kind === 'directory' ? '/' : ''}`,
  ])
  const columns = [
    { title: say('column.size'), right: true },
    { title: say('column.files'), right: true },
    { title: say('column.path') },
  ]
  return [
    heading,
    ...(rows.length === 0 ? [] : ['', ...table(columns, rows, (text) => paint('quiet', text))]),
    ...(rest.entries === 0
      ? []
      : [paint('quiet', say('storage.rest', { count: rest.entries, size: say.bytes(rest.bytes) }))]),
    ...(ownBytes === undefined ? [] : [paint('quiet', say('storage.own', { size: say.bytes(ownBytes) }))]),
  ]
}
