import { Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import type { Mirror } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { HeldFrame } from '../../components/kept-folder/held-frame.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { PreviewDialog } from './preview-dialog.tsx'

/** Many deletions at once, which wait for a person: what becomes of them, a look at them, and the button that lets them happen. */
export function HeldNote({ mirror }: { mirror: Mirror }) {
  const { t } = useWords()
  const run = useAction('mirror.run')
  const [looking, setLooking] = useState(false)
  const { id, direction, keepDays, last } = mirror
  const count = last?.held?.count ?? 0
  return (
    <HeldFrame label={t('mirrors.held.title')} testId="mirror-held">
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
      <PreviewDialog mirror={mirror} opened={looking} onClose={() => setLooking(false)} />
    </HeldFrame>
  )
}
