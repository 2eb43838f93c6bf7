import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build, createBuilder } from 'vite'

const root = path.resolve(import.meta.dirname, '../..')

/** What the tests build for themselves, in a folder of their own. */
export interface Built {
  /** Lies like the root of an installation: `dist/program`, `dist/preload`. */
  readonly folder: string
  readonly preload: string
  readonly program: string
  remove(): Promise<void>
}

/** Builds the preload, and with `program` the programs of all hosts too, as `vite.program.config.ts` says. */
export async function buildShell(parts: { readonly program: boolean }): Promise<Built> {
  const folder = mkdtempSync(path.join(tmpdir(), 'everstow-shell-'))
  const builder = await createBuilder({
    configFile: path.join(root, 'vite.program.config.ts'),
    logLevel: 'error',
    environments: {
      preload: { build: { outDir: path.join(folder, 'dist/preload') } },
      program: { build: { outDir: path.join(folder, 'dist/program') } },
    },
  })
  await builder.build(builder.environments.preload!)
  if (parts.program) await builder.build(builder.environments.program!)
  return {
    folder,
    preload: path.join(folder, 'dist/preload/preload.cjs'),
    program: path.join(folder, 'dist/program/electron.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Builds the pages of the window into a folder. */
export async function buildPages(folder: string): Promise<void> {
  await build({
    configFile: path.join(root, 'vite.renderer.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  })
}
