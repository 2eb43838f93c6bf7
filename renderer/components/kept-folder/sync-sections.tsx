import { addressOf } from '../../store/route.ts'
import { useWords } from '../../words/use-words.ts'
import { SectionLinks } from '../section-links.tsx'

const sections = ['folders', 'mirrors', 'figures'] as const

/** The way between folders that are synced, those that are mirrored, and how that has gone. */
export function SyncSections({ current }: { current: (typeof sections)[number] }) {
  const { t } = useWords()
  return (
    <SectionLinks
      label={t('syncPage.sections.label')}
      sections={sections.map((name) => ({
        name,
        title: t(`syncPage.sections.${name}`),
        href: addressOf('sync', name === 'folders' ? undefined : name),
      }))}
      current={current}
    />
  )
}
