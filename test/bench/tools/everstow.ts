import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
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
  /** The environment of a session with an unlocked keychain, where keys lie as they do on a desktop; sealed in a file when absent. */
  readonly session?: Readonly<Record<string, string>>
}

/** Everstow as people call it: its command line, a process for each command, a data folder and a place of its own. */
export function everstow({ format, compression, session }: EverstowSettings): Tool {
  return {
    id: compression ? `everstow ${compression}` : 'everstow',
    speaksS3: true,
    async find() {
      const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
      const keys = session ? 'keys in the keychain' : 'keys in a file sealed by a passphrase'
      return { version: `everstow ${version} (Node ${process.versions.node}, ${keys})` }
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
        ...(session ?? { EVERSTOW_KEYCHAIN: 'off', EVERSTOW_PASSPHRASE: 'a passphrase for measuring' }),
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
      // The others made their repository and its keys before anything is measured; ours comes to be with a backup.
      if (format === 'snapshot') {
        const first = join(folder, 'first')
        mkdirSync(first)
        writeFileSync(join(first, 'file'), 'one line\n')
        await perform(everstowWith('backup', first, '--to', 'kept'))
      }
      return { command, storedBytes: () => storedBytes(local) }
    },
  }
}
