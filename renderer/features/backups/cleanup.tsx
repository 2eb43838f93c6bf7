import { Button, Group, Modal, NumberInput, Stack, Text } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { Run, WireError } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { wireErrorOf } from '../../link/caller.ts'
import { useCallEngine } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'

type Report = NonNullable<Run['cleanup']>

/** Removes old backups, but only after showing which: the button that does it counts them. */
export function CleanupButton() {
  const { t } = useWords()
  const [opened, setOpened] = useState(false)
  return (
    <>
      <Button
        variant="subtle"
        size="xs"
        leftSection={<IconTrash size={14} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        {t('backups.cleanup')}
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={t('cleanup.title')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {opened && <Cleanup onDone={() => setOpened(false)} />}
      </Modal>
    </>
  )
}

function Cleanup({ onDone }: { onDone: () => void }) {
  const { t, bytes } = useWords()
  const callEngine = useCallEngine()
  const [keepDays, setKeepDays] = useState<number>(90)
  const [busy, setBusy] = useState(false)
  const [report, setReport] = useState<Report>()
  const [error, setError] = useState<WireError>()

  const run = async (dryRun: boolean): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      const { runId } = await callEngine('backup.cleanup', { keepDays, dryRun })
      const ended = await callEngine('run.wait', { id: runId })
      setReport(ended.cleanup)
      setError(ended.error)
    } catch (thrown) {
      setError(wireErrorOf(thrown))
    } finally {
      setBusy(false)
    }
  }

  const count = report?.removed.length ?? 0
  const size = bytes(report?.freedBytes ?? 0)
  return (
    <Stack>
      <Text size="sm">{t('cleanup.intro')}</Text>
      <NumberInput
        label={t('cleanup.keepDays')}
        min={1}
        max={36_500}
        allowDecimal={false}
        value={keepDays}
        onChange={(value) => {
          setReport(undefined)
          if (typeof value === 'number') setKeepDays(value)
        }}
        data-autofocus
      />
      {report && (
        <Text role="status">
          {count === 0 && report.dryRun && t('cleanup.nothing', { days: report.keepDays })}
          {count > 0 && report.dryRun && t('cleanup.wouldRemove', { count, size })}
          {!report.dryRun && t('cleanup.done', { count, size })} {t('cleanup.keeps', { count: report.kept })}
        </Text>
      )}
      {report && report.problems.length > 0 && (
        <Text size="sm">{t('cleanup.problems', { count: report.problems.length })}</Text>
      )}
      {error && <ErrorNote error={error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {t(report && !report.dryRun ? 'common.done' : 'common.cancel')}
        </Button>
        {report?.dryRun && count > 0 ? (
          <Button color="red.8" loading={busy} onClick={() => run(false)}>
            {t('cleanup.confirm', { count })}
          </Button>
        ) : (
          !report && (
            <Button loading={busy} onClick={() => run(true)}>
              {t('cleanup.preview')}
            </Button>
          )
        )}
      </Group>
    </Stack>
  )
}
