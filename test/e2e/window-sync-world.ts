import type {
  CallParsed,
  ConflictSide,
  FileVersion,
  SpaceEntry,
  SyncConflict,
  SyncedFolder,
  SyncOperation,
} from '../../main/contract/index.ts'
import type { Answered, DoubleWorld, Patch } from './window-double-world.ts'
import { deviceAnswers } from './window-sync-devices-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()
const LONG_NAME = `a very long name that somebody gave ${'to a folder of drafts '.repeat(5)}`.trim()

const notes: SyncedFolder = {
  id: 'sf_notes00001',
  name: 'Notes',
  spaceId: 'space_1',
  placeId: 'p_s3aaaaaaa1',
  placeName: 'Amazon S3',
  folder: '/home/ada/Notes',
  strategy: 'manual',
  only: [],
  ignore: ['*.tmp', 'node_modules/'],
  auto: true,
  state: 'pending',
  lastSyncAt: ago(4 * MINUTE),
  files: 2_418,
  bytes: 318_400_000,
  pendingChanges: 3,
  conflicts: 4,
  problems: [],
  totals: {
    uploadedBytes: 1_204_000_000,
    downloadedBytes: 412_000_000,
    syncs: 214,
    failures: 3,
    averageMs: 2_400,
    conflicts: 9,
  },
}
const pictures: SyncedFolder = {
  ...notes,
  id: 'sf_pictures01',
  name: 'Pictures',
  placeId: 'p_disk000001',
  placeName: 'Blue USB disk',
  folder: '/home/ada/Pictures',
  strategy: 'server_preferred',
  ignore: [],
  state: 'held',
  lastSyncAt: ago(3 * HOUR),
  files: 1_204,
  bytes: 18_400_000_000,
  pendingChanges: 412,
  conflicts: 0,
  held: {
    id: 'held_1',
    direction: 'out',
    files: 412,
    of: 1_204,
    examples: ['2024/Brittany/IMG_0412.jpg', '2024/Brittany/IMG_0413.jpg', '2024/Lyon/IMG_0999.jpg'],
  },
  problems: [
    {
      path: '2025/scans/contract.pdf',
      error: { code: 'permission-denied', data: {}, retry: 'never' },
    },
  ],
  leftOut: {
    count: 2,
    first: [
      { path: '2019/caf\uFFFD.jpg', reason: 'name-not-unicode' },
      { path: 'camera/socket', reason: 'special-file' },
    ],
  },
}
const drafts: SyncedFolder = {
  ...notes,
  id: 'sf_drafts0001',
  name: LONG_NAME,
  folder: `/home/ada/Documents/${'deep/'.repeat(24)}drafts`,
  auto: false,
  state: 'waiting',
  lastSyncAt: undefined,
  files: 12,
  bytes: 48_000,
  pendingChanges: 0,
  conflicts: 0,
  totals: { uploadedBytes: 0, downloadedBytes: 0, syncs: 0, failures: 0, averageMs: 0, conflicts: 0 },
}

/** Synced folders: one with conflicts, one with deletions that wait, one that waits for the network. */
export const busySyncs: DoubleWorld['state']['syncs'] = {
  [notes.id]: notes,
  [pictures.id]: pictures,
  [drafts.id]: drafts,
}
/** All is well. */
export const calmSyncs: DoubleWorld['state']['syncs'] = {
  [notes.id]: { ...notes, state: 'synced', pendingChanges: 0, conflicts: 0 },
}

const side = (sizeBytes: number, agoMs: number, device: string): ConflictSide => ({
  sizeBytes,
  modifiedAt: ago(agoMs),
  device,
})

function conflict(id: string, path: string, more: Partial<SyncConflict> = {}): SyncConflict {
  return {
    id,
    folderId: notes.id,
    folderName: notes.name,
    path,
    at: ago(20 * MINUTE),
    kind: 'waiting',
    base: side(1_204, 3 * DAY, 'ada-laptop'),
    here: side(1_310, 40 * MINUTE, 'ada-laptop'),
    there: side(1_288, 30 * MINUTE, 'ada-phone'),
    state: 'open',
    ...more,
  }
}

