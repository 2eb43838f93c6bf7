import { Anchor, Group, Text } from '@mantine/core'
import { Card } from '../../components/card.tsx'
import { Section } from '../../components/section.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { addressOf } from '../../store/route.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { verdictOf } from '../sync/verdict.ts'
import { verdictIcons } from '../sync/verdict-icons.ts'

/** Synced folders in one sentence; nothing where there are none. */
export function SyncSummary() {
  const { t, sentence } = useWords()
  const folders = Object.values(useSlice('syncs') ?? {})
  if (folders.length === 0) return null
  const verdict = verdictOf(folders)
  return (
    <Section
      title={t('syncPage.statusTitle')}
      testId="sync-summary"
      aside={
        <Anchor href={addressOf('sync')} size="sm">
          {t('syncPage.statusOpen')}
        </Anchor>
      }
    >
      <Card p="md">
        <Group gap="md" wrap="nowrap">
          <ToneDisc tone={verdict.tone} icon={verdictIcons[verdict.tone]} size={34} />
          <Text fw={560}>{sentence(verdict.sentence)}</Text>
        </Group>
      </Card>
    </Section>
  )
}
