import { Button, Group, Loader, Stack, Text } from '@mantine/core'
import type { Mirror } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { TitledDialog } from '../../components/titled-dialog.tsx'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { ReportLines } from './report-lines.tsx'

/** What a run would do now, and the button that does it. */
export function PreviewDialog({
  mirror,
  opened,
  onClose,
}: {
  mirror: Mirror
  opened: boolean
  onClose: () => void
}) {
  const { t } = useWords()
  return (
    <TitledDialog
      opened={opened}
      onClose={onClose}
      size="lg"
      title={t('mirrors.lookTitle', { name: mirror.name })}
    >
      <Preview mirror={mirror} onClose={onClose} />
    </TitledDialog>
  )
}

function Preview({ mirror, onClose }: { mirror: Mirror; onClose: () => void }) {
  const { t } = useWords()
  const { data, error, busy } = useAnswer('mirror.preview', { id: mirror.id })
  const run = useAction('mirror.run')
  const { direction } = mirror
  const count = data?.held?.count ?? 0
  const begin = async (): Promise<void> => {
    if (await run.act({ id: mirror.id, confirmed: count > 0 })) onClose()
  }
  return (
    <Stack data-testid="mirror-preview" aria-busy={busy}>
      {!data && busy && (
        <Group gap="sm">
          <Loader size="sm" aria-label={t('common.loading')} />
          <Text size="sm">{t('mirrors.report.looking')}</Text>
        </Group>
      )}
      {error && <ErrorNote error={error} place={mirror.placeName} />}
      {data && <ReportLines report={data} keepDays={mirror.keepDays} />}
      {run.error && <ErrorNote error={run.error} place={mirror.placeName} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t('common.close')}
        </Button>
        {data && (
          <Button loading={run.busy} color={count > 0 ? 'red.8' : undefined} onClick={() => void begin()}>
            {count > 0 ? t(`mirrors.held.runAnd.${direction}`, { count }) : t('mirrors.run')}
          </Button>
        )}
      </Group>
    </Stack>
  )
}
