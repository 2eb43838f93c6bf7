import { Loader } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { goTo, useRoute } from '../../store/route.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { stopOf } from './addresses.ts'
import { ConflictsPage } from './conflicts/conflicts-page.tsx'
import { AddDialog } from './dialogs/add-dialog.tsx'
import { FolderPage } from './folder/folder-page.tsx'
import { FoldersPage } from './folders-page.tsx'

// Fewer people mirror than sync, and fewer look back.
const FiguresPage = lazy(() => import('../sync-figures/figures-page.tsx'))
const MirrorsPage = lazy(() => import('../mirrors/mirrors-page.tsx'))

/** Folders that are kept the same on several devices, and those that are mirrored; what of them the address names. */
export default function SyncPage() {
  const stop = stopOf(useRoute().of)
  const { t } = useWords()
  const syncs = useSlice('syncs')
  if (!syncs) return null
  const folders = Object.values(syncs).sort((a, b) => a.name.localeCompare(b.name))
  switch (stop.at) {
    case 'mirrors':
    case 'figures':
      return (
        <Suspense fallback={<Loader m="xl" aria-label={t('common.loading')} />}>
          {stop.at === 'mirrors' ? <MirrorsPage of={stop.of} /> : <FiguresPage />}
        </Suspense>
      )
    case 'conflicts':
      return <ConflictsPage folders={folders} conflictId={stop.conflictId} />
    case 'folder': {
      const folder = syncs[stop.id]
      if (folder) return <FolderPage folder={folder} tab={stop.tab} key={folder.id} />
      return <FoldersPage folders={folders} />
    }
    default:
      return (
        <>
          <FoldersPage folders={folders} />
          <AddDialog opened={stop.at === 'new'} onClose={() => goTo('sync')} />
        </>
      )
  }
}
