import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { storedBytes } from '../ground.ts'
import { perform } from '../measure.ts'
import { findProgram } from './find-program.ts'
import { bareEnvironment, bucketEnvironment, type Operation, type Tool } from './tool.ts'

/** restic with its own cache and its usual compression (zstd, repository version 2). */
export const restic: Tool = {
  id: 'restic',
  speaksS3: true,
  find: () => findProgram('restic', 'restic', 'version'),
  takesPart: () => true,
  async open({ folder, source, bucket }) {
    const local = join(folder, 'repository')
    const password = join(folder, 'password')
    mkdirSync(local)
    writeFileSync(password, 'a passphrase for measuring\n')
    const env = {
      ...bareEnvironment(folder),
      ...bucketEnvironment(bucket),
      RESTIC_REPOSITORY: bucket ? `s3:${bucket.endpoint}/${bucket.name}/restic` : local,
      RESTIC_PASSWORD_FILE: password,
      RESTIC_CACHE_DIR: join(folder, 'cache'),
      RESTIC_COMPRESSION: 'auto',
    }
    const words = (operation: Operation, into: string): readonly string[] => {
      switch (operation) {
        case 'first':
        case 'unchanged':
        case 'edited':
          return ['backup', source]
        case 'restore':
          return ['restore', 'latest', '--target', into]
        case 'check':
          return ['check', '--read-data']
        case 'prune':
          return ['forget', '--keep-last', '1', '--prune']
      }
    }
    await perform({ argv: ['restic', 'init', '--repository-version', '2'], env })
    return {
      command: (operation, into) => ({ argv: ['restic', ...words(operation, into)], env }),
      storedBytes: () => storedBytes(local),
    }
  },
}
