import { expect, test } from 'vitest'
import type { SyncedFolder } from '../../main/contract/index.ts'
import { type LineRow, lineRows } from '../../renderer/components/lists/line-rows.ts'
import { stopOf } from '../../renderer/features/sync/addresses.ts'
import { hasMarkers } from '../../renderer/features/sync/conflicts/markers.ts'
import { verdictOf, waitingForPerson } from '../../renderer/features/sync/verdict.ts'
import { besideName, linesOf, suggestedName } from '../../renderer/words/paths.ts'

/** A row as `left|right`, `=` before what is equal. */
function shown(row: LineRow): string {
  if (row.kind === 'skipped') return `… ${row.lines}`
  const text = (line: typeof row.left): string => (line ? `${line.number} ${line.text}` : '')
  return `${row.kind === 'same' ? '=' : '≠'} ${text(row.left)}|${text(row.right)}`
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, at) => `line ${at + 1}`)

test('equal texts have no rows, and only what differs is shown, with a little around it', () => {
  expect(lineRows('a\nb', 'a\nb')).toEqual([])
  const left = numbered(40)
  const right = left.toSpliced(20, 1, 'other', 'more')
  expect(lineRows(left.join('\n'), right.join('\n')).map(shown)).toEqual([
    '… 17',
    '= 18 line 18|18 line 18',
    '= 19 line 19|19 line 19',
    '= 20 line 20|20 line 20',
    '≠ 21 line 21|21 other',
    '≠ |22 more',
    '= 22 line 22|23 line 22',
    '= 23 line 23|24 line 23',
    '= 24 line 24|25 line 24',
    '… 16',
  ])
})

test('rows give back both texts, whatever was changed where', () => {
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % below
  }
  for (let round = 0; round < 200; round++) {
    const left = Array.from({ length: random(30) + 1 }, () => 'abcde'[random(5)] ?? '')
    const right = left.flatMap((line) => (random(4) === 0 ? [] : random(5) === 0 ? [line, 'new'] : [line]))
    const rows = lineRows(left.join('\n'), right.join('\n'))
    const full = (side: 'left' | 'right', lines: readonly string[]): string[] => {
      let at = 0
      return rows.flatMap((row) => {
        if (row.kind === 'skipped') {
          const skipped = lines.slice(at, at + row.lines)
          at += row.lines
          return skipped
        }
        const line = row[side]
        if (!line) return []
        expect(line.number).toBe(++at)
        return [line.text]
      })
    }
    const isSame = left.join('\n') === right.join('\n')
    expect(full('left', left)).toEqual(isSame ? [] : left.join('\n').split('\n'))
    expect(full('right', right)).toEqual(isSame ? [] : right.join('\n').split('\n'))
  }
})

test('a line that was changed says which part of it; a wholly other line does not', () => {
  const [changed] = lineRows('the quick fox', 'the slow fox')
  expect(changed).toMatchObject({ left: { mark: [4, 9] }, right: { mark: [4, 8] } })
  const [other] = lineRows('abc', 'xyz')
  expect(other).not.toHaveProperty('left.mark')
})

test('texts that share almost nothing are compared in no time', () => {
  const left = numbered(60_000)
  const right = left.map((line) => `${line}!`)
  const began = process.cpuUsage()
  const rows = lineRows(['same', ...left].join('\n'), ['same', ...right].join('\n'))
  // What is quadratic takes minutes.
  expect(process.cpuUsage(began).user).toBeLessThan(15_000_000)
  expect(rows).toHaveLength(60_001)
})

test('markers of a merge are found where a line begins with them', () => {
  expect(hasMarkers('a\n<<<<<<< here\nb\n=======\nc\n>>>>>>> there\n')).toBe(true)
  expect(hasMarkers('a <<<<<<< b >>>>>>> c')).toBe(false)
})

const folder: SyncedFolder = {
  id: 'f',
  name: 'Notes',
  spaceId: 's',
  placeId: 'p',
  placeName: 'P',
  folder: '/notes',
  strategy: 'manual',
  only: [],
  ignore: [],
  auto: true,
  state: 'synced',
  files: 1,
  bytes: 1,
  pendingChanges: 0,
  conflicts: 0,
  problems: [],
  totals: { uploadedBytes: 0, downloadedBytes: 0, syncs: 1, failures: 0, averageMs: 1, conflicts: 0 },
}
const held = { id: 'h', direction: 'out', files: 12, of: 20, examples: [] } as const

test('the verdict is the worst that holds; waiting is calm', () => {
  const said = (...changes: Partial<SyncedFolder>[]) => {
    const { sentence, tone } = verdictOf(changes.map((change) => ({ ...folder, ...change })))
    return [sentence.key.replace('syncPage.verdict.', ''), tone, sentence.params?.count]
  }
  expect(said({})).toEqual(['synced', 'ok', undefined])
  expect(said({}, { state: 'waiting' })).toEqual(['waiting', 'calm', undefined])
  expect(said({ state: 'pending', pendingChanges: 3 }, {})).toEqual(['pending', 'work', 3])
  expect(said({ state: 'new' })).toEqual(['new', 'calm', undefined])
  expect(said({ conflicts: 1 }, { conflicts: 1, state: 'waiting' })).toEqual(['conflicts', 'warn', 2])
  expect(said({ conflicts: 1 }, { state: 'held', held: { ...held, examples: [] } })).toEqual([
    'held',
    'warn',
    12,
  ])
  expect(said({ state: 'failed' }, { conflicts: 4 })).toEqual(['failed', 'bad', 1])
  expect(waitingForPerson([{ ...folder, conflicts: 3, held: { ...held, examples: [] } }, folder])).toBe(4)
})

test('an address names a stop of the sync page', () => {
  expect(stopOf(undefined)).toEqual({ at: 'folders' })
  expect(stopOf('new')).toEqual({ at: 'new' })
  expect(stopOf('conflicts/c_1')).toEqual({ at: 'conflicts', conflictId: 'c_1' })
  expect(stopOf('f_1/queue')).toEqual({ at: 'folder', id: 'f_1', tab: 'queue' })
  expect(stopOf('f_1/nonsense')).toEqual({ at: 'folder', id: 'f_1', tab: 'files' })
})

test('names are made of paths', () => {
  expect(suggestedName('/home/ada/Notes/')).toBe('Notes')
  expect(suggestedName('C:\\Users\\ada\\Notes')).toBe('Notes')
  expect(linesOf(' *.iso \n\n# x\n')).toEqual(['*.iso', '# x'])
  expect(besideName('a/b.tar.gz', '2026-11-21T10:00:00Z')).toBe('a/b.tar (2026-11-21).gz')
  expect(besideName('.profile', '2026-11-21T10:00:00Z')).toBe('.profile (2026-11-21)')
})
