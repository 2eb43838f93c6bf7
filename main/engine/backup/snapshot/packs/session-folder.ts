import { join } from 'node:path'
import type { Files } from '../../../env/files.ts'
import { decodePackJournal, encodePackRecord, type SessionPack } from './pack-journal.ts'

/** The folder of one session, ready for a run. */
export interface Session {
  readonly packsFolder: string
  readonly packJournal: string
  /** Empty at the start of a run. */
  readonly temporaryFolder: string
  /** What interrupted runs had finished. */
  readonly packs: readonly SessionPack[]
  /** Finished directories of interrupted runs; later ones supersede earlier ones. */
  readonly journals: readonly string[]
  /** Where the workers of this run write theirs. */
  readonly nextJournals: readonly string[]
}

const JOURNAL_NAME = /^dirs-(\d+)-\d+\.journal$/

/** Prepares a session folder and finds what earlier runs left in it: only packs that are whole count. */
export async function openSession(files: Files, folder: string, workers: number): Promise<Session> {
  const packsFolder = join(folder, 'packs')
  const packJournal = join(folder, 'packs.journal')
  const temporaryFolder = join(folder, 'tmp')
  await removeUnfinished(files, folder)
  for (const path of [packsFolder, temporaryFolder]) await files.mkdir(path, { mode: 0o700 })
  const packs = await readPackJournal(files, packJournal, packsFolder)
  await removeUnnamed(files, packsFolder, packs)

  const runs = (await files.list(folder))
    .flatMap((name) => {
      const run = JOURNAL_NAME.exec(name)?.[1]
      return run === undefined ? [] : [{ name, run: Number(run) }]
    })
    .sort((a, b) => a.run - b.run)
  const nextRun = (runs.at(-1)?.run ?? -1) + 1
  return {
    packsFolder,
    packJournal,
    temporaryFolder,
    packs,
    journals: runs.map(({ name }) => join(folder, name)),
    nextJournals: Array.from({ length: workers }, (_, worker) =>
      join(folder, `dirs-${nextRun}-${worker}.journal`),
    ),
  }
}

/** Removes what a run had under way when it was killed, half packs and copies of databases: nobody goes on with them. */
export async function removeUnfinished(files: Files, folder: string): Promise<void> {
  await files.removeTree(join(folder, 'tmp'))
}

/** The packs of the journal that are there, whole; the journal is written anew when it says anything else. */
async function readPackJournal(
  files: Files,
  path: string,
  packsFolder: string,
): Promise<readonly SessionPack[]> {
  if (!(await files.stat(path))) return []
  const bytes = Buffer.from(await files.readFile(path))
  const packs: SessionPack[] = []
  for (const pack of decodePackJournal(bytes)) {
    const stat = await files.lstat(join(packsFolder, pack.packId))
    if (stat?.kind === 'file' && stat.sizeBytes === pack.sizeBytes) packs.push(pack)
  }
  const whole = Buffer.concat(packs.map(encodePackRecord))
  if (!whole.equals(bytes)) await files.writeAtomic(path, whole, { mode: 0o600 })
  return packs
}

/** A pack that did not make it into the journal is not known to anybody; its chunks are stored again. */
async function removeUnnamed(
  files: Files,
  packsFolder: string,
  packs: readonly SessionPack[],
): Promise<void> {
  const named = new Set(packs.map(({ packId }) => packId))
  for (const name of await files.list(packsFolder))
    if (!named.has(name)) await files.remove(join(packsFolder, name))
}
