import type {
  Backup,
  CallOutput,
  CallParsed,
  DataBackup,
  DataChange,
  DataKind,
  DataNode,
  SeriesPoint,
  WireError,
} from '../../main/contract/index.ts'
import { accessAnswers } from './window-access-world.ts'
import type { Answered } from './window-double-world.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
interface File {
  readonly kind: DataKind
  readonly value?: Json
  readonly text?: string
  readonly bytes?: Buffer
}

const MODIFIED_AT = '2026-11-02T09:30:00.000Z'
/** Among documents (every second backup): where the prices are missing, and where they cannot be read. */
const MISSING_AT = 8
const DAMAGED_AT = 12

/** More letters than are shown at once, on one line. */
export const LONG_TEXT = `a very long text, ${'word after word '.repeat(600)}and its end`
const BIG = Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`key ${at}`, at * 3]))

/** What lies in the backup of this number, 0 the newest: prices go up from one to the next, the rest stays. */
const files: Record<string, (index: number) => File | undefined> = {
  'home/ada/Documents/prices.json': (index) =>
    index === MISSING_AT ? undefined : { kind: 'json', value: pricesAt(index) },
  'home/ada/Documents/people.csv': () => ({
    kind: 'csv',
    value: Array.from({ length: 120 }, (_, at) => ({
      name: `Person ${at}`,
      town: at % 2 ? 'Brest' : 'Nantes',
      age: `${at % 90}`,
    })),
  }),
  'home/ada/Documents/journal.ndjson': () => ({
    kind: 'ndjson',
    value: Array.from({ length: 3 }, (_, at) => ({ day: at, mood: 'calm' })),
  }),
  'home/ada/Documents/notes.txt': (index) => ({
    kind: 'text',
    text: `${Array.from({ length: 3_000 }, (_, at) => `Line ${at + 1} of the notes`).join('\n')}\nSeen in backup ${index}\n`,
  }),
  'home/ada/Documents/hostile.json': () => ({ kind: 'json', value: hostile }),
  'home/ada/Documents/big.json': () => ({ kind: 'json', value: BIG }),
  'home/ada/Documents/broken.json': () => ({ kind: 'text', text: '{"half": ' }),
  'home/ada/Documents/far.json': () => ({ kind: 'json', value: {} }),
  'home/ada/Pictures/sea.jpg': (index) => ({
    kind: 'bytes',
    bytes: Buffer.from(`\u00ff\u00d8\u00ffJFIF${'.sea'.repeat(90)}${index}`, 'latin1'),
  }),
}

const hostile: Json = {
  '<img src=x onerror=alert(1)>': '<script>alert(2)</script>',
  'invoice\u202egpj.exe': 'right\u2066to\u2069left',
  nothing: 'no\u200bwidth and a bell\u0007',
  long: LONG_TEXT,
  formula: '=HYPERLINK("http://example.org")',
}

function pricesAt(index: number): Json {
  return {
    currency: 'EUR',
    state: index < 20 ? 'open' : 'closed',
    bread: Math.round((4 - index * 0.01) * 100) / 100,
    shops: [
      { id: 'quay', name: 'The shop on the quay', milk: index < 2 ? 1.4 : 1.2 },
      ...(index >= 2 ? [{ id: 'hill', name: 'The shop on the hill', milk: 1.1 }] : []),
      ...(index < 2 ? [{ id: 'port', name: 'The shop at the port', milk: 1.3 }] : []),
    ],
  }
}

const never = (code: WireError['code'], data: WireError['data'] = {}): { error: WireError } => ({
  error: { code, data, retry: 'never' },
})
const notThere = () => never('invalid-input', { field: 'path', reason: 'not-there' })

