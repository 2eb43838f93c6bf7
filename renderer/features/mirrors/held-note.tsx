import { Button, Group, Stack, Text } from '@mantine/core'
import { IconHandStop } from '@tabler/icons-react'
import { useState } from 'react'
import type { Mirror } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './mirrors.module.css'
import { PreviewDialog } from './preview-dialog.tsx'

/** Many deletions at once, which wait for a person: what becomes of them, a look at them, and the button that lets them happen. */
export function HeldNote({ mirror }: { mirror: Mirror }) {
  const { t } = useWords()
  const run = useAction('mirror.run')
  const [looking, setLooking] = useState(false)
  const { id, direction, keepDays, last } = mirror
  const count = last?.held?.count ?? 0
  return (
    <section className={styles.held} aria-label={t('mirrors.held.title')} data-testid="mirror-held">
      <ToneDisc tone="warn" icon={IconHandStop} size={38} />
      <Stack gap={6} miw={0} flex={1}>
        <Text size="sm">{t(`mirrors.held.nothingYet.${direction}`, { count: keepDays })}</Text>
        <Group gap="xs" mt={4}>
          <Button variant="default" onClick={() => setLooking(true)}>
            {t('mirrors.held.look')}
          </Button>
          <Button variant="default" loading={run.busy} onClick={() => run.act({ id, confirmed: true })}>
            {t(`mirrors.held.approve.${direction}`, { count })}
          </Button>
        </Group>
        {run.error && <ErrorNote error={run.error} place={mirror.placeName} />}
      </Stack>
      <PreviewDialog mirror={mirror} opened={looking} onClose={() => setLooking(false)} />
    </section>
  )
}
