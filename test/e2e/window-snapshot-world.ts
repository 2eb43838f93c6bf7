import type {
  Backup,
  CallName,
  CallOutput,
  CallParsed,
  Outbox,
  Plan,
  Proof,
  RepositoryInfo,
  Run,
} from '../../main/contract/index.ts'
import type { Answered, DoubleWorld, Patch } from './window-double-world.ts'
import { calmWorld, newWorld } from './window-world.ts'

type Answers = {
  [N in CallName]?: (input: CallParsed<N>, patch: Patch) => Answered | Promise<Answered>
}

const DAY = 86_400_000
const iso = (ms: number): string => new Date(ms).toISOString()

export const KIT_WORDS =
  'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title'.split(
    ' ',
  )
const KIT_PAGE = `<!doctype html><html lang="en"><head><style>@page { margin: 12mm 15mm }\nbody { font: 10pt sans-serif }</style></head><body><main><h1>Recovery kit</h1><ol>${KIT_WORDS.map((word) => `<li>${word}</li>`).join('')}</ol></main></body></html>`

const DISK = { placeId: 'p_disk000001', placeName: 'Blue USB disk' }
const S3 = { placeId: 'p_s3aaaaaaa1', placeName: 'Amazon S3' }
const R2 = { placeId: 'p_r2aaaaaaa1', placeName: 'Cloudflare R2' }

/** A home whose plans make snapshots: a repository in two places, some backups on their way, proofs, pins and rules. */
export function snapshotWorld(): DoubleWorld {
  const world = calmWorld()
  const { state } = world
  const plans = Object.fromEntries(
    Object.values(state.plans).map((plan): [string, Plan] => [
      plan.id,
      { ...plan, format: 'snapshot', keepDays: undefined, keep: 'last:7,daily:14,weekly:8,monthly:12' },
    ]),
  )
  const backups = state.recent.backups.map(asSnapshot)
  state.plans = plans
  state.recent = { ...state.recent, backups }
  state.places = Object.fromEntries(
    Object.values(state.places).map((place) => [
      place.id,
      place.type === 'r2'
        ? place
        : { ...place, repositoryId: REPOSITORY, limits: 'mon-fri 08:00-18:00 up:1MB', budgetBytes: 500e9 },
    ]),
  )
  return withAnswers(world, snapshotAnswers(world, { repository: repositoryInfo() }))
}

/** A computer where nothing is set up; its first backup makes a repository. */
export function newSnapshotWorld(): DoubleWorld {
  const world = newWorld()
  return withAnswers(world, snapshotAnswers(world, { repository: repositoryInfo() }))
}

const REPOSITORY = '7f3a9c1e5b2d4860aa17c3e9f0b4d2c6'

function asSnapshot(backup: Backup, index: number): Backup {
  return { ...backup, format: 'snapshot', pinned: index === 4, filename: '', md5: '', sha256: '' }
}

function repositoryInfo(): RepositoryInfo {
  return {
    id: REPOSITORY,
    createdAt: iso(Date.now() - 120 * DAY),
    epoch: 1,
    isRenewing: false,
    deviceId: 'd_ada',
    deviceName: 'Ada’s laptop',
    slots: [
      {
        id: '955191afc1fa203a',
        kind: 'password',
        label: 'Ada’s laptop',
        createdAt: iso(Date.now() - 120 * DAY),
        epoch: 1,
      },
    ],
    devices: [
      { id: 'd_ada', name: 'Ada’s laptop', isThis: true, isRemoved: false },
      { id: 'd_old', name: 'Old desktop', isThis: false, isRemoved: true },
    ],
    places: [
      {
        ...DISK,
        snapshots: 212,
        packs: 640,
        bytes: 88_400_000_000,
        provenSince: iso(Date.now() - 41 * DAY),
        isProvenLate: false,
        unreadPacks: 0,
        records: 1_904,
        log: 'own',
        isOwner: true,
      },
      {
        ...S3,
        snapshots: 211,
        packs: 640,
        bytes: 88_300_000_000,
        provenSince: iso(Date.now() - 97 * DAY),
        isProvenLate: true,
        unreadPacks: 604,
        records: 1_899,
        log: 'elsewhere',
        isOwner: true,
      },
    ],
  }
}

function withAnswers(world: DoubleWorld, more: Answers): DoubleWorld {
  return {
    state: world.state,
    answer: async (name, input, patch) => {
      const answer = more[name]
      return answer ? answer(input, patch) : world.answer(name, input, patch)
    },
  }
}

/** What changes while a test goes on. */
interface Memory {
  repository: RepositoryInfo
  outbox?: Outbox
}

