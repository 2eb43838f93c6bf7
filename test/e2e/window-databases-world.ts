import type {
  AuditRecord,
  CallParsed,
  LogGuard,
  PlaceCoverage,
  ProtectedDatabase,
  Run,
} from '../../main/contract/index.ts'

import type { Answered, Patch } from './window-double-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const iso = (ms: number): string => new Date(Math.floor(ms)).toISOString()

interface Input {
  readonly name: string
}
type Start = (run: Pick<Run, 'kind' | 'label'> & Partial<Run>, ended: Partial<Run>) => Answered

const shop: ProtectedDatabase = {
  id: 'db_shop000001',
  name: 'shop',
  url: 'postgres://backup@/postgres?host=%2Fvar%2Frun%2Fpostgresql',
  placeIds: ['p_disk000001', 'p_s3aaaaaaa1', 'p_r2aaaaaaa1'],
  baseSchedule: 'weekly@sun 01:00',
  keepDays: 30,
  systemId: '7301234567890123456',
  lastProven: { at: iso(Date.now() - 2 * DAY), ok: true, tables: 41, rows: 1_204_118 },
}
const ledger: ProtectedDatabase = {
  id: 'db_ledger0001',
  name: 'ledger',
  url: 'postgres://backup@db.example.com:5432/postgres',
  placeIds: ['p_disk000001'],
  baseSchedule: 'daily@03:00',
  keepDays: 7,
}

/** What the double says of protected databases. `start` begins a run of the world. */
export function databaseAnswers(start: (patch: Patch) => Start, isCalm: () => boolean) {
  let databases = [shop, ledger]
  return {
    'databases.list': () => ({ output: isCalm() ? [] : databases }),
    'databases.coverage': ({ name }: Input) => ({
      output: { places: isNamed(shop, name) ? shopCoverage() : [nothingYet()] },
    }),
    'databases.guard': ({ name }: Input) => ({ output: isNamed(shop, name) ? shopGuard() : refusing() }),
    'databases.settings': ({ name }: Input) => ({
      output: {
        settings: [
          { name: 'wal_level', value: 'replica' },
          { name: 'archive_mode', value: 'on' },
          {
            name: 'archive_command',
            value: `everstow --home /var/lib/postgresql/everstow db archive-wal %p '${name}'`,
          },
          { name: 'archive_timeout', value: '60' },
        ],
      },
    }),
    'databases.add': ({ name, url, placeIds, keepDays = 30 }: CallParsed<'databases.add'>) => {
      const database = { ...ledger, id: `db_new${databases.length}`, name, url, placeIds, keepDays }
      databases = [...databases, database]
      return { output: database }
    },
    'databases.remove': ({ name }: Input) => {
      databases = databases.filter((each) => !isNamed(each, name))
      return { output: { removed: true } }
    },
    'databases.base': ({ name }: Input, patch: Patch) => start(patch)({ kind: 'backup', label: name }, {}),
    'databases.prove': ({ name }: Input, patch: Patch) => start(patch)({ kind: 'prove', label: name }, {}),
    'databases.recover': ({ name, into }: Input & { readonly into: string }, patch: Patch) =>
      start(patch)(
        { kind: 'recover', label: name, phase: 'restoring' },
        {
          recovery: {
            into,
            baseId: 'backup_010',
            placeName: 'Blue USB disk',
            timeline: 1,
            segments: 212,
            settings: {},
            knownUntil: iso(Date.now() - 40_000),
            command: `/usr/lib/postgresql/17/bin/pg_ctl -D ${into} -l ${into}.log start`,
          },
        },
      ),
    'audit.list': ({ limit }: { readonly limit: number }) => ({
      output: { entries: entries.slice(0, limit) },
    }),
    'audit.verify': () => ({
      output: {
        ok: true,
        begins: 1,
        entries: entries.length,
        end: { number: entries.length, hash: 'ab12'.repeat(16) },
        unsigned: 0,
        missed: 0,
        isKeptKnown: true,
      },
    }),
  }
}

const isNamed = ({ id, name }: ProtectedDatabase, wanted: string): boolean => wanted === id || wanted === name

function band(state: 'covered' | 'gap', daysAgo: number, until: number, at: number) {
  return {
    state,
    from: iso(Date.now() - daysAgo * DAY),
    to: iso(Date.now() - until * DAY),
    fromLsn: `0/${at}000028`,
    toLsn: `0/${at + 1}000000`,
  }
}

