import type { Backup } from '../../../contract/index.ts'
import type { Look, Paint } from '../output/paint.ts'
import type { Say } from '../output/say.ts'
import { type Cell, facts, table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'

type CopyState = Backup['copies'][number]['state']

const STATE_LOOK: Readonly<Record<Backup['state'], Look>> = {
  creating: 'quiet',
  complete: 'good',
  incomplete: 'warn',
  failed: 'bad',
  interrupted: 'bad',
}
const COPY_LOOK: Readonly<Record<CopyState, Look>> = {
  pending: 'quiet',
  syncing: 'quiet',
  synced: 'good',
  waiting: 'warn',
  failed: 'bad',
  damaged: 'bad',
  missing: 'bad',
}

/** Backups, a row each. */
export function backupTable(backups: readonly Backup[], say: Say, paint: Paint): string[] {
  return table(
    [
      { title: say('column.id') },
      { title: say('column.made') },
      { title: say('column.plan') },
      { title: say('column.files'), right: true },
      { title: say('column.size'), right: true },
      { title: say('column.copies'), right: true },
      { title: say('column.state') },
    ],
    backups.map((backup) => [
      backup.id,
      say.relative(backup.createdAt),
      safeText(backup.planName ?? '–'),
      say.number(backup.files),
      say.bytes(backup.sizeBytes),
      copiesCell(backup, paint),
      {
        text: say.any(`backups.state.${backup.state}`),
        paint: (text) => paint(STATE_LOOK[backup.state], text),
      },
    ]),
    (text) => paint('quiet', text),
  )
}

function copiesCell({ copies }: Backup, paint: Paint): Cell {
  const current = copies.filter(({ state }) => state === 'synced').length
  const look = current === copies.length ? 'good' : current > 0 ? 'warn' : 'bad'
  return { text: `${current}/${copies.length}`, paint: (text) => paint(look, text) }
}

/** All about one backup. */
export function backupFacts(backup: Backup, say: Say): string[] {
  return facts([
    [say('column.id'), backup.id],
    [say('column.made'), `${say.dateTime(backup.createdAt)} (${say.relative(backup.createdAt)})`],
    [say('column.state'), say.any(`backups.state.${backup.state}`)],
    [say('column.plan'), backup.planName === undefined ? undefined : safeText(backup.planName)],
    [say.any('backups.tag'), backup.tag === undefined ? undefined : safeText(backup.tag)],
    [say('column.files'), say.number(backup.files)],
    [
      say('column.size'),
      say('backup.sizeOf', { size: say.bytes(backup.sizeBytes), original: say.bytes(backup.sourceBytes) }),
    ],
    [say.any('backups.took'), say.duration(Math.max(1, Math.round(backup.durationMs / 1_000)))],
    [say.any('backups.filename'), backup.filename],
    ['SHA-256', backup.sha256],
    ['MD5', backup.md5 || undefined],
    [say('column.pinned'), backup.pinned ? say('pin.isPinned') : undefined],
    ...backup.sources.map(
      (source, at) => [at === 0 ? say.any('backups.sources') : '', safeText(source)] as const,
    ),
  ])
}

/** The copies of a backup, a row each. */
export function copyTable(backup: Backup, say: Say, paint: Paint): string[] {
  const when = (iso: string | undefined) => (iso === undefined ? '–' : say.relative(iso))
  return table(
    [
      { title: say('column.place') },
      { title: say('column.copy') },
      { title: say.any('backups.syncedAt') },
      { title: say.any('backups.verifiedAt') },
      { title: say('column.where') },
    ],
    backup.copies.map((copy) => [
      safeText(copy.placeName),
      { text: say.any(`copies.state.${copy.state}`), paint: (text) => paint(COPY_LOOK[copy.state], text) },
      when(copy.syncedAt),
      when(copy.verifiedAt),
      safeText(copy.url ?? '–'),
    ]),
    (text) => paint('quiet', text),
  )
}