function snapshotAnswers(world: DoubleWorld, memory: Memory): Answers {
  const { state } = world
  let lastRun = 100
  memory.outbox = outbox()

  const start = (run: Pick<Run, 'kind' | 'label'>, ended: Partial<Run>, patch: Patch): Answered => {
    const id = `run_${++lastRun}`
    const begun: Run = {
      ...run,
      id,
      state: 'running',
      phase: 'verifying',
      startedAt: iso(Date.now()),
      files: 0,
      bytes: 0,
      bytesPerSecond: 0,
    }
    patch('runs', { [id]: begun })
    setTimeout(() => patch('runs', { [id]: { ...begun, state: 'done', phase: 'finished', ...ended } }), 600)
    return { output: { runId: id } }
  }
  const kit = { kitId: 'ab99a067144b483b', repositoryId: REPOSITORY, words: KIT_WORDS, page: KIT_PAGE }
  const addSlot = (slot: RepositoryInfo['slots'][number]): void => {
    memory.repository = { ...memory.repository, slots: [...memory.repository.slots, slot] }
  }

  return {
    'repository.list': () => ({
      output: Object.values(state.plans).some(({ format }) => format === 'snapshot')
        ? [memory.repository]
        : [],
    }),
    'repository.adopt': ({ words, passphrase }) =>
      words === KIT_WORDS.join(' ') || passphrase === 'correct horse'
        ? { output: { repository: memory.repository, backups: 34 } }
        : { error: { code: words ? 'recovery-words-wrong' : 'passphrase-wrong', data: {}, retry: 'never' } },
    'key.makeKit': () => {
      addSlot({ id: kit.kitId, kind: 'recovery', label: '2026-11-21', createdAt: iso(Date.now()), epoch: 1 })
      return { output: kit }
    },
    'key.confirmKit': ({ words }) => {
      if (words !== KIT_WORDS.join(' '))
        return { error: { code: 'recovery-words-wrong', data: {}, retry: 'never' } }
      memory.repository = { ...memory.repository, kitConfirmedAt: iso(Date.now()) }
      return { output: { confirmed: true } }
    },
    'key.add': ({ label }) => {
      addSlot({
        id: 'd87c92d9a8766460',
        kind: 'password',
        label,
        createdAt: iso(Date.now()),
        epoch: memory.repository.epoch,
      })
      return { output: { slotId: 'd87c92d9a8766460' } }
    },
    'key.remove': ({ slotId }) => {
      memory.repository = {
        ...memory.repository,
        slots: memory.repository.slots.filter(({ id }) => id !== slotId),
      }
      return { output: { removed: true } }
    },
    'repository.renew': (_, patch) => {
      memory.repository = { ...memory.repository, isRenewing: false }
      return start({ kind: 'renew', label: '' }, { renew: { places: [RENEWED] } }, patch)
    },
    'key.rotate': ({ renews }) => {
      const { kitConfirmedAt: _, ...rest } = memory.repository
      memory.repository = { ...rest, epoch: rest.epoch + 1, isRenewing: renews }
      return { output: { epoch: memory.repository.epoch, fallenSlots: ['Phrase of Grace'], kit } }
    },

    'outbox.list': () => ({ output: memory.outbox }),
    'offline.set': ({ on }) => {
      memory.outbox = { ...outbox(), ...memory.outbox, offline: on }
      return { output: memory.outbox }
    },
    'outbox.remove': ({ backupId, placeId }) => {
      const { items = [], ...rest } = memory.outbox ?? outbox()
      const left = items.filter((item) => item.backupId !== backupId || (placeId && item.placeId !== placeId))
      memory.outbox = { ...outbox(), ...rest, items: left }
      return { output: { removed: items.length - left.length } }
    },
    'outbox.clear': ({ evenUnsaved }) => {
      const { items } = memory.outbox ?? outbox()
      const kept = evenUnsaved ? [] : items.filter((item) => !item.isSavedElsewhere)
      memory.outbox = { ...(memory.outbox ?? outbox()), items: kept }
      return { output: { removed: items.length - kept.length, kept: kept.length } }
    },

    'backup.list': async (input, patch) => {
      const listed = await world.answer('backup.list', input, patch)
      if ('error' in listed) return listed
      const { backups, total } = listed.output as CallOutput<'backup.list'>
      return { output: { backups: backups.map(asSnapshot), total } }
    },
    'backup.get': async (input, patch) => {
      const found = await world.answer('backup.get', input, patch)
      if ('error' in found) return found
      const backup = found.output as CallOutput<'backup.get'>
      const number = Number(backup.id.slice(-3))
      const pinned = state.recent.backups.find(({ id }) => id === backup.id)?.pinned
      return {
        output: { ...backup, ...asSnapshot(backup, number), ...(pinned === undefined ? {} : { pinned }) },
      }
    },
    'backup.pin': ({ id, pinned }, patch) => {
      patch('recent', {
        backups: state.recent.backups.map((each) => (each.id === id ? { ...each, pinned } : each)),
      })
      return { output: { pinned } }
    },
    'backup.verify': ({ heal }, patch) =>
      start(
        { kind: 'verify', label: '' },
        {
          state: heal ? 'done' : 'incomplete',
          verify: {
            checked: 2,
            ok: heal ? 2 : 1,
            bytes: 4_200_000_000,
            problems: [],
            logs: [],
            repositories: [
              {
                ...DISK,
                level: 'contents',
                objects: 652,
                bytes: 4_200_000_000,
                damaged: ['data/5f/5fa1'],
                missing: [],
                healed: heal ? 1 : 0,
                lostChunks: 0,
                affected: heal
                  ? []
                  : [{ backupId: 'backup_002', paths: ['Pictures/île de Ré.jpg'], more: 2 }],
              },
            ],
          },
        },
        patch,
      ),
    'backup.drill': (_, patch) =>
      start({ kind: 'drill', label: '' }, { drill: { proofs: proofs().slice(0, 1) } }, patch),
    'proof.list': () => ({ output: proofs() }),

    'retention.preview': ({ keep, planId }) => ({ output: preview(state, keep, planId) }),
    'backup.prune': ({ dryRun }, patch) =>
      start(
        { kind: 'prune', label: '' },
        {
          prune: {
            dryRun,
            places: [
              {
                ...DISK,
                forgotten: ['backup_190', 'backup_191'],
                sweptPacks: 14,
                repackedPacks: 2,
                deletedObjects: 0,
                freedBytes: 0,
                freedLaterBytes: 2_400_000_000,
                undoUntil: iso(Date.now() + 3 * DAY),
                unknownKeys: 0,
              },
            ],
          },
        },
        patch,
      ),
    'retention.undo': () => ({ output: { backups: 2 } }),
    'place.update': ({ id, change }, patch) => {
      const place = state.places[id]
      if (!place) return { error: { code: 'unknown-place', data: { name: id }, retry: 'never' } }
      const { secrets: _, type: __, budgetBytes, ...fields } = change
      const rest = {
        ...fields,
        ...(budgetBytes === undefined ? {} : { budgetBytes: budgetBytes ?? undefined }),
      }
      patch('places', { [id]: { ...place, ...rest } })
      return { output: { ...place, ...rest } }
    },
  }
}