const openConflicts: SyncConflict[] = [
  conflict('cf_clean00001', 'work/report.txt'),
  conflict('cf_marked0001', 'work/plan.md'),
  conflict('cf_picture001', 'drawings/logo.png', {
    kind: 'copy',
    copyPath: 'drawings/logo (conflict from ada-laptop).png',
  }),
  conflict('cf_binary0001', 'work/budget.ods', {
    base: undefined,
    there: { sizeBytes: 48_000 },
    kind: 'sent',
  }),
]
/** As many as the folder says it has. */
function conflictsOf({ conflicts: wanted }: SyncedFolder): SyncConflict[] {
  const more = Array.from({ length: Math.max(0, wanted - openConflicts.length) }, (_, at) =>
    conflict(`cf_many${String(at).padStart(6, '0')}`, `archive/${at % 40}/letter ${at}.txt`),
  )
  return [...openConflicts.slice(0, wanted), ...more]
}

const common = Array.from({ length: 60 }, (_, at) => `Line ${at + 1} of the report, as it always was.`)
const changed = (at: number, text: string): string => common.toSpliced(at, 1, text).join('\n')
/** A picture of one colour. */
const dot = (colour: string): string =>
  `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200"><rect width="320" height="200" fill="${colour}"/><circle cx="160" cy="100" r="60" fill="white"/></svg>`)}`

function compared({ conflictId }: CallParsed<'sync.compare'>) {
  const text = (value: string) => ({ sizeBytes: value.length, text: value })
  const base = common.join('\n')
  if (conflictId === 'cf_picture001')
    return {
      base: { sizeBytes: 900, image: dot('#777') },
      here: { sizeBytes: 910, image: dot('#0b6b63') },
      there: { sizeBytes: 880, image: dot('#8a4b00') },
    }
  if (conflictId === 'cf_binary0001') return { here: { sizeBytes: 51_200 }, there: { sizeBytes: 48_000 } }
  const here = changed(4, 'Line 5 of the report, as Ada wrote it today.')
  if (conflictId === 'cf_marked0001') {
    const there = changed(4, 'Line 5 of the report, as the phone has it.')
    const marked = [
      '<<<<<<< here',
      'Line 5 of the report, as Ada wrote it today.',
      '||||||| base',
      common[4] ?? '',
      '=======',
      'Line 5 of the report, as the phone has it.',
      '>>>>>>> there',
    ]
    return {
      base: text(base),
      here: text(here),
      there: text(there),
      merged: { text: common.toSpliced(4, 1, ...marked).join('\n'), isClean: false },
    }
  }
  const there = changed(48, 'Line 49, which the phone made shorter.')
  const both = common.toSpliced(4, 1, here.split('\n')[4] ?? '').toSpliced(48, 1, there.split('\n')[48] ?? '')
  return {
    base: text(base),
    here: text(here),
    there: text(there),
    merged: { text: both.join('\n'), isClean: true },
  }
}

const entries: Record<string, SpaceEntry[]> = {
  '': [
    entry('drawings', 'directory'),
    entry('work', 'directory'),
    entry('old journal', 'directory', { isDeleted: true, deletedAt: ago(2 * DAY) }),
    entry('shopping.txt', 'file', { sizeBytes: 812 }),
    entry(`${LONG_NAME}.md`, 'file', { sizeBytes: 48_210 }),
    entry('lost.txt', 'file', { sizeBytes: 1_204, isDeleted: true, deletedAt: ago(5 * HOUR) }),
  ],
  work: [entry('work/report.txt', 'file', { sizeBytes: 1_310 })],
}

function entry(path: string, kind: SpaceEntry['kind'], more: Partial<SpaceEntry> = {}): SpaceEntry {
  return {
    nodeId: `n_${path}`,
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    kind,
    sizeBytes: 0,
    modifiedAt: ago(6 * DAY),
    isDeleted: false,
    ...more,
  }
}

function versionsOf(path: string): FileVersion[] {
  const version = (slot: number, days: number, more: Partial<FileVersion>): FileVersion => ({
    slot,
    at: ago(days * DAY),
    device: slot % 2 === 0 ? 'ada-laptop' : 'ada-phone',
    path,
    change: 'changed',
    sizeBytes: 700 + slot,
    isCurrent: false,
    ...more,
  })
  return [
    version(9, 0.1, { isCurrent: true }),
    version(7, 2, { change: 'kept' }),
    version(4, 9, { change: 'moved' }),
    version(1, 30, { change: 'created' }),
  ]
}

function waitingOperations(): SyncOperation[] {
  return [
    {
      key: 'k1',
      do: 'upload',
      direction: 'out',
      path: 'work/chapter 3.md',
      sizeBytes: 18_204,
      status: 'pending',
    },
    { key: 'k2', do: 'move', direction: 'out', path: 'work/b.md', from: 'work/a.md', status: 'pending' },
    { key: 'k3', do: 'delete', direction: 'out', path: `work/${LONG_NAME}.txt`, status: 'dropped' },
  ]
}

function doneOperations(limit: number): SyncOperation[] {
  const kinds: SyncOperation['do'][] = ['upload', 'download', 'make', 'delete', 'conflict']
  return Array.from({ length: Math.min(limit, 300) }, (_, at) => ({
    key: String(1_000 - at),
    do: kinds[at % kinds.length]!,
    direction: at % 2 === 0 ? 'out' : 'in',
    path: `work/${at}/notes.md`,
    sizeBytes: 400 * at,
    status: at === 3 ? 'failed' : 'completed',
    at: ago(at * 7 * MINUTE + MINUTE),
    ...(at === 3 && {
      error: { code: 'permission-denied', data: { path: `work/${at}/notes.md` }, retry: 'never' as const },
    }),
  }))
}

function previewIgnored({ only, ignore, path }: CallParsed<'sync.previewIgnore'>) {
  const inside = ['drawings', 'node_modules', 'work', 'notes.md', 'disk.iso', 'draft.tmp']
  const rows = (path === '' ? inside : ['chapter 1.md', 'chapter 2.md']).map((name) => {
    const kind = name.includes('.') ? ('file' as const) : ('directory' as const)
    const pattern = ignore.find(
      (each) =>
        each === name || each === `${name}/` || (each.startsWith('*') && name.endsWith(each.slice(1))),
    )
    const isWanted = only.length === 0 || path !== '' || only.includes(name)
    return { name, kind, isChosen: pattern === undefined && isWanted, ...(pattern && { pattern }) }
  })
  const out = rows.filter(({ isChosen }) => !isChosen).length
  return {
    files: 2_430 - out * 300,
    bytes: 320_000_000 - out * 9_000_000,
    ignoredFiles: out * 300,
    entries: rows,
  }
}

type Start = (
  run: {
    readonly kind: 'sync'
    readonly label: string
    readonly aboutIds: string[]
    readonly phase: 'delivering'
  },
  ended: object,
) => Answered

/** What the double says of synced folders. Slices change as an engine's would. */
export function syncAnswers(state: DoubleWorld['state'], start: (patch: Patch) => Start) {
  let known: SyncConflict[] | undefined
  let resolved: SyncConflict[] = [
    conflict('cf_decided001', 'work/letter.txt', {
      state: 'resolved',
      kept: 'remote',
      resolvedAt: ago(2 * HOUR),
    }),
  ]
  let queue = waitingOperations()
  const put = (patch: Patch, id: string, change: Partial<SyncedFolder>): void => {
    const folder = state.syncs[id]
    if (folder) patch('syncs', { [id]: { ...folder, ...change } })
  }
  const open = (): SyncConflict[] => {
    known ??= conflictsOf(state.syncs[notes.id] ?? { ...notes, conflicts: 0 })
    return known
  }
  const count = (patch: Patch): void =>
    put(patch, notes.id, { conflicts: open().filter(({ folderId }) => folderId === notes.id).length })

  return {
    'sync.list': () => ({ output: Object.values(state.syncs) }),
    ...deviceAnswers(state),
    'sync.spaces': ({ placeId }: CallParsed<'sync.spaces'>) => ({
      output:
        placeId === 'p_s3aaaaaaa1' ? [{ spaceId: 'space_9', name: 'Recipes', createdAt: ago(90 * DAY) }] : [],
    }),
    'sync.add': (input: CallParsed<'sync.add'>, patch: Patch) => {
      const place = state.places[input.placeId]
      const added: SyncedFolder = {
        ...drafts,
        ...input,
        id: 'sf_new0000001',
        placeName: place?.name ?? '',
        state: 'new',
        files: 0,
        bytes: 0,
      }
      patch('syncs', { [added.id]: added })
      return { output: { ...added, joined: input.name === 'Recipes' } }
    },
    'sync.update': ({ id, change }: CallParsed<'sync.update'>, patch: Patch) => {
      put(patch, id, change)
      return { output: state.syncs[id] }
    },
    'sync.remove': ({ id }: CallParsed<'sync.remove'>, patch: Patch) => {
      const { [id]: _gone, ...rest } = state.syncs
      state.syncs = rest
      patch('syncs', {})
      return { output: { removed: true } }
    },
    'sync.run': ({ id }: CallParsed<'sync.run'>, patch: Patch) => {
      const wanted = Object.values(state.syncs).filter((folder) => id === undefined || folder.id === id)
      return start(patch)(
        {
          kind: 'sync',
          label: wanted.map(({ name }) => name).join(', '),
          aboutIds: wanted.map((folder) => folder.id),
          phase: 'delivering',
        },
        {},
      )
    },
    'sync.queue': () => ({ output: queue }),
    'sync.drop': ({ keys, on }: CallParsed<'sync.drop'>) => {
      const isMeant = ({ key }: SyncOperation): boolean => keys === undefined || keys.includes(key)
      const dropped = queue.filter(isMeant).length
      queue = queue.map((each) => (isMeant(each) ? { ...each, status: on ? 'dropped' : 'pending' } : each))
      return { output: { dropped } }
    },
    'sync.activity': ({ limit }: CallParsed<'sync.activity'>) => ({ output: doneOperations(limit) }),
    'sync.conflicts': ({ state: wanted }: CallParsed<'sync.conflicts'>) => ({
      output: wanted === 'open' ? open() : resolved,
    }),
    'sync.compare': (input: CallParsed<'sync.compare'>) => ({ output: compared(input) }),
    'sync.resolve': ({ conflictIds, keep }: CallParsed<'sync.resolve'>, patch: Patch) => {
      const meant = open().filter(({ id }) => conflictIds === undefined || conflictIds.includes(id))
      known = open().filter((each) => !meant.includes(each))
      resolved = [
        ...meant.map((each) => ({ ...each, state: 'resolved' as const, kept: keep, resolvedAt: ago(0) })),
        ...resolved,
      ]
      count(patch)
      return { output: { resolved: meant.length, failed: [] } }
    },
    'sync.reopen': ({ conflictId }: CallParsed<'sync.reopen'>, patch: Patch) => {
      const again = resolved.find(({ id }) => id === conflictId)
      resolved = resolved.filter(({ id }) => id !== conflictId)
      if (again) known = [{ ...again, state: 'open', kept: undefined, resolvedAt: undefined }, ...open()]
      count(patch)
      return { output: open()[0] }
    },
    'sync.decide': ({ id }: CallParsed<'sync.decide'>, patch: Patch) => {
      put(patch, id, { held: undefined, state: 'pending' })
      return { output: { decided: true } }
    },
    'sync.browse': ({ path, withDeleted }: CallParsed<'sync.browse'>) => ({
      output: (entries[path] ?? []).filter(({ isDeleted }) => withDeleted || !isDeleted),
    }),
    'sync.versions': ({ path }: CallParsed<'sync.versions'>) => ({ output: versionsOf(path) }),
    'sync.preview': ({ slot }: CallParsed<'sync.preview'>) => ({
      output: { sizeBytes: 700 + slot, text: `The shopping list, as of slot ${slot}.\nbread\nmilk\n` },
    }),
    'sync.restore': ({ path, as }: CallParsed<'sync.restore'>) => ({
      output: { path: as ?? path, files: path === 'old journal' ? 31 : 1 },
    }),
    'sync.previewIgnore': (input: CallParsed<'sync.previewIgnore'>) => ({ output: previewIgnored(input) }),
  }
}
