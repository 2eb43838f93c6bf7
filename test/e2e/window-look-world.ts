import type { CallOutput, CallParsed } from '../../main/contract/index.ts'

const DAY = 86_400_000
const iso = (ms: number): string => new Date(ms).toISOString()

/** What the double says of what lies in backups. */
export function lookAnswers() {
  return {
    'backup.find': ({ name }: CallParsed<'backup.find'>) => ({ output: found(name) }),
    'backup.diff': () => ({ output: difference() }),
  }
}

function found(name: string): CallOutput<'backup.find'> {
  const matches = ['Documents/contract signed.pdf', 'Documents/2024/contract draft.odt']
    .filter((path) => path.includes(name))
    .map((path, index) => ({
      path,
      kind: 'file' as const,
      sizeBytes: 18_400 * (index + 1),
      modifiedAt: iso(Date.now() - 40 * DAY * (index + 1)),
      backupId: 'backup_002',
      createdAt: iso(Date.now() - DAY),
      backups: 12 - index * 5,
    }))
  return { matches, truncated: false, ...(name.includes('draft') && { unsearched: ['Attic', 'USB disk'] }) }
}

function difference(): CallOutput<'backup.diff'> {
  return {
    added: 2,
    removed: 1,
    changed: 1,
    truncated: false,
    entries: [
      { path: 'Documents/invoice 118.pdf', change: 'added', kind: 'file', toBytes: 48_200 },
      { path: 'Documents/invoice 119.pdf', change: 'added', kind: 'file', toBytes: 51_000 },
      { path: 'Documents/notes.md', change: 'changed', kind: 'file', fromBytes: 1_200, toBytes: 1_840 },
      { path: 'Desktop/old plan.odt', change: 'removed', kind: 'file', fromBytes: 22_000 },
    ],
  }
}
