import type {
  CallOutput,
  HeldDeletions,
  SyncConflict,
  SyncedFolder,
  SyncReport,
} from '../../../contract/index.ts'
import { explainer } from '../explain.ts'
import type { Invocation } from '../invocation.ts'
import { facts, table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'

type Compared = CallOutput<'sync.compare'>

/** Lines of a text that are shown. */
const MOST_LINES = 200

function toneOf({ state, conflicts }: SyncedFolder): 'good' | 'warn' | 'bad' {
  if (state === 'failed') return 'bad'
  return state === 'synced' && conflicts === 0 ? 'good' : 'warn'
}

/** Synced folders, a row each. */
export function syncTable(folders: readonly SyncedFolder[], { say, output }: Invocation): string[] {
  return table(
    [
      { title: say('column.space') },
      { title: say('column.folder') },
      { title: say('column.place') },
      { title: say('column.state') },
      { title: say('column.lastSync') },
      { title: say('column.files'), right: true },
      { title: say('column.pending'), right: true },
      { title: say('column.conflicts'), right: true },
    ],
    folders.map((folder) => [
      safeText(folder.name),
      safeText(folder.folder),
      safeText(folder.placeName),
      {
        text: say.any(`sync.state.${folder.state}`),
        paint: (text: string) => output.paint(toneOf(folder), text),
      },
      folder.lastSyncAt ? say.relative(folder.lastSyncAt) : say.any('common.never'),
      say.number(folder.files),
      say.number(folder.pendingChanges),
      say.number(folder.conflicts),
    ]),
    (text) => output.paint('quiet', text),
  )
}

/** How one synced folder is. */
export function statusLines(folder: SyncedFolder, invocation: Invocation): string[] {
  const { say, output } = invocation
  const explain = explainer(invocation)
  const { totals, held, error, problems, leftOut } = folder
  return [
    `${safeText(folder.name)}: ${output.paint(toneOf(folder), say.any(`sync.state.${folder.state}`))}`,
    ...(error ? [`  ${output.paint('warn', safeText(explain(error, folder.placeName).message))}`] : []),
    ...(held ? heldLines(held, folder.name, invocation) : []),
    ...facts([
      [say('column.folder'), safeText(folder.folder)],
      [say('column.place'), safeText(folder.placeName)],
      [say('column.lastSync'), folder.lastSyncAt ? say.relative(folder.lastSyncAt) : say.any('common.never')],
      [say('column.files'), `${say.number(folder.files)}, ${say.bytes(folder.bytes)}`],
      [say('column.pending'), say.number(folder.pendingChanges)],
      [say('column.conflicts'), say.number(folder.conflicts)],
      [say('column.strategy'), say.any(`sync.strategy.${folder.strategy}`)],
      [
        say('column.transferred'),
        say('sync.transferred', {
          up: say.bytes(totals.uploadedBytes),
          down: say.bytes(totals.downloadedBytes),
        }),
      ],
    ]).map((line) => `  ${line}`),
    ...problemLines(problems, invocation),
    ...(leftOut ? leftOutLines(leftOut, invocation) : []),
  ]
}

const MOST_LEFT_OUT = 10

function leftOutLines({ count, first }: NonNullable<SyncedFolder['leftOut']>, { say }: Invocation): string[] {
  const shown = first.slice(0, MOST_LEFT_OUT)
  return [
    `  ${say('sync.leftOut', { count })}`,
    ...shown.map(({ path, reason }) => `    ${safeText(path)}: ${say.any(`sync.leftOutReason.${reason}`)}`),
    ...(count > shown.length ? [`    ${say('sync.leftOutMore', { count: count - shown.length })}`] : []),
  ]
}

function problemLines(problems: SyncedFolder['problems'], invocation: Invocation): string[] {
  const explain = explainer(invocation)
  return problems.map(({ path, error }) =>
    invocation.output.paint('warn', `  ${safeText(path)}: ${safeText(explain(error).message)}`),
  )
}

/** Deletions that wait, and what can be said to them. */
function heldLines(
  { direction, files, of, examples }: HeldDeletions,
  name: string,
  { say, output }: Invocation,
): string[] {
  const word = JSON.stringify(name)
  return [
    `  ${output.paint('bad', say(direction === 'out' ? 'sync.heldOut' : 'sync.heldIn', { count: files, of }))}`,
    ...examples.map((path) => `    ${safeText(path)}`),
    `  ${say('sync.approve', { command: `everstow sync decide ${word} approve` })}`,
    `  ${say('sync.bringBack', { command: `everstow sync decide ${word} restore` })}`,
  ]
}

/** What a sync came to. */
export function reportLines({ folders }: SyncReport, invocation: Invocation): string[] {
  const { say, output } = invocation
  const explain = explainer(invocation)
  return folders.flatMap((folder) => {
    const { name, uploaded, downloaded, moved, deleted, conflicts, error, held, problems, unfinished } =
      folder
    const did = [
      ...(uploaded > 0
        ? [say('sync.uploaded', { count: uploaded, size: say.bytes(folder.uploadedBytes) })]
        : []),
      ...(downloaded > 0
        ? [say('sync.downloaded', { count: downloaded, size: say.bytes(folder.downloadedBytes) })]
        : []),
      ...(moved > 0 ? [say('sync.moved', { count: moved })] : []),
      ...(deleted > 0 ? [say('sync.deleted', { count: deleted })] : []),
    ]
    const sum =
      did.length === 0
        ? say(error || held || unfinished ? 'sync.nothingDone' : 'sync.nothingToDo')
        : did.join(', ')
    return [
      `${safeText(name)}: ${sum}`,
      ...(conflicts > 0 ? [output.paint('warn', `  ${say('sync.newConflicts', { count: conflicts })}`)] : []),
      ...(unfinished ? [output.paint('warn', `  ${say('sync.unfinished')}`)] : []),
      ...(error ? [`  ${output.paint('bad', safeText(explain(error).message))}`] : []),
      ...(held ? heldLines(held, name, invocation) : []),
      ...problemLines(problems, invocation),
    ]
  })
}

/** Conflicts, a row each. */
export function conflictTable(conflicts: readonly SyncConflict[], { say, output }: Invocation): string[] {
  return [
    ...table(
      [
        { title: say('column.conflict') },
        { title: say('column.space') },
        { title: say('column.file') },
        { title: say('column.when') },
        { title: say('column.what') },
      ],
      conflicts.map(({ id, folderName, path, at, kind, kept }) => [
        id,
        safeText(folderName),
        safeText(path),
        say.relative(at),
        kept ? say.any(`sync.kept.${kept}`) : say.any(`sync.kind.${kind}`),
      ]),
      (text) => output.paint('quiet', text),
    ),
    '',
    say('sync.howToResolve'),
  ]
}

/** A conflict with its versions. */
export function conflictLines(
  { path, kind, copyPath, here, there }: SyncConflict,
  compared: Compared,
  { say, output }: Invocation,
): string[] {
  const side = (
    title: string,
    preview: { readonly text?: string | undefined; readonly sizeBytes: number },
    { device, modifiedAt }: Partial<SyncConflict['there']> = {},
  ) => [
    output.paint(
      'quiet',
      `${title} (${[
        ...(device === undefined ? [] : [safeText(device)]),
        say.bytes(preview.sizeBytes),
        ...(modifiedAt === undefined ? [] : [say('sync.changedAt', { when: say.dateTime(modifiedAt) })]),
      ].join(', ')})`,
    ),
    ...(preview.text === undefined
      ? [`  ${say('sync.noText')}`]
      : preview.text
          .replace(/\n$/, '')
          .split('\n')
          .slice(0, MOST_LINES)
          .map((line) => `  ${safeText(line)}`)),
  ]
  return [
    `${safeText(path)}: ${say.any(`sync.kind.${kind}`)}`,
    ...(copyPath === undefined ? [] : [say('sync.copyAt', { path: safeText(copyPath) })]),
    '',
    ...side(say('sync.side.local'), { ...compared.here, sizeBytes: here.sizeBytes }, here),
    '',
    ...side(say('sync.side.remote'), { ...compared.there, sizeBytes: there.sizeBytes }, there),
    ...(compared.base ? ['', ...side(say('sync.side.base'), compared.base)] : []),
    '',
    ...(compared.merged ? [say(compared.merged.isClean ? 'sync.cleanMerge' : 'sync.unclearMerge')] : []),
    say('sync.howToResolve'),
  ]
}
