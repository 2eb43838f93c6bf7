import type { CallParsed } from '../../main/contract/index.ts'
import { calmWorld, type DoubleWorld } from './window-world.ts'

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
