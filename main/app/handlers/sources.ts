import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { CallOutput } from '../../contract/index.ts'
import { estimateSources, excludePatternsOf } from '../../engine/engine.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import { isPostgresSource } from '../../engine/model/postgres-source.ts'
import type { AppContext } from '../app-context.ts'
import type { Handlers } from '../server/contract-server.ts'

type Suggestion = CallOutput<'source.suggest'>[number]
type Entry = CallOutput<'folder.browse'>['entries'][number]

/** Folders of a home that people want safe, with the names systems give them in English and French. */
const USUAL: readonly { kind: Suggestion['kind']; names: readonly string[]; ticked: boolean }[] = [
  { kind: 'documents', names: ['Documents'], ticked: true },
  { kind: 'pictures', names: ['Pictures', 'Images', 'Photos'], ticked: true },
  { kind: 'desktop', names: ['Desktop', 'Bureau'], ticked: true },
  { kind: 'projects', names: ['Projects', 'Projets', 'Developer', 'src', 'code'], ticked: true },
  { kind: 'music', names: ['Music', 'Musique'], ticked: false },
  { kind: 'videos', names: ['Videos', 'Vidéos', 'Movies'], ticked: false },
  { kind: 'downloads', names: ['Downloads', 'Téléchargements'], ticked: false },
]

const MAX_ENTRIES = 2_000

/** A link may lead to one. */
const mayBeFolder = ({ kind }: { readonly kind: string }): boolean =>
  kind === 'directory' || kind === 'symlink'

/** Calls about what lies on this computer. */
export function sourceHandlers(app: AppContext) {
  const { files } = app.engine.env

  return {
    'source.suggest': async () => {
      const found: Suggestion[] = []
      for (const { kind, names, ticked } of USUAL)
        for (const name of names) {
          const path = join(app.userHome, name)
          if ((await files.stat(path))?.kind === 'directory') found.push({ path, kind, ticked })
        }
      return found.length > 0 ? found : [{ path: app.userHome, kind: 'home' as const, ticked: true }]
    },

    'source.measure': async ({ sources, exclude, excludePresets }, { signal }) => {
      const estimate = await estimateSources(
        {
          // A database is not measured by its files.
          sources: sources.filter((source) => !isPostgresSource(source)),
          exclude: [...exclude, ...excludePatternsOf(excludePresets)],
          neverInclude: [app.engine.home],
        },
        signal,
      )
      return { files: estimate.files, bytes: estimate.bytes, skipped: estimate.skipped }
    },

    'folder.browse': async ({ path = app.userHome, showHidden }) => {
      const folder = resolve(path)
      // A relative path means nothing here, and where this program was started is nobody's business.
      const stat = isAbsolute(path) ? await files.stat(folder) : undefined
      if (stat?.kind !== 'directory') throw new EverstowError('source-missing', { data: { path, count: 1 } })
      const listed = (await files.listKinds(folder)).filter(({ name }) => showHidden || !name.startsWith('.'))
      // Folders are what is chosen: of very many things it is files that are left out.
      const first = [...listed.filter(mayBeFolder), ...listed.filter(({ kind }) => kind === 'file')]
      const names = first.slice(0, MAX_ENTRIES).map(({ name }) => name)
      const entries = await Promise.all(names.map((name) => entryOf(folder, name)))
      const parent = dirname(folder)
      return {
        path: folder,
        parent: parent === folder ? undefined : parent,
        entries: entries
          .filter((entry) => entry !== undefined)
          .sort((a, b) => Number(a.kind === 'file') - Number(b.kind === 'file')),
        truncated: listed.filter(mayBeFolder).length > MAX_ENTRIES,
      }
    },

    'host.pickFolder': async ({ title }) => ({ path: (await app.hostCan.pickFolder?.(title)) ?? null }),
    'host.openFolder': async ({ path }) => ({ opened: (await app.hostCan.openFolder?.(path)) ?? false }),
    'host.showWindow': ({ page }) => {
      app.hostCan.showWindow?.(page)
      return { shown: app.hostCan.showWindow !== undefined }
    },
  } satisfies Partial<Handlers>

  /** Undefined for what cannot be looked at or is neither file nor folder: it cannot be chosen. */
  async function entryOf(folder: string, name: string): Promise<Entry | undefined> {
    const path = join(folder, name)
    const stat = await files.stat(path).catch(() => undefined)
    if (stat?.kind !== 'directory' && stat?.kind !== 'file') return undefined
    return { name, path, kind: stat.kind, sizeBytes: stat.kind === 'file' ? stat.sizeBytes : 0 }
  }
}