/** What the double says of the data in backups, and of the programs that may read it. */
export function exploreAnswers(backups: readonly Backup[]) {
  const usable = backups.filter(({ state }) => state === 'complete' || state === 'incomplete')
  const indexOf = (id: string): number => Number(id.slice('backup_'.length))
  const listed = (plan: string | undefined): Backup[] =>
    usable.filter(({ planId, planName }) => !plan || planId === plan || planName === plan)
  const which = (id: string): Backup | undefined =>
    id === 'latest' ? usable[0] : usable.find((each) => each.id === id)

  /** The file, with where it lies; or what the engine would say. */
  function look(id: string, path: string, as?: DataKind) {
    const backup = which(id)
    if (!backup) return never('unknown-backup', { id })
    const file = backup.planId === 'pl_documents' ? files[path]?.(indexOf(backup.id)) : undefined
    if (!file) return notThere()
    if (path.endsWith('far.json'))
      return { error: { code: 'network-unreachable', data: {}, retry: 'wait' } satisfies WireError }
    if (path.endsWith('prices.json') && indexOf(backup.id) === DAMAGED_AT) return never('data-damaged')
    const isBroken = path.endsWith('broken.json') && as === undefined
    if (isBroken) return never('data-unreadable', { path, kind: 'json', reason: 'syntax', line: 1 })
    const whole = textOf(file)
    return {
      file,
      whole,
      read: {
        backupId: backup.id,
        createdAt: backup.createdAt,
        path,
        kind: as ?? file.kind,
        sizeBytes: file.bytes?.length ?? Buffer.byteLength(whole),
        modifiedAt: MODIFIED_AT,
      },
    }
  }

  return {
    'data.backups': ({ plan, search, limit, offset }: CallParsed<'data.backups'>): Answered => {
      const found = listed(plan).filter(
        (each) => !search || JSON.stringify(each).toLowerCase().includes(search.toLowerCase()),
      )
      return { output: { backups: found.slice(offset, offset + limit).map(dataBackup), total: found.length } }
    },
    'data.sources': ({ backup }: CallParsed<'data.sources'>): Answered => {
      const found = which(backup)
      if (!found) return never('unknown-backup', { id: backup })
      const paths = found.planId === 'pl_documents' ? Object.keys(files) : []
      const sources = paths
        .map((path) => ({ path, file: files[path]?.(indexOf(found.id)) }))
        .filter(({ file }) => file && file.kind !== 'bytes' && file.kind !== 'text')
        .map(({ path, file }) => ({
          name: path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, ''),
          path,
          kind: file?.kind ?? 'json',
          sizeBytes: 1_000,
          modifiedAt: MODIFIED_AT,
        }))
      return { output: { backupId: found.id, createdAt: found.createdAt, sources, total: sources.length } }
    },
    'data.files': ({ name = '', plan }: CallParsed<'data.files'>): Answered => {
      const [newest] = listed(plan).filter(({ planId }) => planId === 'pl_documents')
      const found = Object.keys(files).filter((path) => path.toLowerCase().includes(name.toLowerCase()))
      return {
        output: {
          files: newest
            ? found.map((path) => ({
                path,
                kind: files[path]?.(0)?.kind ?? 'bytes',
                sizeBytes: 1_000,
                modifiedAt: MODIFIED_AT,
                backupId: newest.id,
                createdAt: newest.createdAt,
                backups: 99,
              }))
            : [],
          truncated: false,
        },
      }
    },
    'data.outline': ({ backup, path, pointer, as, limit, offset }: CallParsed<'data.outline'>): Answered => {
      const found = look(backup, path, as)
      if ('error' in found) return found
      const { value } = found.file
      if (value === undefined)
        return never('data-unreadable', { path, kind: found.read.kind, reason: 'It is no data' })
      const at = valueAt(value, pointer)
      if (at === undefined) return notThere()
      const members = membersOf(at)
      return {
        output: {
          ...found.read,
          node: nodeOf(at, pointer, undefined),
          members: members
            .slice(offset, offset + limit)
            .map(([key, member]) =>
              nodeOf(member, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, key),
            ),
          truncated: offset + limit < members.length,
        },
      }
    },
    'data.read': (input: CallParsed<'data.read'>): Answered => {
      const found = look(input.backup, input.path, input.as)
      return 'error' in found ? found : readOf(found, input)
    },
    'data.series': (input: CallParsed<'data.series'>): Answered => ({ output: seriesOf(input) }),
    'data.versions': ({ path }: CallParsed<'data.versions'>): Answered => {
      const having = listed('pl_documents').filter(({ id }) => files[path]?.(indexOf(id)))
      return {
        output: {
          versions: having.slice(0, 5).map(({ id, createdAt }, at) => ({
            backupId: id,
            createdAt,
            sinceAt: createdAt,
            modifiedAt: MODIFIED_AT,
            sizeBytes: 1_000 - at,
            backups: 1 + at,
          })),
          truncated: having.length > 5,
        },
      }
    },
    'data.diff': ({ from, to, path, pointer }: CallParsed<'data.diff'>): Answered => {
      const [before, after] = [look(from, path), look(to, path)]
      if ('error' in before) return before
      if ('error' in after) return after
      return { output: differenceOf(before, after, pointer) }
    },
    ...accessAnswers(),
  }

  function seriesOf({
    path,
    select,
    plan,
    from,
    to,
    limit,
    changesOnly,
  }: CallParsed<'data.series'>): CallOutput<'data.series'> {
    const meant = listed(plan).filter(
      ({ createdAt }) => (!from || createdAt.slice(0, 10) >= from) && (!to || createdAt.slice(0, 10) <= to),
    )
    let last: string | undefined
    let isFirst = true
    const points = meant
      .slice(0, limit)
      .filter(({ planId }) => planId === 'pl_documents')
      .toReversed()
      .map(({ id, createdAt }): SeriesPoint => {
        const found = look(id, path)
        const value = 'error' in found ? undefined : valueAt(found.file.value, select)
        const failed = 'error' in found && found.error.code !== 'invalid-input' ? found.error.code : undefined
        const key = failed ?? JSON.stringify(value)
        const changed = !isFirst && key !== last
        last = key
        isFirst = false
        return {
          backupId: id,
          createdAt,
          changed,
          ...(failed
            ? { state: 'error', code: failed }
            : value === undefined
              ? { state: 'missing' }
              : { state: 'found', value }),
        }
      })
    return {
      points: points.filter(({ changed }, at) => !changesOnly || changed || at === 0),
      truncated: meant.length > limit,
    }
  }
}

