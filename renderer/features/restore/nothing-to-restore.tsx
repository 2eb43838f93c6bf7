import { Button } from '@mantine/core'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { RunCard } from '../../components/run-card.tsx'
import { goTo } from '../../store/route.ts'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'

/** No backup is known: make one, or look whether a place holds some. */
export function NothingToRestore() {
  const { t } = useWords()
  const places = Object.keys(useSlice('places') ?? {})
  const rebuild = useAction('catalogue.rebuild')
  const running = Object.values(useSlice('runs') ?? {}).filter(
    (run) => run.kind === 'rebuild' && run.state === 'running',
  )
  return (
    <Card>
      <EmptyNote picture="back" text={t('restore.none')}>
        <Button onClick={() => goTo('backups')}>{t('restore.toBackups')}</Button>
        {places.length > 0 && (
          <Button variant="default" loading={rebuild.busy} onClick={() => rebuild.act({})}>
            {t('restore.lookInPlaces')}
          </Button>
        )}
      </EmptyNote>
      {rebuild.error && <ErrorNote error={rebuild.error} />}
      {running.map((run) => (
        <RunCard run={run} key={run.id} />
      ))}
    </Card>
  )
}
