import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconHistory, IconPlus, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { EmptyNote } from '../../components/empty-note.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { RunCard } from '../../components/run-card.tsx'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { NewPlace } from '../places/place-dialog.tsx'
import { AdoptButton } from '../recovery/adopt-button.tsx'

/** A new computer or a disaster: name the place that holds the backups, and they are found again. */
export function RestoreExisting({ onFound }: { onFound: () => void }) {
  const { t } = useWords()
  const places = Object.values(useSlice('places') ?? {})
  const total = useSlice('recent')?.total ?? 0
  const runs = useSlice('runs') ?? {}
  const rebuild = useAction('catalogue.rebuild')
  const [adding, setAdding] = useState(places.length === 0)
  const [runId, setRunId] = useState<string>()
  const run = runId ? runs[runId] : undefined
  const ended = run !== undefined && run.state !== 'running'

  const look = async (): Promise<void> => {
    const started = await rebuild.act({})
    if (started) setRunId(started.runId)
  }

  return (
    <Stack gap="lg">
      <div>
        <Title order={1} size="h2">
          {t('firstRun.whereRestoreTitle')}
        </Title>
        <Text c="dimmed">{t('firstRun.whereRestoreBody')}</Text>
      </div>
      {adding ? (
        <NewPlace
          onDone={() => {
            setAdding(false)
            void look()
          }}
        />
      ) : (
        <>
          {run && (!ended || run.error) && <RunCard run={run} />}
          {ended && total > 0 && (
            <EmptyNote
              icon={IconHistory}
              text={`${t('firstRun.foundTitle', { count: total })}. ${t('firstRun.foundBody')}`}
            >
              <Button onClick={onFound}>{t('firstRun.toRestore')}</Button>
            </EmptyNote>
          )}
          {ended && total === 0 && !run.error && <Text role="status">{t('firstRun.foundNone')}</Text>}
          {ended &&
            places.map((place) => <AdoptButton key={place.id} place={place} onChanged={rebuild.forget} />)}
          {rebuild.error && <ErrorNote error={rebuild.error} />}
          <Group>
            <Button
              variant={total > 0 ? 'default' : 'filled'}
              leftSection={<IconSearch size={16} aria-hidden />}
              loading={rebuild.busy || (run !== undefined && !ended)}
              onClick={look}
            >
              {t('firstRun.search')}
            </Button>
            <Button
              variant="default"
              leftSection={<IconPlus size={16} aria-hidden />}
              onClick={() => setAdding(true)}
            >
              {t('firstRun.anotherPlace')}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  )
}