const RENEWED = {
  ...DISK,
  packs: 640,
  bytes: 88_400_000_000,
  addedBytes: 88_200_000_000,
  olderPacks: 0,
  olderBytes: 0,
  damagedPacks: 0,
  olderSnapshots: 212,
  olderPinned: 1,
  freedBytes: 0,
  waitingBytes: 88_400_000_000,
  waitingUntil: iso(Date.now() + 3 * DAY),
}

function outbox(): Outbox {
  const item = {
    createdAt: iso(Date.now() - 12 * 60_000),
    planName: 'Documents and pictures',
    sizeBytes: 184_000_000,
  }
  return {
    offline: false,
    spoolBytes: 1_240_000_000,
    logs: [],
    spoolLimitBytes: 20_000_000_000,
    items: [
      {
        ...item,
        ...R2,
        backupId: 'backup_000',
        state: 'waiting',
        attempts: 3,
        error: { code: 'network-unreachable', data: {}, retry: 'wait' },
        isSavedElsewhere: true,
      },
      { ...item, ...S3, backupId: 'backup_000', state: 'pending', attempts: 0, isSavedElsewhere: true },
      {
        ...item,
        ...DISK,
        backupId: 'backup_001',
        planName: 'Projects',
        state: 'pending',
        attempts: 0,
        isSavedElsewhere: false,
      },
    ],
  }
}

function proofs(): Proof[] {
  return [
    {
      kind: 'drill',
      ...DISK,
      planId: 'pl_documents',
      backupId: 'backup_002',
      at: iso(Date.now() - 2 * DAY),
      ok: true,
      files: 50,
      bytes: 412_000_000,
      durationMs: 5_300,
    },
    {
      kind: 'drill',
      ...S3,
      planId: 'pl_documents',
      backupId: 'backup_008',
      at: iso(Date.now() - 9 * DAY),
      ok: false,
      files: 50,
      bytes: 390_000_000,
      durationMs: 9_100,
      detail: 'Pictures/île de Ré.jpg',
    },
  ]
}

/** Keeps every backup younger than so many days, and every fourth older one: enough to have both on the strip. */
function preview(
  state: DoubleWorld['state'],
  keep: string | undefined,
  planId: string | undefined,
): CallOutput<'retention.preview'> {
  if (keep?.includes('last:0')) {
    return { places: [] }
  }
  const stays = Number(/last:(\d+)/.exec(keep ?? '')?.[1] ?? 30)
  const entries = Array.from({ length: 160 }, (_, index) => {
    const keepIt = keep === undefined || index < stays || index % 8 === 0
    return {
      backupId: `backup_${String(index).padStart(3, '0')}`,
      createdAt: iso(Date.now() - index * 0.9 * DAY),
      keep: keepIt,
      reasons: keepIt ? [index < stays ? 'last' : `weekly 2026-W${40 - (index % 30)}`] : [],
    }
  })
  const kept = entries.filter((entry) => entry.keep).length
  const plan = state.plans[planId ?? 'pl_documents']
  return {
    places: [DISK, S3].map((place, index) => ({
      ...place,
      planId: plan?.id,
      planName: plan?.name,
      ...(keep === undefined ? {} : { keep }),
      entries,
      kept,
      forgotten: entries.length - kept,
      freedBytes: (entries.length - kept) * (41_000_000 - index * 1_000_000),
      needsConfirmation: kept < entries.length / 2,
    })),
  }
}
