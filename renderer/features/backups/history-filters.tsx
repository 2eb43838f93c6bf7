import { SegmentedControl, Select, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './history.module.css'

/** What the history is narrowed by, as it is chosen. */
export interface Narrowing {
  readonly typed: string
  readonly planId: string | null
  readonly placeId: string | null
  readonly state: string | null
  readonly format: string | null
  readonly sync: 'all' | 'done' | 'open'
}

export const nothingNarrowed: Narrowing = {
  typed: '',
  planId: null,
  placeId: null,
  state: null,
  format: null,
  sync: 'all',
}

const STATES = ['complete', 'incomplete', 'damaged', 'failed', 'interrupted'] as const

/** Search by name, note or folder, and choices of plan, place, state and kind. */
export function HistoryFilters({
  value,
  onChange,
}: {
  value: Narrowing
  onChange: (part: Partial<Narrowing>) => void
}) {
  const { t } = useWords()
  const plans = Object.values(useSlice('plans') ?? {})
  const places = Object.values(useSlice('places') ?? {})
  const choices = [
    {
      name: 'planId',
      label: t('backups.plan'),
      all: t('backups.allPlans'),
      data: plans.map(({ id, name }) => ({ value: id, label: name })),
    },
    {
      name: 'placeId',
      label: t('backups.place'),
      all: t('backups.allPlaces'),
      data: places.map(({ id, name }) => ({ value: id, label: name })),
    },
    {
      name: 'state',
      label: t('backups.stateLabel'),
      all: t('backups.allStates'),
      data: STATES.map((state) => ({ value: state, label: t(`backups.state.${state}`) })),
    },
    {
      name: 'format',
      label: t('backups.kind'),
      all: t('backups.allKinds'),
      data: [
        { value: 'snapshot', label: t('backups.formatSnapshot') },
        { value: 'archive', label: t('backups.formatArchive') },
      ],
    },
  ] as const
  return (
    <div className={styles.filters}>
      <TextInput
        className={styles.search}
        aria-label={t('backups.search')}
        placeholder={t('backups.searchPlaceholder')}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={value.typed}
        onChange={(event) => onChange({ typed: event.currentTarget.value })}
      />
      {choices.map(({ name, label, all, data }) => (
        <Select
          key={name}
          aria-label={label}
          placeholder={all}
          clearable
          clearButtonProps={{ 'aria-label': all }}
          data={[...data]}
          value={value[name]}
          onChange={(chosen) => onChange({ [name]: chosen })}
        />
      ))}
      <SegmentedControl
        className={styles.sync}
        aria-label={t('backups.sync')}
        data={[
          { value: 'all', label: t('backups.syncAll') },
          { value: 'done', label: t('backups.syncDone') },
          { value: 'open', label: t('backups.syncOpen') },
        ]}
        value={value.sync}
        onChange={(sync) => onChange({ sync: sync as Narrowing['sync'] })}
      />
    </div>
  )
}