interface Looked {
  readonly file: File
  readonly whole: string
  readonly read: { readonly backupId: string; readonly kind: DataKind; readonly sizeBytes: number }
}

function readOf(
  { file, whole, read }: Looked,
  { select, offset, length, as }: CallParsed<'data.read'>,
): Answered {
  const kind = as ?? file.kind
  if (kind === 'bytes') {
    const bytes = file.bytes ?? Buffer.from(whole)
    return {
      output: { ...read, base64: bytes.subarray(offset, offset + (length ?? 65_536)).toString('base64') },
    }
  }
  if (kind === 'text') {
    const bytes = Buffer.from(whole)
    const end = Math.min(bytes.length, offset + (length ?? 65_536))
    const rest = end < bytes.length ? { nextOffset: end } : {}
    return { output: { ...read, kind, text: bytes.subarray(offset, end).toString(), ...rest } }
  }
  if (select !== undefined) {
    const value = valueAt(file.value, select)
    return value === undefined ? notThere() : { output: { ...read, value } }
  }
  if (kind === 'json') return { output: { ...read, value: file.value } }
  const records = Array.isArray(file.value) ? file.value : []
  const end = offset + (length ?? 100)
  const rest = end < records.length ? { nextOffset: end } : {}
  return { output: { ...read, value: records.slice(offset, end), total: records.length, ...rest } }
}

function textOf({ text, value, bytes }: File): string {
  return text ?? (bytes ? '' : JSON.stringify(value))
}

/** A JSON Pointer, or a JSONPath of names only. */
function valueAt(value: Json | undefined, select: string): Json | undefined {
  const pointer = select.startsWith('$') ? select.slice(1).replaceAll('.', '/') : select
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<Json | undefined>(
      (at, key) =>
        at !== null && typeof at === 'object' && Object.hasOwn(at, key)
          ? (at as Record<string, Json>)[key]
          : undefined,
      value,
    )
}

function membersOf(value: Json): [string, Json][] {
  return value !== null && typeof value === 'object' ? Object.entries(value) : []
}

const PREVIEW_LETTERS = 200

function nodeOf(value: Json, pointer: string, key: string | undefined): DataNode {
  const named = { pointer, ...(key !== undefined && { key }) }
  if (value === null) return { ...named, type: 'null', preview: null }
  if (typeof value === 'object')
    return { ...named, type: Array.isArray(value) ? 'array' : 'object', length: membersOf(value).length }
  if (typeof value === 'string')
    return { ...named, type: 'string', length: value.length, preview: value.slice(0, PREVIEW_LETTERS) }
  return { ...named, type: typeof value as 'number' | 'boolean', preview: value }
}

function differenceOf(before: Looked, after: Looked, pointer: string): CallOutput<'data.diff'> {
  const changes =
    before.file.value === undefined || after.file.value === undefined
      ? []
      : changesOf(valueAt(before.file.value, pointer), valueAt(after.file.value, pointer), pointer)
  const count = (change: DataChange['change']): number =>
    changes.filter((each) => each.change === change).length
  const isSame =
    before.whole === after.whole &&
    Buffer.compare(before.file.bytes ?? Buffer.alloc(0), after.file.bytes ?? Buffer.alloc(0)) === 0
  const isText = after.file.kind === 'text'
  return {
    from: before.read as CallOutput<'data.diff'>['from'],
    to: after.read as CallOutput<'data.diff'>['to'],
    kind: after.read.kind,
    equal: isSame,
    added: count('added'),
    removed: count('removed'),
    changed: isText && !isSame ? 1 : count('changed'),
    changes,
    truncated: false,
  }
}

/** Members by their name, items of arrays by their `id`. */
function changesOf(before: Json | undefined, after: Json | undefined, path: string): DataChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  if (before === undefined) return [{ change: 'added', path, after }]
  if (after === undefined) return [{ change: 'removed', path, before }]
  const isInside = [before, after].every((each) => each !== null && typeof each === 'object')
  if (!isInside) return [{ change: 'changed', path, before, after }]
  const [old, now] = [keyed(before), keyed(after)]
  return [
    ...[...now].flatMap(([id, { key, value }]) => changesOf(old.get(id)?.value, value, `${path}/${key}`)),
    ...[...old]
      .filter(([id]) => !now.has(id))
      .flatMap(([, { key, value }]) => changesOf(value, undefined, `${path}/${key}`)),
  ]
}

function keyed(value: Json): Map<string, { key: string; value: Json }> {
  return new Map(
    membersOf(value).map(([key, member]) => {
      const id = Array.isArray(value) ? valueAt(member, '/id') : undefined
      return [String(id ?? key), { key, value: member }]
    }),
  )
}

function dataBackup({
  id,
  createdAt,
  planName,
  format,
  state,
  files: count,
  sizeBytes,
  sources,
  tag,
}: Backup): DataBackup {
  return {
    id,
    createdAt,
    ...(planName && { plan: planName }),
    format,
    state: state === 'incomplete' ? state : 'complete',
    files: count,
    sizeBytes,
    sources,
    ...(tag && { tag }),
  }
}
