import { Anchor, Button, Group, Loader, SegmentedControl, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconArchive } from '@tabler/icons-react'
import { useState } from 'react'
import type { CallInput } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { VirtualRows } from '../../components/lists/virtual-rows.tsx'
import { Section } from '../../components/section.tsx'
import { BackupCalendar } from '../../components/times/backup-calendar.tsx'
import { useSlice } from '../../store/use-engine.ts'
import { usePages } from '../../store/use-pages.ts'
import { useWords } from '../../words/use-words.ts'
import { ThinOutButton } from '../retention/thin-out.tsx'
import { BackupRow } from './backup-row.tsx'
import { CleanupButton } from './cleanup.tsx'
import styles from './history.module.css'
import { HistoryFilters, type Narrowing, nothingNarrowed } from './history-filters.tsx'

type BackupFilter = CallInput<'backup.days'>

const ROW_PX = 54
const MOST_PX = 620

/** Every backup, newest first, by filter, with a calendar beside it where that is wanted. */
export function History() {
  const { t, date, number } = useWords()
  const recent = useSlice('recent')
  const [narrowed, setNarrowed] = useState(nothingNarrowed)
  const [search] = useDebouncedValue(narrowed.typed.trim(), 250)
  const [view, setView] = useState<'timeline' | 'calendar'>('timeline')
  const [chosenDay, setChosenDay] = useState<string>()
  const day = view === 'calendar' ? chosenDay : undefined
  const filter = filterOf(narrowed, search)
  const isFiltered = Object.keys(filter).length > 0 || day !== undefined
  const { rows, total, error, onRange } = usePages(
    'backup.list',
    day === undefined ? filter : { ...filter, from: day, to: day },
    ({ backups, total }) => ({ rows: backups, total }),
    recent,
  )
  const clear = (): void => {
    setNarrowed(nothingNarrowed)
    setChosenDay(undefined)
  }

  return (
    <Section title={t('backups.history')} aside={<HistoryActions />} testId="history">
      <HistoryFilters value={narrowed} onChange={(part) => setNarrowed((now) => ({ ...now, ...part }))} />
      <Group justify="space-between" mb="sm" mih={30}>
        <Text size="sm" c="dimmed" role="status" data-testid="found">
          {total !== undefined && t('backups.found', { count: total, number: number(total) })}
          {day !== undefined && ` · ${t('backups.dayChosen', { date: date(day) })} `}
          {day !== undefined && (
            <Anchor component="button" type="button" size="sm" onClick={() => setChosenDay(undefined)}>
              {t('backups.allDays')}
            </Anchor>
          )}
        </Text>
        <SegmentedControl
          size="xs"
          aria-label={t('backups.view.label')}
          data={[
            { value: 'timeline', label: t('backups.view.timeline') },
            { value: 'calendar', label: t('backups.view.calendar') },
          ]}
          value={view}
          onChange={(value) => setView(value === 'calendar' ? 'calendar' : 'timeline')}
        />
      </Group>
      {error && <ErrorNote error={error} />}
      <div className={view === 'calendar' ? styles.beside : undefined}>
        {view === 'calendar' && (
          <Card>
            <BackupCalendar filter={filter} chosen={chosenDay} onChoose={setChosenDay} />
          </Card>
        )}
        <Card p={0} className={styles.frame}>
          {rows.length > 0 && (
            <>
              <div className={`${styles.line} ${styles.head}`} aria-hidden>
                {(['made', 'plan', 'size', 'files', 'copies'] as const).map((name) => (
                  <span key={name} className={styles[name]}>
                    {t(`backups.columns.${name}`)}
                  </span>
                ))}
              </div>
              <VirtualRows
                // What is narrowed anew begins at its top.
                key={JSON.stringify([filter, day])}
                rows={rows}
                rowHeight={ROW_PX}
                mostHeight={MOST_PX}
                label={t('backups.rows')}
                keyOf={(backup, index) => backup?.id ?? String(index)}
                onRange={onRange}
                testId="backup-rows"
              >
                {(backup) => backup && <BackupRow backup={backup} />}
              </VirtualRows>
            </>
          )}
          {total === undefined && !error && <Loader size="sm" m="lg" aria-label={t('common.loading')} />}
          {total === 0 && (
            <EmptyNote icon={IconArchive} text={t(isFiltered ? 'backups.emptyFilter' : 'backups.empty')}>
              {isFiltered && (
                <Button variant="default" onClick={clear}>
                  {t('backups.clearFilters')}
                </Button>
              )}
            </EmptyNote>
          )}
        </Card>
      </div>
    </Section>
  )
}

function filterOf({ planId, placeId, state, format, sync }: Narrowing, search: string): BackupFilter {
  return {
    ...(search ? { search } : {}),
    ...(planId ? { planId } : {}),
    ...(placeId ? { placeId } : {}),
    ...(state ? { state: state as NonNullable<BackupFilter['state']> } : {}),
    ...(format ? { format: format as NonNullable<BackupFilter['format']> } : {}),
    ...(sync === 'all' ? {} : { synced: sync === 'done' }),
  }
}

/** Old archives go by age, snapshots by the rules of their plans; each is offered where there is such a plan. */
function HistoryActions() {
  const plans = Object.values(useSlice('plans') ?? {})
  const snapshots = plans.some(({ format }) => format === 'snapshot')
  return (
    <Group gap="xs">
      {snapshots && <ThinOutButton />}
      {(!snapshots || plans.some(({ format }) => format === 'archive')) && <CleanupButton />}
    </Group>
  )
}
