import { Button, Group, Modal, Progress, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type {
  CallInput,
  PlaceCoverage,
  ProtectedDatabase,
  RecoveryReport,
} from '../../../main/contract/index.ts'
import { CopyField } from '../../components/forms/copy-field.tsx'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { RecoverForm } from './recover-form.tsx'

/** Gets a cluster back as it was at a moment: which moment and where to, then what starts it. */
export function RecoverDialog({
  opened,
  onClose,
  database,
  places,
}: {
  opened: boolean
  onClose: () => void
  database: ProtectedDatabase
  places: readonly PlaceCoverage[]
}) {
  const { t } = useWords()
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={t('databasesPage.recoverTitle', { name: database.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {opened && <Recovery database={database} places={places} onClose={onClose} />}
    </Modal>
  )
}

function Recovery({
  database,
  places,
  onClose,
}: {
  database: ProtectedDatabase
  places: readonly PlaceCoverage[]
  onClose: () => void
}) {
  const { t } = useWords()
  const start = useAction('databases.recover')
  const [runId, setRunId] = useState<string>()
  const run = useSlice('runs')?.[runId ?? '']

  const recover = async (order: Omit<CallInput<'databases.recover'>, 'name'>): Promise<void> => {
    const answer = await start.act({ name: database.name, ...order })
    setRunId(answer?.runId)
  }

  if (run?.state === 'done' && run.recovery) return <Recovered recovery={run.recovery} onClose={onClose} />
  const isRunning = run?.state === 'running'
  return (
    <Stack>
      <RecoverForm
        places={places}
        busy={start.busy || isRunning}
        error={start.error ?? run?.error}
        onRecover={recover}
        onCancel={onClose}
      />
      {isRunning && (
        <Progress
          value={run.bytesTotal ? (run.bytes / run.bytesTotal) * 100 : 100}
          animated={!run.bytesTotal}
          aria-label={t('runs.overall', { title: t('runs.title.recover', { label: run.label }) })}
        />
      )}
    </Stack>
  )
}

function Recovered({ recovery, onClose }: { recovery: RecoveryReport; onClose: () => void }) {
  const { t, exact } = useWords()
  const { into, placeName, knownUntil, command } = recovery
  return (
    <Stack data-testid="recovered">
      <Text role="status">{t('databasesPage.recovered', { into, place: placeName })}</Text>
      <Text size="sm" c="dimmed">
        {t('databasesPage.recoveredUntil', { time: exact(knownUntil) })}
      </Text>
      <CopyField label={t('databasesPage.startWith')} value={command} />
      <Text size="sm">{t('databasesPage.notArchiving')}</Text>
      <CopyField label={t('databasesPage.takeOver')} value="ALTER SYSTEM RESET archive_mode;" />
      <Group justify="flex-end">
        <Button onClick={onClose}>{t('common.close')}</Button>
      </Group>
    </Stack>
  )
}
