import { Button, Group } from '@mantine/core'
import { addressOf } from '../../store/route.ts'
import { useWords } from '../../words/use-words.ts'

const sections = ['folders', 'mirrors', 'figures'] as const

/** The way between folders that are synced, those that are mirrored, and how that has gone. */
export function SectionLinks({ current }: { current: (typeof sections)[number] }) {
  const { t } = useWords()
  return (
    <Group component="nav" gap={4} mb="md" aria-label={t('syncPage.sections.label')}>
      {sections.map((section) => (
        <Button
          key={section}
          component="a"
          size="sm"
          radius="xl"
          variant={section === current ? 'light' : 'subtle'}
          color={section === current ? undefined : 'gray'}
          href={addressOf('sync', section === 'folders' ? undefined : section)}
          aria-current={section === current ? 'page' : undefined}
        >
          {t(`syncPage.sections.${section}`)}
        </Button>
      ))}
    </Group>
  )
}
