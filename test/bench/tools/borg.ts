import { join } from 'node:path'
import { storedBytes } from '../ground.ts'
import { type Command, perform } from '../measure.ts'
import { findProgram } from './find-program.ts'
import { bareEnvironment, type Operation, type Tool } from './tool.ts'

/** borg with a key in the repository and one of its compressions; `lz4` does everything, `zstd,3` one first backup of each tree. */
export function borg(compression: 'lz4' | 'zstd,3'): Tool {
  return {
    id: `borg ${compression}`,
    speaksS3: false,
    find: () => findProgram('borg', 'borgbackup'),
    takesPart: (operation, _, round) => compression === 'lz4' || (operation === 'first' && round === 0),
    async open({ folder, source }) {
      const repository = join(folder, 'repository')
      const env = {
        ...bareEnvironment(folder),
        BORG_BASE_DIR: join(folder, 'base'),
        BORG_PASSPHRASE: 'a passphrase for measuring',
      }
      let last = 0
      const command = (operation: Operation, into: string): Command => {
        switch (operation) {
          case 'first':
          case 'unchanged':
          case 'edited':
            return {
              argv: ['borg', 'create', '--compression', compression, `${repository}::made${++last}`, source],
              env,
            }
          case 'restore':
            return { argv: ['borg', 'extract', `${repository}::made${last}`], env, cwd: into }
          case 'check':
            return { argv: ['borg', 'check', '--verify-data', repository], env }
          case 'prune': {
            const script = 'borg prune --keep-last 1 "$1" && borg compact "$1"'
            return { argv: ['bash', '-c', script, 'bash', repository], env }
          }
        }
      }
      await perform({ argv: ['borg', 'init', '--encryption', 'repokey-blake2', repository], env })
      return { command, storedBytes: () => storedBytes(repository) }
    },
  }
}
