import { DEFAULT_SETTINGS } from '../../main/app/settings.ts'
import type { Backup, Place, Plan, Run, SliceState } from '../../main/contract/index.ts'

export const DAY = 86_400_000
export const iso = (ms: number): string => new Date(ms).toISOString()

export const places: Place[] = [
  {
    id: 'p_disk000001',
    name: 'Blue USB disk',
    type: 'local',
    path: '/media/ada/blue/everstow',
    url: '/media/ada/blue/everstow',
    secretNames: [],
    health: { state: 'ok', checkedAt: iso(Date.now() - 700_000) },
    capabilities: {
      writes: true,
      reads: true,
      deletes: true,
      conditionalWrites: true,
      freeBytes: 612_000_000_000,
      totalBytes: 1_000_000_000_000,
    },
    copies: 200,
    behind: 0,
    bytes: 312_400_000_000,
  },
  {
    id: 'p_s3aaaaaaa1',
    name: 'Amazon S3',
    type: 's3',
    bucket: 'ada-backups',
    region: 'eu-west-3',
    url: 's3://ada-backups',
    secretNames: ['accessKeyId', 'secretAccessKey'],
    health: { state: 'ok', checkedAt: iso(Date.now() - 700_000) },
    capabilities: { writes: true, reads: true, deletes: true, conditionalWrites: true, versioning: true },
    copies: 199,
    behind: 1,
    bytes: 310_100_000_000,
  },
  {
    id: 'p_r2aaaaaaa1',
    name: 'Cloudflare R2',
    type: 'r2',
    account: '9f3c2ab44d',
    bucket: 'ada-r2',
    url: 's3://ada-r2',
    secretNames: ['accessKeyId', 'secretAccessKey'],
    health: {
      state: 'failed',
      checkedAt: iso(Date.now() - 3_600_000),
      error: { code: 'credentials-refused', data: { status: 403, bucket: 'ada-r2' }, retry: 'never' },
    },
    copies: 197,
    behind: 3,
    bytes: 305_000_000_000,
  },
]

export const plans: Plan[] = [
  {
    id: 'pl_documents',
    name: 'Documents and pictures',
    sources: ['/home/ada/Documents', '/home/ada/Pictures', '/home/ada/Desktop'],
    format: 'archive',
    placeIds: places.map((place) => place.id),
    exclude: [],
    excludePresets: ['caches', 'temporary'],
    schedule: 'every:24h',
    keepDays: 365,
    lastBackupAt: iso(Date.now() - 12 * 60_000),
    lastBackupId: 'backup_000',
    copies: { current: 2, total: 3 },
    nextRunAt: iso(Date.now() + 23.8 * 3_600_000),
  },
  {
    id: 'pl_projects',
    name: 'Projects',
    sources: ['/home/ada/Projects'],
    format: 'archive',
    placeIds: [places[0]?.id ?? '', places[1]?.id ?? ''],
    exclude: ['*.iso'],
    excludePresets: ['build', 'caches'],
    schedule: 'daily@02:00',
    lastBackupAt: iso(Date.now() - 9 * 3_600_000),
    copies: { current: 2, total: 2 },
    nextRunAt: iso(Date.now() + 10 * 3_600_000),
  },
]

export const backups: Backup[] = Array.from({ length: 200 }, (_, index) => backupNumber(index))

function backupNumber(index: number): Backup {
  const plan = plans[index % 2]
  const createdAtMs = Date.now() - 12 * 60_000 - index * 0.45 * DAY
  const stamp = iso(createdAtMs).replace(/[-:]/g, '').replace('T', '_').slice(0, 15)
  const failed = index === 7
  const r2 = index < 6 && index % 2 === 0 ? 'failed' : 'synced'
  return {
    id: `backup_${String(index).padStart(3, '0')}`,
    planId: plan?.id,
    planName: plan?.name,
    filename: `unified_backup_${stamp}.tar.gz`,
    createdAt: iso(createdAtMs),
    format: 'archive',
    state: failed ? 'failed' : index === 3 ? 'incomplete' : 'complete',
    sizeBytes: failed ? 0 : 1_480_000_000 + index * 1_731_007,
    sourceBytes: 4_260_000_000 + index * 2_000_003,
    files: 18_204 + index * 13,
    md5: 'd41d8cd98f00b204e9800998ecf8427e',
    sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    syncStatus: failed ? 'failed' : r2 === 'failed' ? 'pending' : 'synced',
    copies: failed
      ? []
      : places
          .filter((place) => plan?.placeIds.includes(place.id))
          .map((place) => {
            const bad = place.type === 'r2' && r2 === 'failed'
            return {
              placeId: place.id,
              placeName: place.name,
              placeType: place.type,
              state: bad ? ('failed' as const) : ('synced' as const),
              url: `${place.url}/unified_backup_${stamp}.tar.gz`,
              ...(bad ? { error: place.health.error } : { syncedAt: iso(createdAtMs + 60_000) }),
              ...(index > 2 && !bad ? { verifiedAt: iso(createdAtMs + DAY / 4) } : {}),
            }
          }),
    sources: plan?.sources ?? [],
    skippedCount: index === 3 ? 2 : 0,
    durationMs: 94_000,
    pinned: false,
    indexed: true,
    ...(index === 0 ? { tag: 'before the move' } : {}),
    ...(failed
      ? { error: { code: 'disk-full', data: { path: '/home/ada/.everstow' }, retry: 'never' as const } }
      : {}),
  }
}

export const settings: SliceState<'settings'>['current'] = {
  ...DEFAULT_SETTINGS,
  language: 'en',
  theme: 'light',
}

export const progress: Run = {
  id: 'run_1',
  kind: 'backup',
  label: 'Projects',
  planId: 'pl_projects',
  state: 'running',
  phase: 'reading',
  startedAt: iso(Date.now() - 40_000),
  files: 8_412,
  filesTotal: 18_650,
  bytes: 1_910_000_000,
  bytesTotal: 4_270_000_000,
  bytesPerSecond: 84_300_000,
  secondsLeft: 184,
  currentPath: '/home/ada/Projects/atlas/assets/maps/europe/france/tiles/14/8301/5634.webp',
  copies: [
    {
      placeId: 'p_disk000001',
      placeName: 'Blue USB disk',
      state: 'syncing',
      sentBytes: 610_000_000,
      totalBytes: 1_490_000_000,
    },
    {
      placeId: 'p_s3aaaaaaa1',
      placeName: 'Amazon S3',
      state: 'pending',
      sentBytes: 0,
      totalBytes: 1_490_000_000,
    },
  ],
}
