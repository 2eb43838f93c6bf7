import type { CallParsed, Mirror, MirroredFile, MirrorReport, Run } from '../../main/contract/index.ts'
import type { Answered, DoubleWorld, Patch } from './window-double-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()

const photos: Mirror = {
  id: 'mi_photos0001',
  name: 'Photos',
  placeId: 'p_s3aaaaaaa1',
  placeName: 'Amazon S3',
  folder: '/home/ada/Photos',
  prefix: 'mirror/Photos',
  direction: 'push',
  ignore: ['*.tmp'],
  keepDays: 30,
  schedule: 'every:6h',
  lastStartAt: ago(2 * HOUR),
  state: 'current',
  holds: { files: 12_408, bytes: 84_300_000_000 },
  last: {
    at: ago(2 * HOUR - 4 * MINUTE),
    outcome: 'done',
    transferred: 37,
    bytes: 412_000_000,
    deleted: 2,
    left: 0,
  },
}
const site: Mirror = {
  ...photos,
  id: 'mi_site000001',
  name: 'Site',
  folder: `/home/ada/www/${'deep/'.repeat(20)}public`,
  prefix: 'www',
  ignore: [],
  schedule: 'daily@02:00',
  state: 'held',
  holds: { files: 1_204, bytes: 48_000_000 },
  last: {
    at: ago(9 * HOUR),
    outcome: 'failed',
    transferred: 0,
    bytes: 0,
    deleted: 0,
    left: 0,
    held: { count: 640, total: 1_204 },
    error: {
      code: 'confirmation-needed',
      data: { count: 640, total: 1_204, reason: 'mirror' },
      retry: 'never',
    },
  },
}
const docs: Mirror = {
  ...photos,
  id: 'mi_docs000001',
  name: 'Docs',
  folder: '/home/ada/Docs',
  prefix: 'mirror/Docs',
  direction: 'pull',
  placeId: 'p_r2aaaaaaa1',
  placeName: 'Cloudflare R2',
  ignore: [],
  schedule: 'manual',
  state: 'failed',
  error: { code: 'credentials-refused', data: { status: 403, bucket: 'ada-r2' }, retry: 'never' },
  holds: undefined,
  last: {
    at: ago(3 * DAY),
    outcome: 'failed',
    transferred: 0,
    bytes: 0,
    deleted: 0,
    left: 0,
    error: { code: 'credentials-refused', data: { status: 403, bucket: 'ada-r2' }, retry: 'never' },
  },
}

/** Mirrors: one up to date, one whose deletions wait, one whose place refuses. */
export const busyMirrors: DoubleWorld['state']['mirrors'] = {
  [photos.id]: photos,
  [site.id]: site,
  [docs.id]: docs,
}

/** What the schedule says of them: one waits for its place's hour. */
export function mirrorJobs(mirrors: DoubleWorld['state']['mirrors']) {
  return Object.values(mirrors).map(({ id, name, schedule }) => ({
    id,
    planName: name,
    schedule,
    ...(schedule === 'manual' ? {} : { nextRunAt: new Date(Date.now() + 4 * HOUR).toISOString() }),
    upcoming: [],
    conditions: [],
    why:
      id === photos.id
        ? { key: 'whyNot.place.limits', params: { place: 'Amazon S3' } }
        : { key: schedule === 'manual' ? 'whyNot.manual' : 'whyNot.notYet', params: { at: ago(-4 * HOUR) } },
  }))
}

const reportOf = ({ id, name, direction, last, holds }: Mirror): MirrorReport => ({
  mirrorId: id,
  name,
  direction,
  transferred: 14,
  bytes: 61_000_000,
  replaced: 3,
  deleted: last?.held?.count ?? 1,
  deletedPaths: ['old/index.html', 'old/style.css'],
  unchanged: 550,
  tidied: 0,
  foreign: [{ path: 'robots.txt', kind: 'changed' }],
  left: [
    { path: 'current', reason: 'symlink' },
    { path: 'draft.html', reason: 'changing' },
  ],
  ...(last?.held && { held: last.held }),
  holds: holds ?? { files: 0, bytes: 0 },
})

