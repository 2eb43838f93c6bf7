import type { CallOutput, CallParsed, Run } from '../../main/contract/index.ts'
import type { Answered, DoubleWorld, Patch } from './window-double-world.ts'

const DAY = 86_400_000
const iso = (ms: number): string => new Date(ms).toISOString()

type Start = (run: Partial<Run> & Pick<Run, 'kind' | 'label'>, ended: Partial<Run>, patch: Patch) => Answered

/** What the double says of restores: of what it restored before, some can be undone. */
export function restoreAnswers(state: DoubleWorld['state'], start: Start) {
  let recorded: CallOutput<'restore.list'> = [
    {
      id: 'run_before',
      at: iso(Date.now() - 3_600_000),
      into: '/home/ada/Documents (restored)',
      backupIds: ['b_1'],
      state: 'undoable',
    },
    {
      id: 'run_older',
      at: iso(Date.now() - 3 * DAY),
      into: '/home/ada/Pictures',
      backupIds: ['b_1'],
      state: 'undone',
      undoneAt: iso(Date.now() - 2 * DAY),
    },
  ]

  return {
    'restore.suggestTarget': ({ pack }: CallParsed<'restore.suggestTarget'>) => ({
      output: {
        path: `/home/ada/Documents (restored)${pack === 'zip' ? '.zip' : pack ? '.tar.gz' : ''}`,
        originals: ['/home/ada/Documents', '/home/ada/Pictures'],
      },
    }),
    'restore.preflight': (order: CallParsed<'restore.preflight'>) => ({ output: preflightOf(order) }),
    'restore.list': () => ({ output: [...recorded] }),
    'restore.undo': ({ id, dryRun }: CallParsed<'restore.undo'>, patch: Patch) => {
      if (!dryRun)
        recorded = recorded.map((each) =>
          each.id === id ? { ...each, state: 'undone' as const, undoneAt: iso(Date.now()) } : each,
        )
      return start(
        { kind: 'undo', label: '/home/ada/Documents (restored)', phase: 'restoring' },
        {
          state: 'incomplete',
          undo: {
            into: '/home/ada/Documents (restored)',
            dryRun,
            removed: 18_203,
            broughtBack: 12,
            left: [{ path: 'Documents/budget.ods', reason: 'changed' }],
            leftCount: 1,
          },
        },
        patch,
      )
    },
    'restore.versions': () => ({
      output: state.recent.backups.slice(0, 3).map((backup, index) => ({
        backupId: backup.id,
        createdAt: backup.createdAt,
        modifiedAt: backup.createdAt,
        sizeBytes: 1_240 - index * 60,
        backups: 4 - index,
      })),
    }),
    'restore.preview': ({ backupId }: CallParsed<'restore.preview'>) => ({
      output: { sizeBytes: 1_240, text: textOf(state.recent.backups.findIndex(({ id }) => id === backupId)) },
    }),
    'restore.present': ({ path }: CallParsed<'restore.present'>) => ({
      output: { path: `/home/ada/${path}`, preview: { sizeBytes: 1_300, text: textOf(-1) } },
    }),
    'restore.start': ({ into }: CallParsed<'restore.start'>, patch: Patch) =>
      start(
        { kind: 'restore', label: into, phase: 'restoring' },
        {
          restore: {
            into,
            restored: 18_204,
            bytes: 4_260_000_000,
            directories: 812,
            links: 14,
            replaced: 0,
            renamed: 0,
            unchanged: 0,
            skipped: 0,
            refused: [],
            failed: [],
            fromPlace: 'Blue USB disk',
            dryRun: false,
            undoId: 'run_before',
          },
        },
        patch,
      ),
  }
}

function preflightOf({
  backupId,
  placeId,
  into,
  paths,
  more,
  pack,
}: CallParsed<'restore.preflight'>): CallOutput<'restore.preflight'> {
  const full = into.includes('full')
  const empty = into.includes('restored')
  const chosen = paths.length + more.reduce((sum, part) => sum + part.paths.length, 0)
  const files = chosen > 0 ? chosen * 40 : 18_204
  return {
    ok: !full,
    checks: [
      { id: 'backup', ok: true, sentence: { key: 'checks.backupFound' } },
      {
        id: 'place',
        ok: true,
        sentence: { key: 'checks.placeReachable', params: { place: 'Blue USB disk' } },
      },
      { id: 'key', ok: true, sentence: { key: 'checks.keyOpens' } },
      {
        id: 'space',
        ok: !full,
        sentence: {
          key: full ? 'checks.spaceShort' : 'checks.spaceEnough',
          params: { freeBytes: full ? 1_200_000_000 : 612_000_000_000, neededBytes: 4_260_000_000 },
        },
      },
      {
        id: 'target',
        ok: true,
        sentence: {
          key: pack ? 'checks.fileNew' : empty ? 'checks.targetEmpty' : 'checks.targetNotEmpty',
          params: { into },
        },
      },
    ],
    placeId: 'p_disk000001',
    placeName: 'Blue USB disk',
    files,
    bytes: 4_260_000_000,
    downloadBytes: 1_480_000_000,
    newFiles: files,
    replaced: empty ? 0 : 12,
    unchanged: 0,
    leftAlone: 0,
    targetEmpty: empty,
    estimatedMs: 95_000,
    parts: [{ backupId, placeId }, ...more].map((part) => ({
      backupId: part.backupId,
      placeId: part.placeId ?? 'p_disk000001',
      placeName: part.placeId === 'p_s3aaaaaaa1' ? 'Amazon S3' : 'Blue USB disk',
      reason: part.placeId === undefined ? ('near' as const) : ('chosen' as const),
      files,
      bytes: 4_260_000_000,
      downloadBytes: 1_480_000_000,
    })),
  }
}

/** A text that grew by a line with each version. */
function textOf(age: number): string {
  const lines = ['Budget of the choir', 'Rent: 240', 'Music: 85', 'Tea and cake: 31', 'Travel to Brest: 410']
  return lines.slice(0, Math.max(2, 4 - age)).join('\n')
}
