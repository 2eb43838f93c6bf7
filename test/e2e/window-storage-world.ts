import type { FolderSizes, StoragePlace, StorageReport } from '../../main/contract/index.ts'
import type { DoubleWorld } from './window-double-world.ts'
import { healthAnswers } from './window-health-world.ts'

const DAY = 86_400_000
const GB = 1_000_000_000
const iso = (ms: number): string => new Date(ms).toISOString()

/** Sizes of a home with pictures, films and papers, in GB and files. */
const HOME: Readonly<Record<string, readonly (readonly [name: string, gb: number, files: number])[]>> = {
  'home/ada': [
    ['Pictures', 182, 41_280],
    ['Films and home videos of the children', 96, 212],
    ['Music', 41, 8_904],
    ['Documents', 22.4, 12_480],
    ['Projects', 18.7, 96_311],
    ['Desktop', 4.1, 318],
    ['scans-2019.tar', 3.2, 1],
    ['Mail', 2.6, 3],
    ...Array.from({ length: 14 }, (_, at) => [`small-${at}`, 0.02, 4] as const),
  ],
  'home/ada/Pictures': [
    ['2026', 61, 12_004],
    ['2025', 48, 10_871],
    ['2024', 40, 9_120],
    ['2023', 21, 6_801],
    ['before', 12, 2_484],
  ],
  'home/ada/Pictures/2026': [['summer.raw', 61, 1]],
}

/** What the double says of how much lies where. */
export function storageAnswers(state: DoubleWorld['state']) {
  return {
    'storage.report': () => ({ output: reportOf(state) }),
    'storage.folders': ({ folder = 'home/ada' }: { folder?: string }) => ({
      output: sizesOf(folder.replace(/\/$/, '')),
    }),
  }
}

function sizesOf(folder: string): FolderSizes {
  const known = HOME[folder] ?? [[folder === '' ? 'home' : 'ada', 370, 159_500]]
  const entries = known.map(([name, gb, files]) => ({
    path: folder === '' ? name : `${folder}/${name}`,
    name,
    kind: files === 1 ? ('file' as const) : ('directory' as const),
    bytes: Math.round(gb * GB),
    files,
  }))
  return {
    backupId: 'backup_000',
    planId: 'pl_documents',
    planName: 'Documents and pictures',
    createdAt: iso(Date.now() - 12 * 60_000),
    folder,
    bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
    files: entries.reduce((sum, { files }) => sum + files, 0),
    entries,
    rest: { entries: 0, bytes: 0, files: 0 },
    ownBytes: 312_000_000,
  }
}

function reportOf(state: DoubleWorld['state']): StorageReport {
  const { places: health } = healthAnswers(state)['health.report']().output
  const isCalm = state.status.current.level === 'protected'
  const places = health.map(({ placeId, placeName, type, stored, trend, cost }, at): StoragePlace => {
    const bytes = stored?.bytes ?? 0
    const about = { placeId, placeName, type, trend, cost, ...(stored ? { stored } : {}) }
    const savings = {
      backups: 200,
      sourceBytes: 4_630 * GB,
      knownBytes: 4_630 * GB - Math.round(bytes * 1.4),
      compressedBytes: Math.round(bytes * 0.4),
    }
    if (at === 0)
      return {
        ...about,
        verdict: 'healthy',
        disk: { freeBytes: 612 * GB, totalBytes: 1_000 * GB },
        room: { by: 'disk', leftBytes: 612 * GB, fullAt: iso(Date.now() + 151 * DAY) },
        pace: 1.6 * GB,
        savings,
      }
    if (at === 1 && !isCalm)
      return {
        ...about,
        verdict: 'attention',
        budgetBytes: 320 * GB,
        room: { by: 'budget', leftBytes: 320 * GB - bytes, fullAt: iso(Date.now() + 12 * DAY) },
        pace: 0.8 * GB,
        savings,
      }
    return { ...about, verdict: 'healthy', savings: { backups: 197, sourceBytes: 4_400 * GB } }
  })
  const storedBytes = places.reduce((sum, { stored }) => sum + (stored?.bytes ?? 0), 0)
  if (places.length === 0)
    return {
      at: iso(Date.now()),
      verdict: 'healthy',
      sentence: { key: 'storage.noPlace' },
      storedBytes,
      places,
    }
  return {
    at: iso(Date.now()),
    verdict: isCalm ? 'healthy' : 'attention',
    sentence: isCalm
      ? { key: 'storage.fullInMonths', params: { place: 'Blue USB disk', count: 5, storedBytes } }
      : { key: 'storage.fullInDays', params: { place: 'Amazon S3', count: 12, storedBytes } },
    storedBytes,
    places,
  }
}
