import { readFile, rm, writeFile } from 'node:fs/promises'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import type { UploadJournal } from '../../main/engine/storage/object-store.ts'
import { openS3Store, sha256Of } from './storage-s3-bench.ts'

/** A process of its own that uploads a file with a journal on disk: `node … ENDPOINT FILE JOURNAL`. The test kills it on the way. */
const [endpoint = '', file = '', journalPath = ''] = process.argv.slice(2)

const journal: UploadJournal = {
  load: () => readFile(journalPath, 'utf8').catch(() => undefined),
  save: (token) => writeFile(journalPath, token),
  clear: () => rm(journalPath, { force: true }),
}
const bytes = await readFile(file)
const store = openS3Store(endpoint)
await store.put('large', bodyOfBytes(bytes), { journal, sha256: sha256Of(bytes) })
await store.close()