const files: MirroredFile[] = [
  { path: '2026/beach.jpg', bytes: 4_200_000, at: ago(2 * DAY) },
  { path: '2026/beach.jpg', bytes: 4_100_000, at: ago(2 * DAY), version: '20261120-080000-0123456789abcdef' },
  { path: '2026/beach.jpg', bytes: 3_900_000, at: ago(9 * DAY), version: '20261113-080000-fedcba9876543210' },
  { path: '2026/gone.jpg', bytes: 2_000_000, at: ago(4 * DAY), version: '20261118-080000-0123456789abcdef' },
  { path: 'readme.txt', bytes: 812, at: ago(40 * DAY) },
]

type Start = (
  run: { readonly kind: 'mirror'; readonly label: string; readonly phase: 'delivering' } & Partial<Run>,
  ended: object,
) => Answered

/** What the double says of mirrors. Slices change as an engine's would. */
export function mirrorAnswers(state: DoubleWorld['state'], start: (patch: Patch) => Start) {
  const put = (patch: Patch, id: string, change: Partial<Mirror>): void => {
    const mirror = state.mirrors[id]
    if (mirror) patch('mirrors', { [id]: { ...mirror, ...change } })
  }
  const known = (id: string): Mirror => {
    const mirror = state.mirrors[id]
    if (!mirror) throw new Error(`no mirror is ${id}`)
    return mirror
  }
  return {
    'mirror.list': () => ({ output: Object.values(state.mirrors) }),
    'mirror.add': ({ prefix, ...input }: CallParsed<'mirror.add'>, patch: Patch) => {
      const { holds: _holds, last: _last, lastStartAt: _start, ...bare } = photos
      const added: Mirror = {
        ...bare,
        ...input,
        prefix: prefix ?? `mirror/${input.name}`,
        id: 'mi_new0000001',
        placeName: state.places[input.placeId]?.name ?? '',
        state: 'new',
      }
      patch('mirrors', { [added.id]: added })
      return { output: added }
    },
    'mirror.update': ({ id, change }: CallParsed<'mirror.update'>, patch: Patch) => {
      put(patch, id, change)
      return { output: known(id) }
    },
    'mirror.remove': ({ id }: CallParsed<'mirror.remove'>, patch: Patch) => {
      const { [id]: _gone, ...rest } = state.mirrors
      state.mirrors = rest
      patch('mirrors', {})
      return { output: { removed: true } }
    },
    'mirror.run': ({ id }: CallParsed<'mirror.run'>, patch: Patch) => {
      const { name } = known(id)
      put(patch, id, { state: 'running' })
      return start(patch)({ kind: 'mirror', label: name, aboutIds: [id], phase: 'delivering' }, {})
    },
    'mirror.preview': ({ id }: CallParsed<'mirror.preview'>) => ({ output: reportOf(known(id)) }),
    'mirror.previewIgnore': ({ ignore }: CallParsed<'mirror.previewIgnore'>) => ({
      output: {
        files: ignore.includes('*.iso') ? 1_830 : 1_831,
        bytes: 51_000_000,
        ignoredFiles: ignore.includes('*.iso') ? 1 : 0,
        entries: [
          {
            name: 'disk.iso',
            kind: 'file' as const,
            isChosen: !ignore.includes('*.iso'),
            ...(ignore.includes('*.iso') && { pattern: '*.iso' }),
          },
          { name: 'letters', kind: 'directory' as const, isChosen: true },
          { name: 'link', kind: 'symlink' as const, isChosen: false, pattern: 'always' },
        ],
      },
    }),
    'mirror.files': ({ path }: CallParsed<'mirror.files'>) => {
      const found = files.filter((file) => path === '' || file.path.startsWith(`${path}/`))
      return { output: { files: found, total: found.length } }
    },
    'mirror.restore': ({ id, path, into }: CallParsed<'mirror.restore'>) => ({
      output: { path: `${into ?? known(id).folder}/${path}` },
    }),
  }
}
