import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { IconGitMerge } from '@tabler/icons-react'
import { useId, useState } from 'react'
import { useWords } from '../../../words/use-words.ts'
import styles from '../sync.module.css'
import { hasMarkers } from './markers.ts'

/** What merging both texts gives: to be taken as it is, or mended first where both changed the same lines. */
export function MergedText({
  merged,
  busy,
  onTake,
}: {
  merged: { readonly text: string; readonly isClean: boolean }
  busy: boolean
  onTake: (text: string | undefined) => void
}) {
  const { t } = useWords()
  const id = useId()
  const [text, setText] = useState(merged.text)
  const isOpen = hasMarkers(text)
  return (
    <section className={styles.differences} aria-labelledby={id} data-testid="merged">
      <Stack gap="xs">
        <Text fw={640} id={id}>
          {t('syncPage.conflicts.merged')}
        </Text>
        <Text size="sm">
          {t(merged.isClean ? 'syncPage.conflicts.mergedClean' : 'syncPage.conflicts.mergedOpen')}
        </Text>
        <Textarea
          aria-labelledby={id}
          autosize
          minRows={4}
          maxRows={16}
          value={text}
          spellCheck={false}
          classNames={{ input: 'mono' }}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Group gap="sm">
          <Button
            leftSection={<IconGitMerge size={16} aria-hidden />}
            disabled={isOpen}
            loading={busy}
            onClick={() => onTake(merged.isClean && text === merged.text ? undefined : text)}
          >
            {t('syncPage.conflicts.useMerged')}
          </Button>
          {isOpen && (
            <Text size="sm" c="dimmed">
              {t('syncPage.conflicts.markersLeft')}
            </Text>
          )}
        </Group>
      </Stack>
    </section>
  )
}
