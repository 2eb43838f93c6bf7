import type { CallOutput, CallParsed } from '../../main/contract/index.ts'
import type { DoubleWorld } from './window-double-world.ts'
import { calmWorld } from './window-world.ts'

/** A world with ten thousand backups, one every two hours. */
export function manyBackupsWorld(): DoubleWorld {
  const world = calmWorld()
  const [like] = world.state.recent.backups
  if (!like) throw new Error('a world without a backup')
  const backups = Array.from({ length: 10_000 }, (_, index) => ({
    ...like,
    id: `backup_many_${index}`,
    createdAt: new Date(Date.parse(like.createdAt) - index * 7_200_000).toISOString(),
    state: index % 90 === 40 ? ('incomplete' as const) : ('complete' as const),
  }))
  return {
    ...world,
    answer: (name, input, patch) => {
      if (name !== 'backup.list') return world.answer(name, input, patch)
      const { limit, offset } = input as CallParsed<'backup.list'>
      return Promise.resolve({
        output: { backups: backups.slice(offset, offset + limit), total: backups.length },
      })
    },
  }
}

export const FILES_IN_ONE = 200_000
const FOLDERS = 4_000
const FILES_IN_EACH = 200
/** Files and folders of a tree of a million entries. */
export const ENTRIES = FILES_IN_ONE + FOLDERS * (FILES_IN_EACH + 1) + 2

/** A world whose backups hold a million entries: one folder of 200,000 files, and 4,000 folders of 200 each. */
export function millionFilesWorld(): DoubleWorld {
  const world = calmWorld()
  return {
    ...world,
    answer: (name, input, patch) => {
      if (name !== 'backup.files') return world.answer(name, input, patch)
      const { folder, search, limit, offset } = input as CallParsed<'backup.files'>
      const total = search ? ENTRIES : sizeOf(folder)
      const nameAt = search ? anywhere : (index: number) => below(folder, index)
      const entries = Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, index) =>
        entryAt(nameAt(offset + index)),
      )
      return Promise.resolve({ output: { entries, total } })
    },
  }
}

const padded = (index: number): string => String(index).padStart(6, '0')

function sizeOf(folder: string): number {
  if (folder === '') return 2
  if (folder === 'one folder') return FILES_IN_ONE
  return folder === 'many folders' ? FOLDERS : FILES_IN_EACH
}

function below(folder: string, index: number): string {
  if (folder === '') return index === 0 ? 'many folders' : 'one folder'
  return folder === 'many folders'
    ? `${folder}/folder ${padded(index)}`
    : `${folder}/file ${padded(index)}.txt`
}

/** The whole tree in one row. */
function anywhere(index: number): string {
  if (index < 2) return below('', index)
  const inOne = index - 2
  if (inOne < FILES_IN_ONE) return below('one folder', inOne)
  const rest = inOne - FILES_IN_ONE
  const folder = below('many folders', Math.floor(rest / (FILES_IN_EACH + 1)))
  const file = rest % (FILES_IN_EACH + 1)
  return file === 0 ? folder : below(folder, file - 1)
}

function entryAt(path: string): CallOutput<'backup.files'>['entries'][number] {
  const isFile = path.endsWith('.txt')
  return {
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    kind: isFile ? 'file' : 'directory',
    sizeBytes: isFile ? 2_048 : 0,
    mode: isFile ? 0o644 : 0o755,
    modifiedAt: '2026-11-01T12:00:00.000Z',
  }
}
