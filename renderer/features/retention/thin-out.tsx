import { Button, Group, Loader, Modal, Stack, Text } from '@mantine/core'
import { IconArrowBackUp, IconFilter } from '@tabler/icons-react'
import { useState } from 'react'
import type { Run, WireError } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { wireErrorOf } from '../../link/caller.ts'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useCallEngine } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { PlacePreview } from './place-preview.tsx'
import { StripLegend } from './strip-legend.tsx'

/** Applies the rules of the plans now, after showing what they do; it can be taken back for a while. */
export function ThinOutButton() {
  const { t } = useWords()
  const [opened, setOpened] = useState(false)
  const close = (): void => setOpened(false)
  return (
    <>
      <Button
        variant="subtle"
        size="xs"
        leftSection={<IconFilter size={14} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        {t('retention.thin')}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        size="lg"
        title={t('retention.thinTitle')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {opened && <ThinOut onDone={close} />}
      </Modal>
    </>
  )
}

function ThinOut({ onDone }: { onDone: () => void }) {
  const { t } = useWords()
  const callEngine = useCallEngine()
  const preview = useAnswer('retention.preview', {})
  const [busy, setBusy] = useState(false)
  const [report, setReport] = useState<Run['prune']>()
  const [error, setError] = useState<WireError>()
  const places = preview.data?.places ?? []
  const going = new Set(
    places.flatMap(({ entries }) => entries.filter(({ keep }) => !keep).map(({ backupId }) => backupId)),
  )

  const prune = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      const { runId } = await callEngine('backup.prune', { confirmed: true })
      const ended = await callEngine('run.wait', { id: runId })
      setReport(ended.prune)
      setError(ended.error)
    } catch (thrown) {
      setError(wireErrorOf(thrown))
    } finally {
      setBusy(false)
    }
  }

  if (report) return <Pruned report={report} onDone={onDone} />
  return (
    <Stack>
      <Text size="sm">{t('retention.thinIntro')}</Text>
      {preview.busy && <Loader size="sm" aria-label={t('common.loading')} />}
      {places.map((place) => (
        <PlacePreview key={`${place.placeId} ${place.planId}`} preview={place} />
      ))}
      {places.length > 0 && <StripLegend />}
      {preview.data && going.size === 0 && <Text role="status">{t('retention.thinNothing')}</Text>}
      {preview.error && <ErrorNote error={preview.error} />}
      {error && <ErrorNote error={error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone} data-autofocus>
          {t('common.cancel')}
        </Button>
        {going.size > 0 && (
          <Button color="red.8" loading={busy} onClick={prune}>
            {t('retention.thinConfirm', { count: going.size })}
          </Button>
        )}
      </Group>
    </Stack>
  )
}

function Pruned({ report, onDone }: { report: NonNullable<Run['prune']>; onDone: () => void }) {
  const { t, bytes, exact } = useWords()
  const undo = useAction('retention.undo')
  const [back, setBack] = useState<number>()
  return (
    <Stack role="status" data-testid="pruned">
      {report.places.map((place) =>
        place.error ? (
          <ErrorNote key={place.placeId} error={place.error} place={place.placeName} />
        ) : (
          <Text key={place.placeId}>
            {place.undoUntil === undefined
              ? t('retention.thinDoneNow', {
                  place: place.placeName,
                  forgotten: place.forgotten.length,
                  size: bytes(place.freedBytes),
                })
              : t('retention.thinDone', {
                  place: place.placeName,
                  forgotten: place.forgotten.length,
                  size: bytes(place.freedLaterBytes),
                  until: exact(place.undoUntil),
                })}
          </Text>
        ),
      )}
      {back !== undefined && <Text fw={600}>{t('retention.undone', { count: back })}</Text>}
      {undo.error && <ErrorNote error={undo.error} />}
      <Group justify="flex-end">
        {back === undefined && report.places.some(({ undoUntil }) => undoUntil) && (
          <Button
            variant="default"
            leftSection={<IconArrowBackUp size={16} aria-hidden />}
            loading={undo.busy}
            onClick={async () => setBack((await undo.act({}))?.backups)}
          >
            {t('retention.undo')}
          </Button>
        )}
        <Button onClick={onDone}>{t('common.done')}</Button>
      </Group>
    </Stack>
  )
}
