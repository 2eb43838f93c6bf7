import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { storedBytes } from '../ground.ts'
import { type Command, perform } from '../measure.ts'
import { bareEnvironment, bucketEnvironment, type Operation, type Tool } from './tool.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const PLAN = 'measured'

/** How Everstow is measured. */
export interface EverstowSettings {
  readonly format: 'archive' | 'snapshot'
  /** `fast` makes first backups of W2 only. */
  readonly compression?: 'fast'
}

/** Everstow as people call it: its command line, a process for each command, a data folder and a place of its own. */
export function everstow({ format, compression }: EverstowSettings): Tool {
  return {
    id: compression ? `everstow ${compression}` : 'everstow',
    speaksS3: true,
    async find() {
      const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
      return { version: `everstow ${version} (Node ${process.versions.node})` }
    },
    takesPart(operation, workload) {
      if (compression) return operation === 'first' && workload === 'W2'
      return format === 'snapshot' || operation !== 'prune'
    },
    async open({ folder, source, bucket }) {
      const local = join(folder, 'place')
      mkdirSync(local)
      const env = {
        ...bareEnvironment(folder),
        ...bucketEnvironment(bucket),
        EVERSTOW_HOME: join(folder, 'home'),
        EVERSTOW_KEYCHAIN: 'off',
        EVERSTOW_PASSPHRASE: 'a passphrase for measuring',
        // Code is compiled once on a computer, not once for each data folder.
        NODE_COMPILE_CACHE: resolve(folder, '..', 'code'),
      }
      const everstowWith = (...words: string[]): Command => ({
        argv: [process.execPath, join(ROOT, 'bin', 'everstow.mjs'), '--quiet', '--yes', ...words],
        env,
      })
      const place = bucket
        ? ['--type', 's3', '--bucket', bucket.name, '--prefix', 'everstow', '--endpoint', bucket.endpoint]
        : ['--type', 'local', '--path', local]
      const region = bucket ? ['--region', bucket.region, '--path-style'] : []
      const command = (operation: Operation, into: string): Command => {
        switch (operation) {
          case 'first':
          case 'unchanged':
          case 'edited':
            return everstowWith('backup', PLAN)
          case 'restore':
            return everstowWith('restore', 'latest', '--into', into)
          case 'check':
            return everstowWith('verify', '--all', ...(format === 'snapshot' ? ['--data', '100'] : []))
          case 'prune':
            return everstowWith('prune', '--grace', '0')
        }
      }
      await perform(everstowWith('place', 'add', 'kept', ...place, ...region))
      const plan = ['--source', source, '--to', 'kept', '--format', format]
      // As the others are told: keep the last one, and give the space of the rest back at once.
      if (format === 'snapshot') plan.push('--keep', 'last:1', '--compression', compression ?? 'normal')
      await perform(everstowWith('plan', 'add', PLAN, ...plan))
      return { command, storedBytes: () => storedBytes(local) }
    },
  }
}
