import { join } from 'node:path'
import type { Files } from '../../engine/engine.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { createTexts } from '../text.ts'

/** They sort before and after what people have: whoever goes through a folder in order meets one of them soon. */
const NAMES: readonly string[] = ['!Everstow - please leave here.txt', 'zzz Everstow - please leave here.txt']
const LANGUAGES = ['en', 'fr'] as const

/** Whether a path is that of a document that `placeCanaries` makes. */
export function isCanary(path: string): boolean {
  return NAMES.includes(path.slice(path.lastIndexOf('/') + 1))
}

/** Puts two documents with a note into each source folder of a plan. What has their names already stays as it is. */
export async function placeCanaries(files: Files, plan: Plan, locale: 'en' | 'fr'): Promise<void> {
  for (const path of await canaryPaths(files, plan.sources))
    if (!(await files.lstat(path))) await files.writeAtomic(path, noteIn(locale), { mode: 0o644 })
}

/** Takes them away again, where they are as they were made. */
export async function removeCanaries(files: Files, plan: Plan): Promise<void> {
  for (const path of await canaryPaths(files, plan.sources)) {
    const found = await files.lstat(path)
    if (found?.kind !== 'file' || !LANGUAGES.some((locale) => sizeOf(locale) === found.sizeBytes)) continue
    const text = await files.readText(path)
    if (LANGUAGES.some((locale) => noteIn(locale) === text)) await files.remove(path)
  }
}

/** Only folders get them: a single file, a pattern or a database has no place for any. */
async function canaryPaths(files: Files, sources: readonly string[]): Promise<string[]> {
  const paths: string[] = []
  for (const source of sources)
    if ((await files.stat(source))?.kind === 'directory')
      paths.push(...NAMES.map((name) => join(source, name)))
  return paths
}

function noteIn(locale: 'en' | 'fr'): string {
  return createTexts(locale).text('guard.canaryNote')
}

function sizeOf(locale: 'en' | 'fr'): number {
  return Buffer.byteLength(noteIn(locale))
}