function shopCoverage(): PlaceCoverage[] {
  const bases = [27, 20, 13, 6].map((daysAgo, at) => ({
    id: `backup_${String(at * 10).padStart(3, '0')}`,
    endedAt: iso(Date.now() - daysAgo * DAY),
    timeline: 1,
    isUsable: true,
    sizeBytes: 18_000_000_000,
  }))
  const whole = {
    placeId: 'p_disk000001',
    placeName: 'Blue USB disk',
    objects: 4_812,
    storedBytes: 21_400_000_000,
    waiting: 0,
    damaged: [],
    bases,
    restorePoints: [{ name: 'before the migration', at: iso(Date.now() - 3 * DAY), lsn: '0/5000028' }],
  }
  const newest = 45_000 / DAY
  return [
    { ...whole, timelines: [{ timeline: 1, bands: [band('covered', 27, newest, 1)], missing: [] }] },
    {
      ...whole,
      placeId: 'p_s3aaaaaaa1',
      placeName: 'Amazon S3',
      waiting: 3,
      timelines: [
        {
          timeline: 1,
          bands: [band('covered', 27, 17.5, 1), band('gap', 17.5, 13, 2), band('covered', 13, 0.02, 3)],
          missing: [{ first: '000000010000000000000041', last: '000000010000000000000044', count: 4 }],
        },
      ],
    },
    {
      ...whole,
      placeId: 'p_r2aaaaaaa1',
      placeName: 'Cloudflare R2',
      objects: 0,
      storedBytes: 0,
      bases: [],
      timelines: [],
      restorePoints: [],
      error: { code: 'credentials-refused', data: { status: 403 }, retry: 'never' },
    },
  ]
}

function nothingYet(): PlaceCoverage {
  return {
    placeId: 'p_disk000001',
    placeName: 'Blue USB disk',
    objects: 0,
    storedBytes: 0,
    waiting: 12,
    damaged: [],
    bases: [],
    timelines: [],
    restorePoints: [],
  }
}

function shopGuard(): LogGuard {
  return {
    isArchiving: true,
    failedCount: 0,
    lastArchivedAt: iso(Date.now() - 50_000),
    logBytes: 80_000_000,
    waitingSegments: 1,
    bytesPerHour: 900_000_000,
    freeBytes: 90_000_000_000,
    hoursLeft: 100,
  }
}

function refusing(): LogGuard {
  return {
    isArchiving: true,
    failedCount: 37,
    lastArchivedAt: iso(Date.now() - 5 * HOUR),
    lastFailedAt: iso(Date.now() - 20_000),
    logBytes: 6_400_000_000,
    waitingSegments: 400,
    bytesPerHour: 1_280_000_000,
    freeBytes: 3_840_000_000,
    hoursLeft: 3.1,
  }
}

const entries: AuditRecord[] = Array.from({ length: 140 }, (_, at) => entryNumber(140 - at))

function entryNumber(number: number): AuditRecord {
  const common = {
    number,
    at: iso(Date.now() - (141 - number) * 1_300_000),
    device: 'ada-laptop',
    host: 'desktop',
    targets: {},
  }
  const ada = { kind: 'person', name: 'ada' } as const
  const night = { kind: 'schedule', name: 'Projects' } as const
  const plan = { planId: 'pl_projects', runId: `run_${number}` }
  switch (number % 7) {
    case 0:
      return {
        ...common,
        actor: ada,
        action: 'place.update',
        targets: { id: 'p_s3aaaaaaa1' },
        outcome: 'done',
      }
    case 1:
      return { ...common, actor: night, action: 'backup.start', targets: plan, outcome: 'started' }
    case 2:
      return {
        ...common,
        actor: night,
        action: 'backup.start',
        targets: plan,
        outcome: 'done',
        ends: number - 1,
      }
    case 3:
      return {
        ...common,
        actor: { kind: 'api-key', name: 'ci (k_1)' },
        host: 'api',
        action: 'plan.remove',
        targets: { id: 'pl_documents' },
        outcome: 'refused',
        code: 'forbidden',
      }
    case 4:
      return {
        ...common,
        actor: ada,
        action: 'restore.start',
        targets: { backupId: 'backup_004', into: '/home/ada/Documents (restored)' },
        outcome: 'failed',
        code: 'disk-full',
      }
    case 5:
      return {
        ...common,
        actor: ada,
        action: 'databases.recover',
        targets: { name: 'shop', to: 'latest', into: '/srv/pg' },
        outcome: 'done',
      }
    default:
      return {
        ...common,
        actor: { kind: 'system', name: 'everstow' },
        action: 'backup.verify',
        outcome: 'done',
      }
  }
}
